package runner_test

import (
	"testing"

	"ofsplan/plan"
	"ofsplan/runner"
)

// The condition of a step that waits is told as things stand: with the needs that are decided, and one that did not go well is not passed over.
func TestAStepThatWaitsIsExplained(t *testing.T) {
	p, err := plan.Parse("p.yaml", []byte(`
version: 1
name: p
steps:
  - {id: a, trigger: {batch: A}}
  - {id: b, needs: [], trigger: {batch: B}}
  - {id: c, needs: [a, b], if: steps.b.attempts < 9, trigger: {batch: C}}
  - {id: d, needs: [a, b], if: failed(), trigger: {batch: D}}
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{Now: start, RunID: "r", Target: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	m := runner.NewMachine(r)
	apply := func(e runner.Event) runner.Decision {
		d, err := m.Apply(start, e)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	acts := func(id string) bool {
		e, ok := m.Explain(id)
		if !ok || e.If == nil {
			t.Fatalf("step %s has no condition to foresee: %+v", id, e)
		}
		return e.If.Acts
	}
	d := apply(runner.RunStarted{})
	if !acts("c") || acts("d") {
		t.Error("with nothing decided, c would run and d would not")
	}
	key := d.Commands[0].Key
	apply(runner.RequestSent{Key: key, Op: key.Op})
	apply(runner.RequestRefused{Key: key, HTTP: 200, Code: "-6"})
	if acts("c") || !acts("d") {
		t.Error("with a failed, d would run and c would not")
	}
	if _, is := m.Explain("nobody"); is {
		t.Error("a step that is not there was explained")
	}
}
