package sweep_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/fold"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/rehearse/sweep"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/calendar"
	"ofsplan/plan/fact"
)

// Each file of testdata holds a plan, now and then a scenario, and what sweeping it prints.
func TestSweep(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var usual rehearse.Night
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var err error
			var swept sweep.Result
			var b strings.Builder
			switch d.Cmd {
			case "plan":
				usual.Plan, err = plan.Parse("plan.yaml", []byte(d.Input))
			case "scenario":
				usual.Scenario, err = scenario.Read("scenario.yaml", []byte(d.Input))
			case "table", "cells":
				swept, err = sweep.Run(usual, options(t, d))
				if err == nil && d.Cmd == "table" {
					err = swept.WriteTable(&b)
				} else if err == nil {
					err = swept.WriteCells(&b)
				}
			default:
				t.Fatalf("%s: nobody knows %q", d.Pos, d.Cmd)
			}
			if err != nil {
				return err.Error()
			}
			return b.String()
		})
	})
}

// options are what the line of the file says.
func options(t *testing.T, d *datadriven.TestData) (o sweep.Options) {
	t.Helper()
	if d.HasArg("deadline") {
		var text string
		d.ScanArgs(t, "deadline", &text)
		c, err := calendar.ParseClock(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Deadline = &c
	}
	return o
}

func TestASweepIsTheSameOnOneCoreAndOnMany(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	usual := rehearse.Night{Plan: examplePlan(t, "recover.yaml")}
	var texts []string
	for _, cores := range []int{1, 7} {
		swept, err := sweep.Run(usual, sweep.Options{Cores: cores})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(swept)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] {
		t.Errorf("got  %s\nwant %s", texts[1], texts[0])
	}
	var back sweep.Result
	if err := json.Unmarshal([]byte(texts[0]), &back); err != nil || reflect.DeepEqual(back.Rows, nil) {
		t.Error(err)
	}
}

// The cost of a sweep of the plan that has everything; a night there polls each second.
func BenchmarkSweepNightly(b *testing.B) {
	usual := rehearse.Night{Plan: examplePlan(b, "nightly.yaml")}
	for b.Loop() {
		if _, err := sweep.Run(usual, sweep.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// examplePlan loads one of the examples.
func examplePlan(t testing.TB, name string) *plan.Plan {
	t.Helper()
	p, err := plan.Load(os.DirFS("../../../examples/plans"), name, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Whatever befalls a step of an example, no law is broken and every night ends.
func TestTheExamplesStandASweep(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	files, err := filepath.Glob("../../../examples/plans/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasSuffix(name, "_test.yaml") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			usual := rehearse.Night{Plan: examplePlan(t, name)}
			if name == "nightly.yaml" {
				usual.Scenario = sim.Demo()
			}
			swept, err := sweep.Run(usual, sweep.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(swept.Rows) == 0 || swept.Nights() < 2*len(swept.Rows) {
				t.Errorf("only %d nights for %d steps", swept.Nights(), len(swept.Rows))
			}
			for _, c := range swept.Broken() {
				t.Errorf("%s %s: %s", c.Step, c.Ending, strings.Join(c.Broken, "\n"))
			}
		})
	}
}

// A cell has the steps as show tells of them from the audit log of that night.
func TestACellTellsWhatShowTells(t *testing.T) {
	p, err := plan.Parse("plan.yaml", []byte(`version: 1
name: p
steps:
  - {id: mended, needs: [], trigger: {batch: MENDED}}
  - {id: mend, needs: [mended], if: failed(), rerun: mended}
  - {id: bad, needs: [], trigger: {batch: BAD}}
  - {id: below, needs: [bad], trigger: {batch: BELOW}}
  - {id: lost, needs: [], trigger: {batch: LOST}}
  - {id: unjudged, needs: [mended], if: 10 % (steps.mended.attempts - 1) > 0, trigger: {batch: NEVER}}
`))
	if err != nil {
		t.Fatal(err)
	}
	fails := []sim.Start{{Fails: sim.Whole}}
	night := rehearse.Night{Plan: p, Scenario: sim.Scenario{
		Batches: map[string]sim.Batch{"MENDED": {Starts: fails}, "BAD": {Starts: fails}},
		Faults:  []sim.Fault{{On: "trigger", Batch: "LOST", Do: sim.DropAnswer}},
	}}
	swept, err := sweep.Run(night, sweep.Options{})
	if err != nil {
		t.Fatal(err)
	}
	played, err := night.Run()
	if err != nil {
		t.Fatal(err)
	}
	run, err := fold.Read(bytes.NewReader(played.Journal))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[fact.Outcome][]string{}
	for _, s := range run.Steps {
		if s.HealedBy() == "" {
			shown[fact.Outcome(s.State)] = append(shown[fact.Outcome(s.State)], s.ID)
		}
	}
	want := sweep.Sorted{Failed: shown[fact.Failed], Blocked: shown[fact.Blocked], InDoubt: shown[fact.InDoubt]}
	if diff := cmp.Diff(want, swept.Usual.Sorted); diff != "" || len(want.Failed) != 2 || len(want.Blocked) != 1 || len(want.InDoubt) != 1 {
		t.Errorf("show (-), the cell (+):\n%s", diff)
	}
	for _, r := range swept.Rows {
		if s := run.Step(r.Step); r.Beside == nil && r.Idle != s.StartedAt.IsZero() {
			t.Errorf("%s: idle in the sweep: %v, and shown as begun at %v", r.Step, r.Idle, s.StartedAt)
		}
	}
}
