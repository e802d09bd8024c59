package incident_test

import (
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/incident"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
)

// Each file of testdata holds a plan, a scenario, and the test that the night's audit log becomes.
func TestFrom(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var n rehearse.Night
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var err error
			switch d.Cmd {
			case "plan":
				n.Plan, err = plan.Parse("plan.yaml", []byte(d.Input))
			case "scenario":
				n.Scenario, err = scenario.Read("scenario.yaml", []byte(d.Input))
			case "test":
				return testOf(t, n)
			default:
				t.Fatalf("%s: nobody knows %q", d.Pos, d.Cmd)
			}
			if err != nil {
				t.Fatal(err)
			}
			return ""
		})
	})
}

// testOf is the test that a night becomes, and what goes another way in it.
func testOf(t *testing.T, n rehearse.Night) string {
	t.Helper()
	r, err := n.Run()
	if err != nil {
		t.Fatal(err)
	}
	past, err := incident.Read(r.Journal)
	if err != nil {
		t.Fatal(err)
	}
	text, err := past.TestText("plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	differs, err := past.TryTest(t.Context(), "from_test.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + differs
}

// Whatever the polls and however slow the answers: a duration is at most half a gap between two looks off, and the step
// ends when it did, or one look earlier or later.
func TestADurationIsAsExactAsTheLooks(t *testing.T) {
	for _, c := range []struct {
		name string
		poll string
		gap  time.Duration // between the looks before the end, with the answers' time
		slow time.Duration
		took time.Duration
	}{
		{"just after a look", "30s", 30 * time.Second, 0, 10*time.Minute + time.Second},
		{"just before a look", "30s", 30 * time.Second, 0, 10*time.Minute + 29*time.Second},
		{"before the first look", "30s", 30 * time.Second, 0, 2 * time.Second},
		{"slow answers", "30s", 37 * time.Second, 7 * time.Second, 20*time.Minute + 11*time.Second},
		{"slow answers to fast looks", "5s", 9 * time.Second, 4 * time.Second, 4*time.Minute + 3*time.Second},
		{"growing gaps", "{every: 10s, factor: 2, max: 8m}", 8 * time.Minute, 0, 2*time.Hour + 13*time.Minute},
		{"growing gaps, slow answers", "{every: 10s, factor: 2, max: 8m}", 8*time.Minute + 7*time.Second, 7 * time.Second, 2*time.Hour + 13*time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := plan.Parse("plan.yaml", []byte("version: 1\nname: exact\nmisdate: 2026-11-20\ndefaults: {poll: "+c.poll+", timeout: 9h}\n"+
				"steps: [{id: load, trigger: {batch: LOAD}}]\n"))
			if err != nil {
				t.Fatal(err)
			}
			sc := sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Duration: sim.Lasting(c.took)}}}
			if c.slow > 0 {
				sc.Faults = []sim.Fault{{On: "status", Do: sim.Slow, Delay: c.slow}}
			}
			r, err := rehearse.Night{Plan: p, Scenario: sc}.Run()
			if err != nil {
				t.Fatal(err)
			}
			past, err := incident.Read(r.Journal)
			if err != nil {
				t.Fatal(err)
			}
			made := past.Scenario.Batches["LOAD"].Duration.Mean
			if off := (made - c.took).Abs(); off > c.gap/2+2*c.slow { // the answers before and at the end
				t.Errorf("%s is read as %s", c.took, made)
			}
			again, err := past.Night().Run()
			if err != nil {
				t.Fatal(err)
			}
			if off := again.FinishedAt.Sub(r.FinishedAt).Abs(); off > c.gap {
				t.Errorf("it ended at %s, and again at %s", readable.Micros(r.FinishedAt), readable.Micros(again.FinishedAt))
			}
		})
	}
}
