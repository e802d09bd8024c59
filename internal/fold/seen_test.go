package fold

import (
	"testing"
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// What the lock of a run tells: that it goes on, and then its times are as of now, or that its process is gone.
func TestTheLockTellsWhetherARunGoesOn(t *testing.T) {
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	now := at.Add(3 * time.Hour)
	going := func(last runner.Decision, events ...runner.Event) *Run {
		b := NewBuilder("r", nil)
		b.Turn(record.Turn{At: at, Event: runner.RunStarted{}})
		b.Turn(record.Turn{At: at, Event: runner.ClockReached{}, Decision: runner.Decision{Moves: []runner.Transition{
			{Step: "load", From: runner.Waiting, To: runner.Watching}, {Step: "wait", From: runner.Waiting, To: runner.Waiting},
			{Step: "done", From: runner.Watching, To: runner.State(fact.Succeeded)},
		}}})
		for _, e := range events {
			b.Turn(record.Turn{At: at.Add(time.Second), Event: e, Decision: last})
		}
		return b.Run()
	}
	r := going(runner.Decision{})
	r.Seen(true, now)
	if r.State != Running || time.Duration(r.Elapsed) != 3*time.Hour || time.Duration(r.Step("load").Elapsed) != 3*time.Hour {
		t.Errorf("it goes on: %s after %s, load %s", r.State, r.Elapsed, r.Step("load").Elapsed)
	}
	if r.Step("wait").Elapsed != 0 || r.Step("done").Elapsed != 0 {
		t.Errorf("what does not go on takes time: %s, %s", r.Step("wait").Elapsed, r.Step("done").Elapsed)
	}
	r = going(runner.Decision{})
	if r.Seen(false, now); r.State != Killed || r.Elapsed != 0 || r.OnceState() == OnceDone {
		t.Errorf("nobody has it: %s after %s", r.State, r.Elapsed)
	}
	r = going(runner.Decision{})
	if r.Seen(true, at.Add(-time.Hour)); r.State != Running || r.Elapsed < 0 {
		t.Errorf("a clock that is behind: %s after %s", r.State, r.Elapsed)
	}
	for _, locked := range []bool{true, false} {
		r = going(runner.Decision{End: &runner.End{Outcome: fact.Failed}}, runner.ClockReached{})
		if r.Seen(locked, now); r.State != State(fact.Failed) || time.Duration(r.Elapsed) != time.Second {
			t.Errorf("it has ended: %s after %s", r.State, r.Elapsed)
		}
		r = going(runner.Decision{}, runner.RunDetached{})
		if r.Seen(locked, now); r.State != Detached {
			t.Errorf("it was left: %s", r.State)
		}
	}
	for _, c := range []struct {
		o    Overview
		by   string
		want State
	}{
		{Overview{State: Unended}, "process 7", Running},
		{Overview{State: Unended}, "", Killed},
		{Overview{State: Unended, Trouble: "it has no record"}, "", Unreadable},
		{Overview{State: State(fact.Failed)}, "process 7", State(fact.Failed)},
	} {
		if c.o.Seen(c.by, now); c.o.State != c.want || c.o.LockedBy != c.by {
			t.Errorf("%+v, want %s", c.o, c.want)
		}
	}
}
