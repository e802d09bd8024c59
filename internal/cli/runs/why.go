package runs

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/explain"
	"ofsplan/internal/view"
)

// recordedFlags say which moment of which recorded run is meant.
type recordedFlags struct {
	state  flags.State
	at     int64
	asJSON bool
}

func (f *recordedFlags) register(cmd *cobra.Command) {
	f.state.Register(cmd, true)
	cmd.Flags().Int64Var(&f.at, "at", 0, "as this record of the audit log left it, by its number (default: the last)")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the facts as JSON")
}

// read reads the audit log of a run that a person names.
func (f *recordedFlags) read(std *terminal.Streams, name string) (*explain.Log, flags.NamedLog, error) {
	log, err := f.state.Log(name)
	if err != nil {
		return nil, log, err
	}
	file, err := log.Open()
	if err != nil {
		return nil, log, fmt.Errorf("the audit log cannot be read: %w", err)
	}
	defer file.Close()
	all, err := explain.Read(file)
	if err != nil {
		return nil, log, exitcode.With(exitcode.AuditLog, fmt.Errorf("%s: %w", log.Where, err))
	}
	if all.Warning != "" {
		fmt.Fprintf(std.Err, "warning: %s\n", all.Warning)
	}
	return all, log, nil
}

// why is the command why.
func why(std *terminal.Streams) *cobra.Command {
	var f recordedFlags
	cmd := &cobra.Command{
		Use:   "why RUN STEP",
		Short: "Tells why a step of a run stands where it stands, and what it waits for",
		Long: `Tells why a step of a run stands where it stands: since when, which condition was judged on which values, which rule acted or
did not and why, and what the step waits for. It replays the audit log with the program that decided the run, asks nobody
and changes nothing. The run may go on, have ended, have been left or killed. RUN is a run id, the start of one, the word
last for the newest run of a plan, last:PLAN, or an audit log's file. With --at it is told as of an earlier record.

Of answers about a batch run the log keeps those that decided something, so a watch rule is told about as of these.`,
		Example: `  ofsplan why last publish
  ofsplan why last:nightly_aml load --at 17
  ofsplan why last load --simulated --json`,
		Args:              flags.TwoArgs("a run and a step"),
		ValidArgsFunction: f.state.RunThenStep,
		RunE: func(_ *cobra.Command, args []string) error {
			all, log, err := f.read(std, args[0])
			if err != nil {
				return err
			}
			r, err := explain.Why(all, args[1], f.at)
			if err != nil {
				return fmt.Errorf("%s: %w", log.Where, err)
			}
			if f.asJSON {
				return std.PrintJSON(r)
			}
			return view.Why(std.Out, std.Style(std.Out, r.Simulated), r, f.driver(log, r))
		},
	}
	f.register(cmd)
	return cmd
}

// driver says who has a run that has not ended, or what to type when nobody has; empty: it has ended, or that is not known.
func (f *recordedFlags) driver(log flags.NamedLog, r *explain.Reason) string {
	if r.Ended || log.Store == nil || f.at > 0 {
		return ""
	}
	who, locked, err := log.Store.Locked(log.Run)
	switch {
	case err != nil:
		return ""
	case locked:
		return "the run goes on, held by " + who.String()
	case r.Simulated:
		return "nobody drives the run, so nothing of it moves: its scheduler ended with its process"
	}
	return "nobody drives the run, so nothing of it moves: ofsplan resume " + log.Run + view.Repeat{StateDir: f.state.Dir}.Here()
}

// eval is the command eval.
func eval(std *terminal.Streams) *cobra.Command {
	var f recordedFlags
	var run, step string
	cmd := &cobra.Command{
		Use:   "eval EXPR --run RUN",
		Short: "Says what an expression comes to in a run",
		Long: `Evaluates an expression of the plan language over a recorded run, as it stood at a record, with the program that decided the
run. With --step it may name all that an expression of that step may, such as failure.kind, batch_run and elapsed, which are
told as of that record; without, what the run as a whole tells: params, misdate, steps. It prints the value, its kind, and what was read.
A sensitive parameter is not evaluated: [redacted] stands for what it goes into.`,
		Example: `  ofsplan eval 'steps.load.failed_tasks' --run last
  ofsplan eval 'is_month_end(misdate)' --run last
  ofsplan eval 'elapsed > duration("90m")' --run last --step score --at 17`,
		Args: flags.OneArg("expression"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if run == "" {
				return flags.Usage(cmd, errors.New("eval wants --run: an expression is evaluated over a run, such as --run last"))
			}
			all, _, err := f.read(std, run)
			if err != nil {
				return err
			}
			e, err := explain.Eval(all, args[0], step, f.at)
			if err != nil {
				return err
			}
			if f.asJSON {
				return std.PrintJSON(e)
			}
			return view.Evaluated(std.Out, view.Style{}, e)
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&run, "run", "", "the run: its id, the start of one, last, last:PLAN, or an audit log's file")
	cmd.Flags().StringVar(&step, "step", "", "a step of it, whose expression it is taken for")
	complete := func(flag string, of func() []string) {
		err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return of(), cobra.ShellCompDirectiveNoFileComp
		})
		if err != nil {
			panic(err) // the flag is not there: our own bug
		}
	}
	complete("run", func() []string { ids, _ := f.state.RunIDs(cmd, nil, ""); return ids })
	complete("step", func() []string { return f.state.Steps(flags.Named(nonEmpty(run))) })
	return cmd
}

// nonEmpty is a list of one text, or of none.
func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
