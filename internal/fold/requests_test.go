package fold_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// asking is a list of turns being made, a minute apart.
type asking struct{ turns []record.Turn }

func (a *asking) turn(e runner.Event, ordered ...*runner.Command) {
	at := time.Date(2026, 11, 23, 2, len(a.turns), 0, 0, time.UTC)
	a.turns = append(a.turns, record.Turn{At: at, Event: e, Decision: runner.Decision{Commands: ordered}})
}

// ask orders a request about a code or a batch run, and sends it.
func (a *asking) ask(op runner.Op, n int, code, runID string) runner.Key {
	c := &runner.Command{Key: runner.Key{Step: "load", Attempt: 1, Op: op, N: n}, Run: fact.BatchRef{Object: fact.Batch, Code: code, RunID: runID}}
	if op == runner.OpTrigger {
		c.Order, c.Run = &fact.Order{Object: fact.Batch, Code: code}, fact.BatchRef{}
	}
	a.turn(runner.ClockReached{}, c)
	a.turn(runner.RequestSent{Key: c.Key, Op: op})
	return c.Key
}

func (a *asking) over(runID string, status fact.Status) {
	a.turn(runner.BatchObserved{RunID: runID, Status: status})
}

// summed is what became of each request, in a line.
func (a *asking) summed() string {
	var b strings.Builder
	for _, r := range fold.Requests(a.turns) {
		fmt.Fprintf(&b, "%s %d of %s %s", r.Op, r.Nth, r.About.Code, r.About.RunID)
		if r.TurnedAway {
			b.WriteString(" turned away")
		}
		if r.Over != nil {
			fmt.Fprintf(&b, " %s after %s", r.Over.Status, r.OverAt.Sub(r.At))
		}
		if r.Restarted {
			b.WriteString(" restarted before")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestRequestsOfARun(t *testing.T) {
	var a asking
	// The first is turned away for its token; the next is taken, and fails.
	a.turn(runner.RequestRefused{Key: a.ask(runner.OpTrigger, 1, "LOAD", ""), HTTP: 401})
	a.turn(runner.RequestAccepted{Key: a.ask(runner.OpTrigger, 2, "LOAD", ""), BatchRunID: "L1"})
	a.over("L1", fact.Ongoing)
	a.over("L1", fact.StatusFailed)
	// What is looked at after a restart is about the restart.
	a.turn(runner.RequestAccepted{Key: a.ask(runner.OpRestart, 1, "LOAD", "L1"), BatchRunID: "L1"})
	a.over("L1", fact.StatusSucceeded)
	// One that is refused has no course, one with held tasks is restarted before it is over.
	a.turn(runner.RequestRefused{Key: a.ask(runner.OpTrigger, 3, "OTHER", ""), HTTP: 200, Code: "-3"})
	a.turn(runner.RequestAccepted{Key: a.ask(runner.OpRerun, 1, "LOAD", "L1"), BatchRunID: "L2"})
	a.over("L2", fact.Held)
	a.turn(runner.RequestAccepted{Key: a.ask(runner.OpRestart, 2, "LOAD", "L2"), BatchRunID: "L2"})
	a.over("L2", fact.StatusSucceeded)
	want := `trigger 1 of LOAD  turned away
trigger 2 of LOAD L1 failed after 3m0s
restart 1 of LOAD L1 succeeded after 2m0s
trigger 1 of OTHER ` + `
rerun 1 of LOAD L2 succeeded after 6m0s restarted before
restart 2 of LOAD L2 succeeded after 2m0s
`
	if got := a.summed(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
