package view

import (
	"bytes"
	"os"
	"testing"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
)

// crossing is a plan in which everything that takes time happens.
func crossing(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../fold/testdata/crossing.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// crossed plays the plan.
func crossed(t *testing.T, text string, sc sim.Scenario) rehearse.Result {
	t.Helper()
	p, err := plan.Parse("crossing.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := rehearse.Night{Plan: p, Scenario: sc}.Run()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// minutes is a batch that takes so long, in minutes and half a one, which its first starts do not survive.
func minutes(n int, starts ...sim.Start) sim.Batch {
	return sim.Batch{Duration: sim.Lasting(time.Duration(n)*time.Minute + 30*time.Second), Starts: starts}
}

func TestATimelineTellsWhereTheTimeWent(t *testing.T) {
	whole := sim.Start{Fails: sim.Whole}
	r := crossed(t, crossing(t), sim.Scenario{
		Batches: map[string]sim.Batch{
			"FEED": minutes(20), "RATES": minutes(30), "LISTS": minutes(5, whole), "LOAD": minutes(40, whole), "REPORT": minutes(3), "CLOSE": minutes(0),
		},
		Faults: []sim.Fault{
			{On: "trigger", Batch: "REPORT", Do: sim.Slow, Delay: 2 * time.Minute},
			{At: &sim.Clock{Hour: 2, Minute: 40}, For: 10 * time.Minute, Do: sim.KillRunner},
		},
	})
	timeline := fold.NewTimeline(r.Resolved.Plan, r.Turns, r.Ended)
	var text bytes.Buffer
	if err := Timeline(&text, Style{Simulated: true}, timeline); err != nil {
		t.Fatal(err)
	}
	golden(t, "timeline.txt", text.String())
}
