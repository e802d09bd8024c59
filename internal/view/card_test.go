package view

import (
	"fmt"
	"strings"
	"testing"

	"ofsplan/internal/fold"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A night in which everything went wrong has a card that fits on a screen.
func TestCommandsOfManyStepsAreFew(t *testing.T) {
	night := func(n int, outcome fact.Outcome) *fold.Run {
		r := &fold.Run{ID: "r", State: fold.State(outcome), End: &runner.End{Outcome: outcome}}
		for i := range n {
			s := &fold.Step{ID: fmt.Sprintf("s%d", i), Progress: fold.Progress{State: runner.State(outcome)}}
			s.Batch = fact.BatchRef{Object: fact.Batch, Code: "B", RunID: fmt.Sprintf("B_%d", i)}
			r.Steps = append(r.Steps, s)
		}
		return r
	}
	count := func(r *fold.Run, words string) (n int) {
		for _, c := range Commands(r, Repeat{}) {
			if strings.Contains(c.Line, words) {
				n++
			}
		}
		return n
	}
	for n, want := range map[int]int{1: 1, mostCards: mostCards, mostCards + 1: mostCards, 50: mostCards} {
		if got := count(night(n, fact.InDoubt), "--not-started"); got != want {
			t.Errorf("of %d steps in doubt %d are asked for, want %d", n, got, want)
		}
	}
	for n, want := range map[int]int{1: 1, 2 * mostCards: 2 * mostCards, 2*mostCards + 1: 2 * mostCards} {
		if got := count(night(n, fact.Failed), "batch status"); got != want {
			t.Errorf("of %d failed steps the batch runs of %d can be asked about, want %d", n, got, want)
		}
	}
	for n, more := range map[int]string{mostCards: "", mostCards + 1: "and 1 more steps failed\n"} {
		var b strings.Builder
		if err := Card(&b, Style{}, night(n, fact.Failed), Repeat{}); err != nil || strings.Contains(b.String(), "more steps failed") != (more != "") || !strings.Contains(b.String(), more) {
			t.Errorf("of %d failed steps the card says, %v\n%s", n, err, &b)
		}
	}
}
