package fold_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// long is a night of so many steps side by side, all of which succeed.
func long(tb testing.TB, steps int) (*plan.Plan, []record.Turn) {
	tb.Helper()
	var text strings.Builder
	text.WriteString("version: 1\nname: long\nsteps:\n")
	for i := range steps {
		fmt.Fprintf(&text, "  - {id: s%d, needs: [], trigger: {batch: B%d}}\n", i, i)
	}
	p, err := plan.Parse("long.yaml", []byte(text.String()))
	if err != nil {
		tb.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	turns := []record.Turn{{At: at, Event: runner.RunStarted{Plan: "long"}}}
	turn := func(e runner.Event, d runner.Decision) {
		at = at.Add(time.Second)
		turns = append(turns, record.Turn{At: at, Event: e, Decision: d})
	}
	move := func(step string, from, to runner.State) []runner.Transition {
		return []runner.Transition{{Step: step, From: from, To: to, Why: "it is time"}}
	}
	for i := range steps {
		step, order := fmt.Sprintf("s%d", i), fact.Order{Object: fact.Batch, Code: fmt.Sprintf("B%d", i)}
		trigger := &runner.Command{Key: runner.Key{Step: step, Attempt: 1, Op: runner.OpTrigger, N: 1}, Order: &order}
		watch := &runner.Command{Key: runner.Key{Step: step, Attempt: 1, Op: runner.OpWatch, N: 1}, Run: fact.BatchRef{Object: fact.Batch, Code: order.Code, RunID: order.Code + "_1"}}
		turn(runner.ClockReached{}, runner.Decision{Moves: move(step, runner.Waiting, runner.Requesting), Commands: []*runner.Command{trigger}})
		turn(runner.RequestSent{Key: trigger.Key, Op: runner.OpTrigger}, runner.Decision{})
		turn(runner.RequestAccepted{Key: trigger.Key, BatchRunID: watch.Run.RunID}, runner.Decision{Moves: move(step, runner.Requesting, runner.Watching), Commands: []*runner.Command{watch}})
		turn(runner.BatchObserved{Key: watch.Key, RunID: watch.Run.RunID, Status: fact.StatusSucceeded}, runner.Decision{Moves: move(step, runner.Watching, "succeeded")})
	}
	return p, turns
}

// A night costs its turns, whatever is made of it: ns/turn does not grow with the plan.
func BenchmarkNight(b *testing.B) {
	for _, steps := range []int{100, 1000, 10_000} {
		p, turns := long(b, steps)
		for name, make := range map[string]func(){
			"turns":    func() { fold.Turns(p, turns) },
			"requests": func() { fold.Requests(turns) },
			"acts":     func() { fold.Acts(p, turns) },
			"timeline": func() { fold.NewTimeline(p, turns, nil) },
		} {
			b.Run(fmt.Sprintf("%s/%d", name, steps), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					make()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(turns)), "ns/turn")
			})
		}
	}
}
