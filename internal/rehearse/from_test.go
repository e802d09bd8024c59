package rehearse

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
)

// gist is what two nights that went the same way have in common.
func gist(r Result, err error) string {
	var b strings.Builder
	c := newComparer(r, err)
	outcome := "none"
	if r.End != nil {
		outcome = string(r.End.Outcome)
	}
	fmt.Fprintf(&b, "%s, exit code %d\n", outcome, r.Exit)
	for _, s := range c.run.Steps {
		kind := ""
		if s.Failure != nil {
			kind = string(s.Failure.Kind)
		}
		fmt.Fprintf(&b, "%s: %s, attempts %d, %s %s %s %s\n", s.ID, s.State, s.Attempts, kind, s.Mark, s.By, strings.Join(c.run.Notices(s.ID), " "))
	}
	for _, r := range c.requests {
		fmt.Fprintf(&b, "%s %s for %s\n", r.Op, r.About.Code, r.Key.Step)
	}
	return b.String()
}

// Each file of testdata/from holds a plan, a scenario, and the test that the night's audit log becomes.
func TestFrom(t *testing.T) {
	datadriven.Walk(t, "testdata/from", func(t *testing.T, path string) {
		var n Night
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
func testOf(t *testing.T, n Night) string {
	t.Helper()
	r, err := n.Run()
	if err != nil {
		t.Fatal(err)
	}
	past, err := From(r.Journal)
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

// sayable reports whether a scenario can say how the night went.
func (p *Past) sayable() bool {
	return !slices.ContainsFunc(p.Unsure, func(text string) bool { return strings.Contains(text, "in the same second") })
}

// Every night of a sweep of every example: its audit log becomes a scenario that is read back as it was written and goes
// the same way, and a test that passes.
func TestANightIsReproducedFromItsAuditLog(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	files, err := os.ReadDir("../../examples/plans")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := file.Name()
		if file.IsDir() || strings.HasSuffix(name, "_test.yaml") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := plan.Load(os.DirFS("../../examples/plans"), name, name)
			if err != nil {
				t.Fatal(err)
			}
			usual := Night{Plan: p, Scenario: sim.Demo()}
			reproduced, unsayable := 0, 0
			for i, one := range nights(t, usual) {
				if i%slower != 0 {
					continue
				}
				if reproduce(t, one) {
					reproduced++
				} else {
					unsayable++
				}
			}
			if reproduced < 5*unsayable {
				t.Errorf("only %d nights are reproduced, %d cannot be said", reproduced, unsayable)
			}
		})
	}
}

// reproduce takes a night from its audit log. False means that a scenario cannot say how it went, and that the past
// says so.
func reproduce(t *testing.T, one *trial) bool {
	t.Helper()
	what := one.cell.Step + ": " + one.cell.Change
	r, err := one.night.Run()
	if r.Resolved == nil {
		t.Fatalf("%s: %v", what, err)
	}
	past, readErr := From(r.Journal)
	if readErr != nil {
		t.Fatalf("%s: %v", what, readErr)
	}
	text := scenario.Text(past.Scenario, past.Note())
	back, readErr := scenario.Read("from.yaml", text)
	if diff := cmp.Diff(past.Scenario, back); diff != "" || readErr != nil {
		t.Errorf("%s: read back as %v %s\n%s", what, readErr, diff, text)
		return true
	}
	again, againErr := past.Night().Run()
	diff := "it cannot be played"
	if again.Resolved != nil {
		diff = cmp.Diff(gist(r, err), gist(again, againErr))
	}
	if diff != "" {
		if past.sayable() {
			t.Errorf("%s: %v %s\n%s", what, againErr, diff, text)
		}
		return false
	}
	test, err := past.TestText("plan.yaml")
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if differs, err := past.TryTest(t.Context(), "from_test.yaml", test); err != nil || differs != "" {
		t.Errorf("%s: %v %s\n%s", what, err, differs, test)
	}
	return true
}

// nights are the nights of a sweep.
func nights(t *testing.T, usual Night) []*trial {
	t.Helper()
	w, err := Sweep{Usual: usual}.ready()
	if err != nil {
		t.Fatal(err)
	}
	all, err := w.play()
	if err != nil {
		t.Fatal(err)
	}
	return all
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
			r, err := Night{Plan: p, Scenario: sc}.Run()
			if err != nil {
				t.Fatal(err)
			}
			past, err := From(r.Journal)
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
