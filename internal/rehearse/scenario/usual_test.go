package scenario_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/fold"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// took is a run in which one order took that long.
func took(d time.Duration, order fact.Order) []record.Turn {
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	key := runner.Key{Step: "s", Attempt: 1, Op: runner.OpTrigger, N: 1}
	id := order.Code + "_1"
	return []record.Turn{
		{At: at, Event: runner.RunStarted{}, Decision: runner.Decision{Commands: []*runner.Command{{Key: key, Order: &order}}}},
		{At: at, Event: runner.RequestSent{Key: key, Op: key.Op}},
		{At: at, Event: runner.RequestAccepted{Key: key, BatchRunID: id}},
		{At: at.Add(d), Event: runner.BatchObserved{RunID: id, Status: fact.StatusSucceeded}},
	}
}

// What a scenario says itself stands; the rest takes as long as it usually does.
func TestWhatUsuallyTakesTime(t *testing.T) {
	var h fold.History
	h.Add(took(20*time.Minute, fact.Order{Object: fact.Batch, Code: "LOAD"}))
	h.Add(took(5*time.Minute, fact.Order{Object: fact.Batch, Code: "PUBLISH"}))
	h.Add(took(5*time.Minute, fact.Order{Object: fact.Group, Code: "G", Members: []fact.MemberOrder{{Code: "A"}, {Code: "B"}}}))
	five := sim.Lasting(5 * time.Minute)
	given := sim.Scenario{Batches: map[string]sim.Batch{"PUBLISH": {Duration: sim.Lasting(time.Hour)}, "LOAD": {Refuse: -3}}}
	want := sim.Scenario{
		Batches: map[string]sim.Batch{"PUBLISH": {Duration: sim.Lasting(time.Hour)}, "LOAD": {Refuse: -3, Duration: sim.Lasting(20 * time.Minute)}},
		Groups:  map[string]sim.Group{"G": {Members: []sim.Member{{Code: "A", Own: &sim.Batch{Duration: five}}, {Code: "B", Own: &sim.Batch{Duration: five}}}}},
	}
	if diff := cmp.Diff(want, scenario.Usual(given, &h)); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if diff := cmp.Diff(sim.Scenario{}, scenario.Usual(sim.Scenario{}, &fold.History{})); diff != "" {
		t.Errorf("who knows nothing says %s", diff)
	}
}
