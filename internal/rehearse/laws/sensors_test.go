package laws_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/laws"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A step that waits for a file, a check or another plan ends by what its last look showed.
func TestASensorEndsByALook(t *testing.T) {
	never := sim.Beside{Checks: map[string]sim.Check{"ledger-closed": {Never: true}}}
	blind := sim.Beside{Checks: map[string]sim.Check{"ledger-closed": {Trouble: "ended with 2"}}}
	failed := sim.Beside{Plans: map[string]sim.PlanRun{"aml_scoring": {Fails: sim.When{At: rehearse.Start}, Never: true}}}
	for _, c := range []struct {
		name, plan, step string
		beside           sim.Beside
		tamper           func(e *runner.SensorAnswered) // nil: nothing
	}{
		{"a file as it was wanted", "feed", "feed", sim.Beside{}, nil},
		{"no file", "feed", "feed", sim.Beside{}, func(e *runner.SensorAnswered) { e.File = nil }},
		{"a file that is too small", "feed", "feed", sim.Beside{}, func(e *runner.SensorAnswered) {
			e.File = &fact.SeenFile{Path: e.File.Path, Size: 1, Modified: e.File.Modified}
		}},
		{"a file of before", "feed", "feed", sim.Beside{}, func(e *runner.SensorAnswered) {
			e.File = &fact.SeenFile{Path: e.File.Path, Size: e.File.Size, Modified: e.File.Modified.AddDate(0, 0, -9)}
		}},
		{"a folder", "feed", "feed", sim.Beside{}, func(e *runner.SensorAnswered) {
			e.File = &fact.SeenFile{Path: e.File.Path, Size: e.File.Size, Modified: e.File.Modified, NotFile: "a folder"}
		}},
		{"a file that has not stood", "feed", "feed", sim.Beside{}, func(e *runner.SensorAnswered) { e.Since = e.Since.Add(4 * time.Minute) }},
		{"a check that says not yet", "feed", "ledger_closed", sim.Beside{}, func(e *runner.SensorAnswered) { e.Check = &fact.SeenCheck{} }},
		{"a timeout of a check that never says yes", "feed", "ledger_closed", never, nil},
		{"a timeout of a check that says yes", "feed", "ledger_closed", never, func(e *runner.SensorAnswered) { e.Check = &fact.SeenCheck{Yes: true} }},
		{"a check that is broken", "feed", "ledger_closed", blind, nil},
		{"a check that is broken once", "feed", "ledger_closed", blind, func(e *runner.SensorAnswered) { e.Troubles = 1 }},
		{"a run that goes on", "shared_ingest", "ingest", sim.Beside{}, func(e *runner.SensorAnswered) { e.Run = &fact.SeenRun{Stands: fact.RunGoesOn} }},
		{"a run that failed", "shared_ingest", "yesterday", failed, nil},
		{"a run that failed, and has not", "shared_ingest", "yesterday", failed, func(e *runner.SensorAnswered) { e.Run = &fact.SeenRun{Stands: fact.RunLeft} }},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			p, err := plan.Load(os.DirFS("../../../examples/plans"), c.plan+".yaml", c.plan+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			n := rehearse.Night{Plan: p, Scenario: sim.Scenario{Beside: c.beside}}
			r, err := n.Run()
			if err != nil {
				t.Fatal(err)
			}
			turns, found := slices.Clone(r.Turns), false
			for i, turn := range turns {
				e, ok := turn.Event.(runner.SensorAnswered)
				if !ok || e.Key.Step != c.step || len(turn.Decision.Moves) == 0 {
					continue
				}
				if found = true; c.tamper != nil {
					c.tamper(&e)
					turns[i].Event = e
				}
			}
			if !found {
				t.Fatal("no look decided anything")
			}
			breaches := laws.Judge(laws.Outcomes, r.Resolved, turns)
			if c.tamper == nil && len(breaches) > 0 || c.tamper != nil && (len(breaches) != 1 || !strings.Contains(breaches[0].Error(), "on no ground")) {
				t.Errorf("got %v", breaches)
			}
		})
	}
}
