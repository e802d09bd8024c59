package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
)

// resumeFlags are the flags of resume.
type resumeFlags struct {
	state  stateFlags
	config string
	log    logFlags
	asJSON bool
	retry  []string
	reason string
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
blocked waits for it again.`,
		Example: `  ofsplan resume last
  ofsplan resume last --retry load --reason "the feed is complete now"`,
		Args:              oneArg("run: its id, the start of one, or the word last"),
		ValidArgsFunction: f.state.runIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(f.retry) > 0) != (f.reason != "") {
				return usage(cmd, errors.New("--retry and --reason go together: the audit log keeps why"))
			}
			return a.resumeRun(cmd.Context(), args[0], &f)
		},
	}
	f.state.register(cmd, false)
	f.log.register(cmd)
	cmd.Flags().StringVar(&f.config, "config", "", "the targets file (default $OFSPLAN_CONFIG, ./ofsplan.yaml, then the XDG folders)")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	cmd.Flags().StringArrayVar(&f.retry, "retry", nil, "give this failed or canceled step another attempt")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the audit log")
	return cmd
}

// resumeRun carries a run on.
func (a *app) resumeRun(ctx context.Context, word string, f *resumeFlags) (err error) {
	if err := f.log.check(); err != nil {
		return err
	}
	folder, err := f.state.folder()
	if err != nil {
		return err
	}
	id, err := folder.Find(word)
	if err != nil {
		return err
	}
	h, err := takeUp(folder, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	s := &session{plan: h.Resolved.Plan, resolved: h.Resolved, folder: folder, logFlags: f.log}
	runFlags := &runFlags{state: f.state, log: f.log, asJSON: f.asJSON, target: targetFlags{name: h.Started.Target.Name, config: f.config}}
	if h.End != nil && len(f.retry) == 0 {
		return a.tellEnd(s, h, runFlags)
	}
	if s.site, err = h.site(runFlags.target); err != nil {
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
	opening, err := a.resumption(h, f)
	if err != nil {
		return err
	}
	a.logOf(s, h)
	s.drive(ctx, h.Machine, h.journal, drive.Config{
		Desk: dispatch.New(client, s.site.tokens, id), Journal: h.journal, Opening: opening, After: h.At,
	})
	if err := a.conclude(s, runFlags); err != nil {
		return err
	}
	return quit(s.exitCode())
}

// logOf makes the operator's log of a run that has a past.
func (a *app) logOf(s *session, h *held) {
	s.log = a.operatorLog(&s.logFlags, h.id, s.plan, h.Started.Simulated)
	s.log.lines.Recorded(h.records)
}

// tellEnd says how a run has ended already; nothing is written.
func (a *app) tellEnd(s *session, h *held, f *runFlags) error {
	s.site = &site{simulated: h.Started.Simulated}
	a.logOf(s, h)
	s.ending.result, s.ending.head = drive.Result{End: h.End, At: h.At}, h.journal.Head()
	fmt.Fprintf(a.err, "run %s has nothing left to do, so nothing was done\n", h.id)
	if err := a.conclude(s, f); err != nil {
		return err
	}
	return quit(s.exitCode())
}

// resumption are the events that take the run up again: the operator's words, then run.resumed.
func (a *app) resumption(h *held, f *resumeFlags) ([]runner.Event, error) {
	by := a.whoAsks()
	var events []runner.Event
	for i, step := range f.retry {
		word := runner.Word{ID: fmt.Sprintf("%s-%d", wordID(h.now()), i+1), By: by.User, Reason: f.reason}
		events = append(events, runner.OperatorRetried{Word: word, Step: step})
	}
	for _, e := range events {
		if err := h.Machine.Check(e); err != nil {
			return nil, fmt.Errorf("run %s: %w", h.id, err)
		}
	}
	tool := runner.Tool{Version: thisBuild().Version, Machine: runner.MachineVersion}
	return append(events, runner.RunResumed{By: by, Tool: tool}), nil
}

// site is the target the run was started against, which must still be the same.
func (h *held) site(f targetFlags) (*site, error) {
	if h.Started.Simulated {
		return nil, errors.New("this run was simulated, and its scheduler ended with its process: there is nothing to go on with\n\tstart it again: ofsplan run --target sim")
	}
	site, err := f.pick()
	if err != nil {
		return nil, fmt.Errorf("the run was started against target %q: %w", h.Started.Target.Name, err)
	}
	if got := site.facts().Fingerprint; got != h.Started.Target.Fingerprint {
		return nil, fmt.Errorf("target %q (%s) is not the one this run was started against: then %s, user %s, workspace %s, now %s, user %s, workspace %s, or another path, dialect or grant\n\tmake the target what it was, or start the plan anew",
			site.Name, site.Pos, h.Started.Target.URL, h.Started.Target.User, h.Started.Target.Workspace, site.URL, site.User, site.Workspace)
	}
	return site, nil
}
