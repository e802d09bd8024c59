package fold_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/fold"
	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

const two = "version: 1\nname: two\nsteps:\n  - {id: load, trigger: {batch: LOAD}}\n  - {id: publish, trigger: {batch: PUBLISH}}\n"

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
	var h fold.History
	for i, d := range []time.Duration{50, 10, 30, 20} { // minutes of LOAD; PUBLISH takes five
		start := sim.Start{}
		if i == 0 {
			start.Fails = sim.Whole // a night of failures teaches nothing
		}
		n := crossed(t, two, sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Duration: sim.Lasting(d * time.Minute), Starts: []sim.Start{start}}}})
		h.Add(asReal(n))
	}
	group := crossed(t, "version: 1\nname: g\nsteps:\n  - {id: s, trigger: {group: G, members: {A: {}, B: {}}}}\n", sim.Scenario{})
	h.Add(asReal(group))
	h.Add(crossed(t, two, sim.Scenario{}).Turns) // simulated: not one of ours
	if h.Runs() != 5 || !cmp.Equal(h.Codes(), []string{"G", "LOAD", "PUBLISH"}) {
		t.Fatalf("%d runs of %v", h.Runs(), h.Codes())
	}
	if got := h.Usual("LOAD"); got != 20*time.Minute {
		t.Errorf("LOAD usually takes %s", got)
	}
	if members, group := h.Members("G"); !group || !cmp.Equal(members, []string{"A", "B"}) {
		t.Errorf("G has %v", members)
	}
	if members, group := h.Members("LOAD"); group {
		t.Errorf("LOAD has %v", members)
	}
	var none fold.History
	if got := none.Usual("LOAD"); got != 0 || len(none.Codes()) > 0 {
		t.Errorf("who knows nothing says %s of LOAD, and knows %v", got, none.Codes())
	}
}
