package scenario_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/history"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// What a scenario says itself stands; the rest takes as long as it usually does, where that is known.
func TestWhatUsuallyTakesTime(t *testing.T) {
	var h history.History
	for _, minutes := range []time.Duration{20, 25, 20} {
		h.Add([]history.Time{
			{Key: history.Key{Object: fact.Batch, Code: "LOAD"}, Took: minutes * time.Minute},
			{Key: history.Key{Object: fact.Batch, Code: "LOAD", Restarted: true}, Took: time.Minute},
			{Key: history.Key{Object: fact.Batch, Code: "PUBLISH"}, Took: 5 * time.Minute},
			{Key: history.Key{Object: fact.Group, Code: "G"}, Took: 5 * time.Minute, Members: []string{"A", "B"}},
			{Key: history.Key{Object: fact.Batch, Code: "ELSEWHERE"}, Took: 5 * time.Minute},
		})
	}
	h.Add([]history.Time{{Key: history.Key{Object: fact.Batch, Code: "RARE"}, Took: time.Hour}})
	p, err := plan.Parse("p.yaml", []byte(`version: 1
name: p
defaults: {timeout: 1h}
steps:
  - {id: load, trigger: {batch: LOAD}}
  - {id: all, trigger: {group: G, members: [A, B]}}
  - {id: rare, trigger: {batch: RARE}}
  - {id: publish, trigger: {batch: PUBLISH}}
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), RunID: "20261123T020000Z-p-0001", Target: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	five := sim.Lasting(5 * time.Minute)
	given := sim.Scenario{
		Batches: map[string]sim.Batch{"PUBLISH": {Duration: sim.Lasting(time.Hour)}, "LOAD": {Refuse: -3}},
		History: map[string]*sim.Length{"PUBLISH": five},
	}
	want := sim.Scenario{
		Batches: map[string]sim.Batch{"PUBLISH": {Duration: sim.Lasting(time.Hour)}, "LOAD": {Refuse: -3, Duration: sim.Lasting(20 * time.Minute)}},
		Groups:  map[string]sim.Group{"G": {Members: []sim.Member{{Code: "A", Own: &sim.Batch{Duration: five}}, {Code: "B", Own: &sim.Batch{Duration: five}}}}},
		History: map[string]*sim.Length{"PUBLISH": five, "G": five, "LOAD": sim.Lasting(20 * time.Minute)},
	}
	if diff := cmp.Diff(want, scenario.Usual(given, &h, r)); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if diff := cmp.Diff(sim.Scenario{}, scenario.Usual(sim.Scenario{}, &history.History{}, r)); diff != "" {
		t.Errorf("who knows nothing says %s", diff)
	}
}
