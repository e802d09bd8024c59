package fold

import (
	"testing"
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A step has begun when an attempt was made, and no sooner: whatever else ends it while it waits does not begin it.
func TestWhenAStepHasBegun(t *testing.T) {
	failed := func(from runner.State, attempt int) runner.Transition {
		return runner.Transition{From: from, To: "failed", Failure: &fact.Failure{Kind: fact.BadExpression, Attempt: attempt}}
	}
	to := func(from, to runner.State) runner.Transition { return runner.Transition{From: from, To: to} }
	marked := func(from, to runner.State, mark string) runner.Transition {
		return runner.Transition{From: from, To: to, Mark: mark}
	}
	for _, c := range []struct {
		name  string
		event runner.Event // nil: none that matters
		moves []runner.Transition
		want  int // attempts; 0: it never began
	}{
		{"it waits", nil, nil, 0},
		{"it waits for a slot", nil, []runner.Transition{to("waiting", "queued")}, 0},
		{"it makes a request", nil, []runner.Transition{to("waiting", "requesting")}, 1},
		{"it makes one after it had a slot", nil, []runner.Transition{to("waiting", "queued"), to("queued", "requesting")}, 1},
		{"it sleeps", nil, []runner.Transition{to("waiting", "sleeping"), to("sleeping", "succeeded")}, 1},
		{"it slept until a time that has passed", nil, []runner.Transition{to("waiting", "succeeded")}, 1},
		{"it is blocked", nil, []runner.Transition{to("waiting", "blocked")}, 0},
		{"it is skipped", nil, []runner.Transition{to("waiting", "skipped")}, 0},
		{"it is canceled", nil, []runner.Transition{to("waiting", "canceled")}, 0},
		{"it is canceled while it waits for a slot", nil, []runner.Transition{to("waiting", "queued"), to("queued", "canceled")}, 0},
		{"it is canceled at work", nil, []runner.Transition{to("waiting", "watching"), to("watching", "canceled")}, 1},
		{"its if cannot be judged", nil, []runner.Transition{failed("waiting", 0)}, 0},
		{"what it would order cannot be told", nil, []runner.Transition{failed("waiting", 1)}, 1},
		{"nor when it has a slot", nil, []runner.Transition{to("waiting", "queued"), failed("queued", 1)}, 1},
		{"nor that, and a rule goes on all the same", nil, []runner.Transition{marked("waiting", "succeeded", "continued")}, 1},
		{"nor at the third try", nil, []runner.Transition{to("waiting", "delaying"), failed("delaying", 3)}, 3},
		{"it is declared good", runner.OperatorMarked{}, []runner.Transition{marked("waiting", "succeeded", "resolved_by")}, 0},
		{"it is declared good though blocked", runner.OperatorMarked{}, []runner.Transition{to("waiting", "blocked"), marked("blocked", "succeeded", "resolved_by")}, 0},
		{"it is given a batch run", runner.OperatorAdopted{Step: "s"}, []runner.Transition{marked("waiting", "watching", "resolved_by")}, 1},
		{"it is given one that is not waited for", runner.OperatorAdopted{Step: "s"}, []runner.Transition{marked("queued", "succeeded", "resolved_by")}, 1},
		{"it fails by its if again, after an operator's word", nil, []runner.Transition{to("waiting", "requesting"), failed("requesting", 1), to("failed", "waiting"), failed("waiting", 1)}, 1},
		{"its if cannot be judged twice, and the machine has counted the first time", nil, []runner.Transition{failed("waiting", 0), to("failed", "waiting"), failed("waiting", 1)}, 0},
		{"and then what it would order cannot be told", nil, []runner.Transition{failed("waiting", 0), to("failed", "waiting"), failed("waiting", 2)}, 2},
		{"it begins again on an operator's word", nil, []runner.Transition{to("waiting", "sleeping"), to("sleeping", "canceled"), to("canceled", "waiting"), to("waiting", "sleeping")}, 2},
		{"it was in doubt and goes on", runner.OperatorResolved{Step: "s"}, []runner.Transition{to("waiting", "requesting"), to("requesting", "in_doubt"), to("in_doubt", "watching")}, 1},
		{"it was in doubt and begins again", nil, []runner.Transition{to("waiting", "requesting"), to("requesting", "in_doubt"), to("in_doubt", "waiting"), to("waiting", "requesting")}, 2},
		{"its beginning is on no record that can be read", nil, []runner.Transition{to("watching", "succeeded")}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewBuilder("r", nil)
			for i, m := range c.moves {
				m.Step = "s"
				turn := record.Turn{At: at0.Add(time.Duration(i) * time.Minute), Event: c.event, Decision: runner.Decision{Moves: []runner.Transition{m}}}
				if turn.Event == nil {
					turn.Event = runner.ClockReached{}
				}
				b.Turn(turn)
			}
			var got Step
			for _, s := range b.Run().Steps {
				got = *s
			}
			if got.Attempts != c.want || got.StartedAt.IsZero() != (c.want == 0) {
				t.Errorf("got %d attempts, started at %v, want %d", got.Attempts, got.StartedAt, c.want)
			}
		})
	}
}

// A request in doubt is a question for a person until the step has an outcome that stands: also one that came of a look, as when
// the batch run that was to run again came to a good end before the rerun.
func TestAnOutcomeLeavesNoRequestInDoubt(t *testing.T) {
	rerun := runner.Key{Step: "s", Attempt: 2, Op: runner.OpRerun, N: 1}
	b := NewBuilder("r", nil)
	turn := func(e runner.Event, from, to runner.State) {
		b.Turn(record.Turn{At: at0, Event: e, Decision: runner.Decision{Moves: []runner.Transition{{Step: "s", From: from, To: to}}}})
	}
	turn(runner.RequestSent{Key: rerun, Op: rerun.Op}, "delaying", "requesting")
	turn(runner.RequestInDoubt{Key: rerun}, "requesting", "in_doubt")
	if got := b.Step("s").Newest(); got != rerun {
		t.Fatalf("in doubt: got %v", got)
	}
	turn(runner.BatchObserved{Key: rerun}, "looking", "succeeded")
	if got := b.Step("s").Newest(); got != (runner.Key{}) {
		t.Errorf("after it succeeded: got %v", got)
	}
}
