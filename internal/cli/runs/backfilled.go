package runs

import (
	"fmt"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/cli/foreground"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
)

// What becomes of a date, beside the states of its own run.
const (
	hadSucceeded = "had_succeeded" // by a run of before: it was passed over
	inTheWay     = "in_the_way"    // a run of before is not at a good end
	notBegun     = "not_begun"     // it could not be begun, or was not come to
	wouldRun     = "would_run"     // of a dry run
)

// A dated is what became of one date, for programs.
type dated struct {
	Date    string              `json:"date"`
	Outcome string              `json:"outcome"` // of its run, or had_succeeded, in_the_way, not_begun, would_run
	Code    exitcode.Code       `json:"exit_code"`
	Run     string              `json:"run,omitempty"`   // its own, or the one of before
	Error   string              `json:"error,omitempty"` // why it could not be begun
	Meets   *foreground.Refusal `json:"meets,omitempty"` // what is in the way
	Facts   *foreground.Facts   `json:"facts,omitempty"` // of its run
	took    time.Duration
}

// conclude prints what became of all dates, and ends with the worst of their exit codes.
func (w *backfilling) conclude() error {
	codes := make([]exitcode.Code, len(w.done))
	for i, one := range w.done {
		codes[i] = one.Code
	}
	code := exitcode.Worst(codes...)
	if w.flags.DryRun {
		code = exitcode.Succeeded
		for _, one := range w.done {
			if one.Error != "" {
				code = exitcode.Worst(code, one.Code)
			}
		}
	}
	for _, d := range w.Dates[len(w.done):] {
		w.done = append(w.done, &dated{Date: d.Format(time.DateOnly), Outcome: notBegun})
	}
	var err error
	if w.flags.JSON {
		err = w.std.PrintJSON(w.facts(code))
	} else {
		err = w.std.Style(w.std.Out, w.simulated).Print(w.std.Out, w.summary())
	}
	if err != nil {
		return exitcode.With(code, err)
	}
	return exitcode.Quiet(code)
}

// facts are the backfill for programs.
func (w *backfilling) facts(code exitcode.Code) any {
	type facts struct {
		ExitCode  exitcode.Code `json:"exit_code"`
		Plan      string        `json:"plan"`
		From      string        `json:"from"`
		To        string        `json:"to"`
		DryRun    bool          `json:"dry_run,omitempty"`
		Simulated bool          `json:"simulated,omitempty"`
		Stopped   string        `json:"stopped,omitempty"` // why no further date was begun
		Dates     []*dated      `json:"dates"`
	}
	return facts{code, w.Plan.Name, w.From.Format(time.DateOnly), w.To.Format(time.DateOnly), w.flags.DryRun, w.simulated, w.stopped, w.done}
}

// summary is the table of all dates.
func (w *backfilling) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "backfill of %s, %s: %s\n", audit.Printable(w.Plan.Name), w.Span, w.count())
	var rows readable.Table
	for _, one := range w.done {
		took := ""
		if one.took > 0 {
			took = readable.Elapsed(one.took)
		}
		rows = append(rows, []string{one.Date, readable.Words(one.Outcome), took, one.Run})
	}
	rows.Write(&b, readable.Layout{Indent: "  "})
	if w.stopped != "" {
		fmt.Fprintf(&b, "%s; type the same command again to go on: dates that have succeeded are passed over\n", w.stopped)
	}
	return b.String()
}

// count says how many dates came to what, in the order in which that was met first.
func (w *backfilling) count() string {
	var order []string
	n := map[string]int{}
	for _, one := range w.done {
		if n[one.Outcome]++; n[one.Outcome] == 1 {
			order = append(order, one.Outcome)
		}
	}
	for i, outcome := range order {
		order[i] = fmt.Sprintf("%d %s", n[outcome], readable.Words(outcome))
	}
	return strings.Join(order, ", ")
}
