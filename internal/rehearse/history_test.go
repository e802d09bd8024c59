package rehearse_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// asReal are the turns of a night as if it had been a run against a real scheduler.
func asReal(r rehearse.Result) []record.Turn {
	turns := slices.Clone(r.Turns)
	started := turns[0].Event.(runner.RunStarted)
	started.Simulated = false
	turns[0].Event = started
	return turns
}

// A history is the median of what succeeded, each batch and group by itself.
func TestHistory(t *testing.T) {
	var h rehearse.History
	for i, d := range []time.Duration{50, 10, 30, 20} { // minutes of LOAD; PUBLISH takes five
		start := sim.Start{}
		if i == 0 {
			start.Fails = sim.Whole // a night of failures teaches nothing
		}
		n := night(t, two, sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Duration: sim.Lasting(d * time.Minute), Starts: []sim.Start{start}}}})
		h.Add(asReal(played(t, n)))
	}
	group := night(t, "version: 1\nname: g\nsteps:\n  - {id: s, trigger: {group: G, members: {A: {}, B: {}}}}\n", sim.Scenario{})
	h.Add(asReal(played(t, group)))
	h.Add(played(t, night(t, two, sim.Scenario{})).Turns) // simulated: not one of ours
	if h.Runs() != 5 || !cmp.Equal(h.Codes(), []string{"G", "LOAD", "PUBLISH"}) {
		t.Fatalf("%d runs of %v", h.Runs(), h.Codes())
	}
	if got := h.Usual("LOAD"); got != 20*time.Minute {
		t.Errorf("LOAD usually takes %s", got)
	}
	five := sim.Lasting(5 * time.Minute)
	given := sim.Scenario{Batches: map[string]sim.Batch{"PUBLISH": {Duration: sim.Lasting(time.Hour)}, "LOAD": {Refuse: -3}}}
	want := sim.Scenario{
		Batches: map[string]sim.Batch{"PUBLISH": {Duration: sim.Lasting(time.Hour)}, "LOAD": {Refuse: -3, Duration: sim.Lasting(20 * time.Minute)}},
		Groups:  map[string]sim.Group{"G": {Members: []sim.Member{{Code: "A", Own: &sim.Batch{Duration: five}}, {Code: "B", Own: &sim.Batch{Duration: five}}}}},
	}
	if diff := cmp.Diff(want, h.Fill(given)); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	var none rehearse.History
	if diff := cmp.Diff(sim.Scenario{}, none.Fill(sim.Scenario{})); diff != "" || none.Usual("LOAD") != 0 {
		t.Errorf("who knows nothing says %s", diff)
	}
}
