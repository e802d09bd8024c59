package view

import (
	"testing"

	"ofsplan/internal/fold"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A step that waits says for what: for what it needs and, once that has failed, for those who may heal it.
func TestWhatAStepWaitsFor(t *testing.T) {
	p := parse(t, `
version: 1
name: p
steps:
  - {id: a, trigger: {batch: A}}
  - {id: b, needs: [], trigger: {batch: B}}
  - {id: stop, needs: a, if: failed(), interrupt: a}
  - {id: heal_b, if: failed(), restart: b}
  - {id: heal_a, if: failed(), restart: a}
  - {id: only_a, needs: a, trigger: {batch: C}}
  - {id: all, trigger: {batch: D}}
`)
	failed := runner.State(fact.Failed)
	states := map[string]runner.State{"a": failed, "b": failed, "stop": runner.Requesting, "heal_b": runner.Watching}
	r := new(fold.Run)
	r.Plan = p
	for _, s := range p.Steps {
		step := new(fold.Step)
		step.ID, step.Def, step.State = s.ID, s, runner.Waiting
		if state, moved := states[s.ID]; moved {
			step.State, step.Batch.RunID = state, "R"
		}
		r.Steps = append(r.Steps, step)
	}
	for id, want := range map[string]string{
		"heal_a": "waits for stop", "only_a": "waits for heal_a", "all": "waits for stop, heal_b, heal_a, only_a", "stop": "",
	} {
		if got := waitsFor(r, r.Step(id)); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}
