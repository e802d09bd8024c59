package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/view"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
	"ofsplan/runner/resume"
)

// resumeFlags are the flags of resume.
type resumeFlags struct {
	state  stateFlags
	config string
	log    logFlags
	asJSON bool
	params string // a file of parameters
	words  resumeWords
}

// resumeWords is what an operator says with resume.
type resumeWords struct {
	retry                  []string
	acceptTail, acceptCopy bool
	reason                 string
}

// check wants a reason for each word, and a word for a reason.
func (w *resumeWords) check() error {
	if (len(w.retry) > 0 || w.acceptTail || w.acceptCopy) != (strings.TrimSpace(w.reason) != "") {
		return errors.New("--retry, --accept-tail or --accept-copy and --reason go together: the audit log keeps why")
	}
	return nil
}

// word is the n-th thing said, from 1.
func (w *resumeWords) word(by runner.By, n int) runner.Word {
	return runner.Word{ID: fmt.Sprintf("%s-%d", wordID(time.Now()), n), By: by.User, Reason: w.reason}
}

func (a *app) resume() *cobra.Command {
	var f resumeFlags
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "Carries a run on that was stopped or whose process is gone",
		Long: `Carries a run on where its audit log says it stands: batch runs that were started are looked at before anything is
done, what was not sent is sent, and a request of which nobody can say whether it was carried out is left in doubt for
a person. The plan, its parameters and its date are those in the log, also when the file has changed since.
Resuming a run that has ended changes nothing, unless --retry gives a failed step another attempt; what that step
blocked waits for it again. When the last line of the audit log is damaged, look at the scheduler for what was started
after the record before it, and go on without that line with --accept-tail: what was pending then is in doubt. An
audit log that was put back from a backup, copied or moved is refused, since it does not hold what was done after
that; when nobody went on with the run elsewhere, --accept-copy goes on.`,
		Example: `  ofsplan resume last
  ofsplan resume last --retry load --reason "the feed is complete now"
  ofsplan resume last --accept-tail --reason "disk replaced; the monitor shows no other batch run"`,
		Args:              oneArg("run: its id, the start of one, or the word last"),
		ValidArgsFunction: f.state.runIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.words.check(); err != nil {
				return usage(cmd, err)
			}
			return a.resumeRun(cmd.Context(), args[0], &f)
		},
	}
	f.state.register(cmd, false)
	f.log.register(cmd)
	cmd.Flags().StringVar(&f.config, "config", "", "the targets file (default $OFSPLAN_CONFIG, ./ofsplan.yaml, then the XDG folders)")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	cmd.Flags().StringVar(&f.params, "params-file", "", "a YAML file with the sensitive parameters; others are those of the audit log")
	cmd.Flags().StringArrayVar(&f.words.retry, "retry", nil, "give this failed or canceled step another attempt")
	cmd.Flags().BoolVar(&f.words.acceptTail, "accept-tail", false, "set a damaged last line of the audit log aside; what was pending is in doubt")
	cmd.Flags().BoolVar(&f.words.acceptCopy, "accept-copy", false, "go on from an audit log that was copied or moved, since nobody went on elsewhere")
	cmd.Flags().StringVar(&f.words.reason, "reason", "", "why, for the audit log")
	return cmd
}

// resumeRun carries a run on.
func (a *app) resumeRun(ctx context.Context, word string, f *resumeFlags) (err error) {
	if err := f.log.check(); err != nil {
		return err
	}
	if _, err := reserve(); err != nil {
		return err
	}
	folder, id, err := f.state.real(word)
	if err != nil {
		return err
	}
	ctx, release := a.Leavable(ctx)
	defer release()
	h, g, err := holdAgain(folder, id, f.words.answer(a.whoAsks(), a.tidy), view.Site{StateDir: f.state.dir, Config: f.config})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close(), g.close()) }()
	if h.Outcome() != nil {
		if err := a.collect(h); err != nil {
			return err
		}
	}
	s := &session{plan: h.Resolved.Plan, resolved: h.Resolved, folder: folder, logFlags: f.log}
	runFlags := &runFlags{state: f.state, log: f.log, asJSON: f.asJSON, target: targetFlags{name: h.Started.Target.Name, config: f.config}}
	if h.Outcome() != nil && len(f.words.retry) == 0 {
		return a.tellEnd(s, h, runFlags)
	}
	given, err := a.givenAgain(h.Resolved.Plan, f.params)
	if err != nil {
		return err
	}
	f.words.reason = a.clean(f.words.reason)
	opening, trial, err := a.resumption(h, g, &f.words)
	if err != nil {
		return err
	}
	if err := a.reopen(ctx, h, trial, given); err != nil {
		return err
	}
	if s.site, err = sameSite(h.Started.Target, runFlags.target); err != nil {
		return err
	}
	if err := a.open(ctx, s.site); err != nil {
		return err
	}
	defer s.site.close()
	client, err := s.site.client()
	if err != nil {
		return err
	}
	a.logOf(s, h)
	s.drive(ctx, h.Machine, h.Run, drive.Config{
		Desk: dispatch.New(client, s.site.tokens, id).Revealing(h.Resolved.Reveal), Journal: h.Journal, Opening: opening, After: h.At,
	})
	if err := a.conclude(s, runFlags); err != nil {
		return exitcode.With(s.exitCode(), err)
	}
	return exitcode.Quiet(s.exitCode())
}

// collect takes the words that wait in the inbox of a run that has ended, and tells of those that are refused.
func (a *app) collect(h *resume.Run) error {
	return h.Collect(h.Store.Inbox(h.ID), func(word string, why error) {
		fmt.Fprintf(a.Err, "the word %q that waited in the inbox was refused: %v\n", word, why)
	})
}

// logOf makes the operator's log of a run that has a past.
func (a *app) logOf(s *session, h *resume.Run) {
	s.log = a.operatorLog(&s.logFlags, h.ID, s.plan, h.Started.Simulated)
	s.log.lines.Recorded(h.Records)
	for _, t := range h.Added {
		s.log.turn(t)
	}
}

// tellEnd says how a run has ended already; nothing is written.
func (a *app) tellEnd(s *session, h *resume.Run, f *runFlags) error {
	s.site = &site{simulated: h.Started.Simulated}
	a.logOf(s, h)
	s.ending.result, s.ending.head = drive.Result{End: h.Outcome(), At: h.At, Doubted: h.Machine.Status().Doubted > 0}, h.Head()
	fmt.Fprintf(a.Err, "run %s has nothing left to do, so nothing was done\n", h.ID)
	if err := a.conclude(s, f); err != nil {
		return exitcode.With(s.exitCode(), err)
	}
	return exitcode.Quiet(s.exitCode())
}

// answer is what the operator answers for about the audit log.
func (w *resumeWords) answer(by runner.By, tidy func([]runner.Param, string) string) resume.Answer {
	return resume.Answer{Accept: state.Accept{Tail: w.acceptTail, Copy: w.acceptCopy}, Word: w.word(by, 0), Tidy: tidy}
}

// resumption are the events that take the run up again: the operator's words, then run.resumed. A word that does
// not fit, or a later run that counts in this one's place, is an error, before anything is written. The machine is that of the run once it has heard the words.
func (a *app) resumption(h *resume.Run, g *guard, w *resumeWords) ([]runner.Event, *runner.Machine, error) {
	if err := g.superseded(h.ID); err != nil {
		return nil, nil, err
	}
	by := a.whoAsks()
	var events []runner.Event
	for i, step := range w.retry {
		events = append(events, runner.OperatorRetried{Word: w.word(by, i+1), Step: step})
	}
	trial := h.Machine
	if len(events) > 0 {
		var err error
		if trial, _, err = h.Try(events...); err != nil {
			return nil, nil, err
		}
	}
	tool := runner.Tool{Version: thisBuild().Version, Machine: runner.MachineVersion}
	return append(events, runner.RunResumed{By: by, Tool: tool}), trial, nil
}

// sameSite is the target a run was started against, which must still be the same.
func sameSite(then runner.Target, f targetFlags) (*site, error) {
	site, err := f.pick()
	if err != nil {
		return nil, fmt.Errorf("the run was started against target %q: %w", then.Name, err)
	}
	if got := site.facts().Fingerprint; got != then.Fingerprint {
		return nil, fmt.Errorf("target %q (%s) is not the one this run was started against: then %s, user %s, workspace %s, now %s, user %s, workspace %s, or another path, dialect or grant\n\tmake the target what it was, or start the plan anew",
			site.Name, site.Pos, then.URL, then.User, then.Workspace, site.URL, site.User, site.Workspace)
	}
	return site, nil
}
