package sim_test

import (
	"testing"
	"time"

	"ofsplan/ofs/sim"
)

// A run's end is known to the moment, whatever its end is; until then there is none.
func TestARunEndsAtItsTime(t *testing.T) {
	minutes := func(n int) *sim.Length { return sim.Lasting(time.Duration(n) * time.Minute) }
	s, err := sim.New(sim.Scenario{
		Start: midnight,
		Batches: map[string]sim.Batch{
			"GOOD": {Duration: minutes(10)},
			"BAD":  {Duration: minutes(10), Starts: []sim.Start{{Fails: sim.Whole, At: 3 * time.Minute}}},
			"GONE": {Duration: minutes(10), Starts: []sim.Start{{AbortsAt: 4 * time.Minute}}},
			"HUNG": {Duration: minutes(10), Starts: []sim.Start{{Hangs: sim.Whole}}},
			"HELD": {Tasks: []sim.Task{{Code: "A", Duration: minutes(2)}, {Code: "B", After: []string{"A"}}}, Starts: []sim.Start{{Holds: []string{"B"}}}},
		},
		Groups: map[string]sim.Group{"ALL": {Members: []sim.Member{{Code: "GOOD"}, {Code: "LATER", After: []string{"GOOD"}}}}},
	}, sim.Options{NoToken: true})
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]time.Duration{"GOOD": 10, "BAD": 3, "GONE": 4, "HUNG": -1, "HELD": 2, "ALL": 15} {
		kind := "rest"
		if code == "ALL" {
			kind = "group"
		}
		id := start(t, s, midnight, ask("trigger", "", `{"batchName":"`+code+`","batchType":"`+kind+`"}`))
		if at, ok := s.EndedAt(midnight.Add(time.Minute), id); ok {
			t.Errorf("%s has ended at %s after a minute", code, at)
		}
		at, ok := s.EndedAt(midnight.Add(24*time.Hour), id)
		if ok != (want >= 0) || ok && at != midnight.Add(want*time.Minute) {
			t.Errorf("%s ended at %s, %t, want after %d minutes", code, at, ok, want)
		}
	}
	if _, ok := s.EndedAt(midnight, "NOBODY_2026-11-20_1795222800000_1"); ok {
		t.Error("what nobody started has ended")
	}
}
