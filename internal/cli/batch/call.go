package batch

import (
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/foreground"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/operate"
	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// called is the result of a batch command as facts.
type called struct {
	BatchRunID string      `json:"batch_run_id,omitempty"`
	Status     fact.Status `json:"status,omitempty"`
	StatusCode *int        `json:"status_code,omitempty"`
	Tasks      []fact.Part `json:"tasks,omitempty"`
	Members    []fact.Part `json:"members,omitempty"`
	foreground.Facts
}

// call carries one batch command out as a run of its own one-step plan.
func call(std *terminal.Streams, cmd *cobra.Command, what string, text []byte, given []plan.Given, f *verbFlags) error {
	if err := f.Log.Check(); err != nil {
		return err
	}
	p, err := plan.Parse(runner.CommandLine, text)
	if err != nil {
		return fmt.Errorf("what %s was asked to do cannot be done:\n%w\nthe plan written for it:\n%s", cmd.CommandPath(), err, text)
	}
	r, err := foreground.Prepare(cmd.Context(), std, &f.Run, operate.Start{Plan: p, Given: given, NoFile: true})
	if err != nil {
		return err
	}
	if f.DryRun {
		return foreground.DryRun(std, r, &f.Run)
	}
	ctx, release := std.DetachOnSignal(cmd.Context())
	defer release()
	c, err := foreground.CarryOut(ctx, std, r, &f.Run)
	if err != nil {
		return err
	}
	done := newCallResult(c)
	code := c.Code()
	if what == "status" || what == "wait" {
		code = done.statusCode(code)
	}
	if err := printCall(std, done, f.JSON, code); err != nil {
		return exitcode.With(code, err) // what became of the call counts, not whether it could be printed
	}
	return exitcode.Quiet(code)
}

// A callResult is what came of a batch command.
type callResult struct {
	*foreground.Conclusion
	step *fold.Step
	seen runner.BatchObserved // how its batch run stands; zero: nobody saw
}

func newCallResult(c *foreground.Conclusion) callResult {
	done := callResult{c, c.Run.Steps[0], c.Seen()}
	if done.seen.RunID != done.step.Batch.RunID {
		done.seen = runner.BatchObserved{} // a look at the batch run before a rerun
	}
	return done
}

// printCall prints what came of a batch command: on standard output the batch run id alone, or how it
// stands; the rest on standard error.
func printCall(std *terminal.Streams, done callResult, asJSON bool, code exitcode.Code) error {
	done.Complain()
	id, seen := done.step.Batch.RunID, done.seen
	if asJSON {
		c := called{BatchRunID: id, Status: seen.Status, Tasks: seen.Tasks, Members: seen.Members, Facts: done.Facts(code)}
		if seen.Status != "" {
			c.StatusCode = &seen.Code
		}
		return std.PrintJSON(c)
	}
	mark := ""
	if done.Run.Started.Simulated {
		mark = readable.SimulatedMark
	}
	if id != "" {
		fmt.Fprintf(std.Out, "%s%s\n", mark, id)
	}
	if seen.Status != "" {
		printSeen(std, seen, mark)
	}
	return done.PrintToStderr()
}

// printSeen prints how a batch run stands, with its tasks or members.
func printSeen(std *terminal.Streams, seen runner.BatchObserved, mark string) {
	fmt.Fprintf(std.Out, "%s%s (code %d)\n", mark, seen.Status, seen.Code)
	for _, part := range append(append([]fact.Part(nil), seen.Tasks...), seen.Members...) {
		fmt.Fprintf(std.Out, "%s  %-30s %s (code %d)\n", mark, part.Code, part.Status, part.StatusCode)
	}
}

// statusCode is the exit code of batch status and batch wait: how the batch run stands, when that is known.
func (r callResult) statusCode(code exitcode.Code) exitcode.Code {
	if code != exitcode.Succeeded && code != exitcode.Failed || r.seen.Status == "" {
		return code
	}
	switch r.seen.Status {
	case fact.StatusSucceeded, fact.Excluded:
		return exitcode.Succeeded
	case fact.StatusFailed, fact.Interrupted, fact.Aborted:
		return exitcode.Failed
	case fact.Held:
		return exitcode.Held
	}
	if f := r.step.Failure; f != nil && f.Kind == fact.BatchHeld {
		return exitcode.Held
	}
	return exitcode.Ongoing
}
