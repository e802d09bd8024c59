package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/internal/view"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
)

// callFile is what messages and audit logs call the plan a batch command wrote for itself.
const callFile = "command line"

// called is the result of a batch command as facts.
type called struct {
	BatchRunID string      `json:"batch_run_id,omitempty"`
	Status     fact.Status `json:"status,omitempty"`
	StatusCode *int        `json:"status_code,omitempty"`
	Tasks      []fact.Part `json:"tasks,omitempty"`
	Members    []fact.Part `json:"members,omitempty"`
	concluded
}

// call carries one batch command out as a run of its own one-step plan.
func (a *app) call(cmd *cobra.Command, what string, text []byte, given []plan.Given, f *batchFlags) error {
	if err := f.log.check(); err != nil {
		return err
	}
	p, err := plan.Parse(callFile, text)
	if err != nil {
		return fmt.Errorf("what %s was asked to do cannot be done:\n%w\nthe plan written for it:\n%s", cmd.CommandPath(), err, text)
	}
	s, err := a.prepare(cmd.Context(), p, given, &f.runFlags)
	if err != nil {
		return err
	}
	if f.dryRun {
		return a.dryRun(s, &guard{}, f.asJSON)
	}
	ctx, release := a.Leavable(cmd.Context())
	defer release()
	if err := a.carryOut(ctx, s); err != nil {
		return err
	}
	code := s.exitCode()
	if what == "status" || what == "wait" {
		code = s.statusCode(code)
	}
	if err := a.concludeCall(s, f, code); err != nil {
		return exitcode.With(code, err) // what became of the call counts, not who could be told
	}
	return exitcode.Quiet(code)
}

// concludeCall prints what came of a batch command: on standard output the batch run id alone, or how it
// stands; the rest on standard error.
func (a *app) concludeCall(s *session, f *batchFlags, code exitcode.Code) error {
	run := s.run()
	site := view.Site{StateDir: f.state.dir, Config: f.target.config}
	journal := s.folder.WhereLog(run.ID)
	step, seen := run.Steps[0], s.ending.seen
	if seen.RunID != step.Batch.RunID {
		seen = runner.BatchObserved{} // a look at the batch run before a rerun
	}
	if s.ending.err != nil {
		a.complain(s, s.ending.err)
	}
	if f.asJSON {
		c := called{
			BatchRunID: step.Batch.RunID, Status: seen.Status, Tasks: seen.Tasks, Members: seen.Members,
			concluded: concluded{ExitCode: code, Journal: journal, Commands: view.Commands(run, site), Run: run},
		}
		if seen.Status != "" {
			c.StatusCode = &seen.Code
		}
		if s.ending.err != nil {
			c.Error = s.ending.err.Error()
		}
		return a.PrintJSON(c)
	}
	mark := ""
	if s.site.simulated {
		mark = readable.SimulatedMark
	}
	if step.Batch.RunID != "" {
		fmt.Fprintf(a.Out, "%s%s\n", mark, step.Batch.RunID)
	}
	if seen.Status != "" {
		a.printSeen(seen, mark)
	}
	if s.log.json != nil || errors.Is(s.ending.err, drive.ErrNoContact) {
		return nil // the rest has been told already
	}
	if err := view.Summary(a.Err, s.log.style, run, journal); err != nil {
		return err
	}
	return view.Card(a.Err, s.log.style, run, site)
}

// printSeen prints how a batch run stands, with its tasks or members.
func (a *app) printSeen(seen runner.BatchObserved, mark string) {
	fmt.Fprintf(a.Out, "%s%s (code %d)\n", mark, seen.Status, seen.Code)
	for _, part := range append(append([]fact.Part(nil), seen.Tasks...), seen.Members...) {
		fmt.Fprintf(a.Out, "%s  %-30s %s (code %d)\n", mark, part.Code, part.Status, part.StatusCode)
	}
}

// statusCode is the exit code of batch status and batch wait: how the batch run stands, when that is known.
func (s *session) statusCode(code exitcode.Code) exitcode.Code {
	if code != exitcode.Succeeded && code != exitcode.Failed || s.ending.seen.Status == "" {
		return code
	}
	switch s.ending.seen.Status {
	case fact.StatusSucceeded, fact.Excluded:
		return exitcode.Succeeded
	case fact.StatusFailed, fact.Interrupted, fact.Aborted:
		return exitcode.Failed
	case fact.Held:
		return exitcode.Held
	}
	if f := s.run().Steps[0].Failure; f != nil && f.Kind == fact.BatchHeld {
		return exitcode.Held
	}
	return exitcode.Ongoing
}
