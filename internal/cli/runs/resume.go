package runs

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/audit/state"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/foreground"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
	"ofsplan/internal/view"
)

// resumeFlags are the flags of resume.
type resumeFlags struct {
	state      flags.State
	config     string
	log        flags.Log
	asJSON     bool
	params     string // a file of parameters
	says       resumeSays
	unfinished bool
	within     string // how long ago an unfinished run may have been left
}

// resumeSays is what an operator says with resume.
type resumeSays struct {
	retry                  []string
	acceptTail, acceptCopy bool
	unchecked              bool
	reason                 string
}

// check wants a reason for what is said, and something said for a reason.
func (s *resumeSays) check() error {
	if (len(s.retry) > 0 || s.acceptTail || s.acceptCopy) != (strings.TrimSpace(s.reason) != "") {
		return errors.New("--retry, --accept-tail or --accept-copy and --reason go together: the audit log keeps why")
	}
	if s.unchecked && len(s.retry) == 0 {
		return errors.New("--unchecked goes together with --retry")
	}
	return nil
}

// resume is the command resume.
func resume(std *terminal.Streams) *cobra.Command {
	var f resumeFlags
	cmd := &cobra.Command{
		Use:   "resume RUN | --unfinished",
		Short: "Carries on what was stopped or whose process is gone",
		Long: `Carries a run on where its audit log says it stands: batch runs that were started are looked at before anything is
done, what was not sent is sent, and a request of which nobody can say whether it was carried out is left in doubt for
a person. The plan, its parameters and its date are those in the log, also when the file has changed since.
Resuming a run that has ended changes nothing, unless --retry gives a failed step another attempt; what that step
blocked waits for it again. The scheduler is asked about the newest batch run of the step first: while it goes on, or when it
cannot be asked about, no other is started, unless --unchecked answers for it. When the last line of the audit log is damaged, look at the scheduler for what was started
after the record before it, and go on without that line with --accept-tail: what was pending then is in doubt. An
audit log that was put back from a backup, copied or moved is refused, since it does not hold what was done after
that; when nobody went on with the run elsewhere, --accept-copy goes on.

RUN is a run id, the start of one, the word last for the newest run of a plan, or last:PLAN for the newest of that plan.
With --unfinished every run is carried on, side by side, that was left, killed or stopped within the last 36 hours
(--within) and that no process has; older ones are named and left alone, and so is one whose work another run has done
since. One that cannot be carried on stops no other. It ends with the worst of their exit codes: 7, 3, 2, 70, 75, 4, 5,
1, 6, 8 and 0, in this order. It is for whatever starts after a reboot.`,
		Example: `  ofsplan resume last
  ofsplan resume --unfinished
  ofsplan resume last --retry load --reason "the feed is complete now"
  ofsplan resume last --accept-tail --reason "disk replaced; the monitor shows no other batch run"`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.unfinished && len(args) == 0 {
				return nil
			}
			return flags.OneArg("run: its id, the start of one, last, last:PLAN, or else --unfinished")(cmd, args)
		},
		ValidArgsFunction: f.state.RunIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(args); err != nil {
				return flags.Usage(cmd, err)
			}
			if err := flags.CheckReason(cmd, f.says.reason); err != nil {
				return err
			}
			if f.unfinished {
				return resumeUnfinished(cmd.Context(), std, &f)
			}
			return resumeRun(cmd.Context(), std, args[0], &f)
		},
	}
	f.state.Register(cmd, false)
	f.log.Register(cmd)
	flags.RegisterConfig(cmd, &f.config)
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	cmd.Flags().StringVar(&f.params, "params-file", "", "a YAML file with the sensitive parameters; others are those of the audit log")
	cmd.Flags().StringArrayVar(&f.says.retry, "retry", nil, "give this failed or canceled step another attempt")
	err := cmd.RegisterFlagCompletionFunc("retry", func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return f.state.Steps(append(args, operate.Last)[0]), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag is not there: our own bug
	}
	cmd.Flags().BoolVar(&f.says.acceptTail, "accept-tail", false, "set a damaged last line of the audit log aside; what was pending is in doubt")
	cmd.Flags().BoolVar(&f.says.acceptCopy, "accept-copy", false, "go on from an audit log that was copied or moved, since nobody went on elsewhere")
	cmd.Flags().BoolVar(&f.says.unchecked, "unchecked", false, "with --retry: do not ask whether its batch run goes on; your word alone counts")
	cmd.Flags().StringVar(&f.says.reason, "reason", "", "why, for the audit log")
	cmd.Flags().BoolVar(&f.unfinished, "unfinished", false, "carry on all runs that were left, killed or stopped, side by side")
	cmd.Flags().StringVar(&f.within, "within", "36h", "with --unfinished: of those left so long ago at most")
	return cmd
}

// check wants a reason for what is said, and nothing said to several runs at once.
func (f *resumeFlags) check(args []string) error {
	if f.unfinished && (len(args) > 0 || f.says.any()) {
		return errors.New("--unfinished carries on all runs alike: --retry, --accept-tail and --accept-copy are said to one run, by its id")
	}
	return f.says.check()
}

// any reports whether something is said.
func (s *resumeSays) any() bool {
	return len(s.retry) > 0 || s.acceptTail || s.acceptCopy || s.reason != ""
}

// resumeEnv is the environment in which runs are carried on.
func resumeEnv(std *terminal.Streams) (*operate.Env, error) {
	env := operate.NewEnv(std.Secrets, std.OnTerminal())
	env.Ask = std.Asker()
	var err error
	env.Reserve, err = flags.Reserve()
	return env, err
}

// resumeRun carries a run on.
func resumeRun(ctx context.Context, std *terminal.Streams, name string, f *resumeFlags) error {
	if err := f.log.Check(); err != nil {
		return err
	}
	env, err := resumeEnv(std)
	if err != nil {
		return err
	}
	store, id, err := f.state.FindReal(name)
	if err != nil {
		return err
	}
	if operate.IsLast(name) {
		defer nameOthers(std, store, id, f)
	}
	ctx, release := std.DetachOnSignal(ctx)
	defer release()
	c, err := takeUp(ctx, std, env, store, id, f, "")
	if errors.Is(err, state.ErrLocked) && len(f.says.retry) > 0 {
		return fmt.Errorf("%w\n\tthe run goes on; to give a step another attempt while it does: ofsplan retry %s %s --reason %s%s", err, id, f.says.retry[0], view.Quote(f.says.reason), f.repeat().Here())
	}
	if err != nil {
		return err
	}
	if err := c.Print(f.asJSON); err != nil {
		return exitcode.With(c.Code(), err)
	}
	return exitcode.Quiet(c.Code())
}

// takeUp makes a run this process's own and stays with it until it ends or ctx does. Label begins the lines about it, where there are
// several.
func takeUp(ctx context.Context, std *terminal.Streams, env *operate.Env, store state.Store, id string, f *resumeFlags, label string) (c *foreground.Conclusion, err error) {
	taken, err := operate.TakeUp(env, store, id, state.Accept{Tail: f.says.acceptTail, Copy: f.says.acceptCopy}, f.says.reason)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, taken.Close()) }()
	if taken.Outcome() != nil {
		if err := collect(ctx, std, taken); err != nil {
			return nil, err
		}
	}
	return goOn(ctx, std, taken, f, label)
}

// repeat is what to repeat on a command line about the same run.
func (f *resumeFlags) repeat() view.Repeat {
	return view.Repeat{StateDir: f.state.Dir, Config: f.config}
}

// collect takes the statements that wait in the inbox of a run that has ended, and prints which of them are refused.
func collect(ctx context.Context, std *terminal.Streams, t *operate.TakenUp) error {
	return t.Collect(t.Store.Inbox(t.ID), t.Who(ctx), func(statement string, why error) {
		fmt.Fprintf(std.Err, "the word %q that waited in the inbox was refused: %v\n", statement, why)
	})
}

// goOn stays with a run that goes on until it ends or ctx does. Of one that has nothing left to do it says so, and nothing
// is written.
func goOn(ctx context.Context, std *terminal.Streams, t *operate.TakenUp, f *resumeFlags, label string) (*foreground.Conclusion, error) {
	if t.Outcome() != nil && len(f.says.retry) == 0 {
		l := logOf(std, t, f, label)
		fmt.Fprintf(std.Err, "run %s has nothing left to do, so nothing was done\n", t.ID)
		return foreground.Conclude(t.Ending(), l, t.Store.WhereLog(t.ID), f.repeat()), nil
	}
	params := flags.Params{File: f.params}
	given, err := params.Given(t.Resolved.Plan, std.Secrets)
	if err != nil {
		return nil, err
	}
	run, err := t.Continue(ctx, operate.Continuation{
		Retry: f.says.retry, Reason: f.says.reason, Unchecked: f.says.unchecked, Given: given, Config: f.config,
	})
	if later, ok := errors.AsType[*operate.SupersededError](err); ok {
		err = fmt.Errorf("%w; look at the later one: ofsplan show %s%s", err, later.By.Run, f.repeat().Here())
	}
	if err != nil {
		return nil, err
	}
	l := logOf(std, t, f, label)
	if params.Warning != "" {
		l.Warn(params.Warning)
	}
	return foreground.Follow(ctx, run, l, f.repeat()), run.Close()
}

// logOf makes the operator's log of a run that has a past.
func logOf(std *terminal.Streams, t *operate.TakenUp, f *resumeFlags, label string) *foreground.Log {
	l := foreground.NewLog(std, f.log.Format, foreground.About{RunID: t.ID, Plan: t.Resolved.Plan, Simulated: t.Started.Simulated, Label: label})
	l.Recorded(t.Records)
	if torn := t.Aside(); torn != nil {
		l.Warn(fmt.Sprintf("the last line of the audit log had no end, as a crash leaves it, and was set aside as %s: what it was about had not been done", torn.File))
	}
	for _, turn := range t.Added {
		l.Turn(turn)
	}
	return l
}
