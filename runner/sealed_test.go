package runner_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ofsplan/plan"
	"ofsplan/runner"
)

const sealedPlan = `
version: 1
name: sealed
params: {pin: {sensitive: true}}
steps:
  - id: load
    trigger: {batch: LOAD, params: {$PIN$: "${{ params.pin }}"}}
  - id: publish
    trigger: {batch: PUBLISH}
  - id: audit
    trigger: {batch: AUDIT, tasks: {T: {pin: "${{ params.pin }}"}}}
`

// open names the steps whose own work may still be done.
func open(m *runner.Machine) string {
	var ids []string
	for _, s := range m.Status().Steps {
		if s.Open {
			ids = append(ids, s.Step.ID)
		}
	}
	return fmt.Sprint(ids)
}

// An order with a secret says so, also when it is made again after a 401; the secret itself is not in it.
func TestAnOrderWithASecretIsMarked(t *testing.T) {
	p, err := plan.Parse("plan.yaml", []byte(sealedPlan))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	r, err := p.Resolve(plan.Inputs{Now: at, RunID: "run-1", Target: "lab"})
	if err != nil {
		t.Fatal(err)
	}
	m := runner.NewMachine(r)
	apply := func(e runner.Event) runner.Decision {
		t.Helper()
		d, err := m.Apply(at, e)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	ordered := func(d runner.Decision) *runner.Command {
		t.Helper()
		i := slices.IndexFunc(d.Commands, func(c *runner.Command) bool { return c.Key.Op == runner.OpTrigger })
		if i < 0 {
			t.Fatalf("nothing is triggered: %+v", d)
		}
		return d.Commands[i]
	}
	load := ordered(apply(runner.RunStarted{}))
	if !load.Sensitive || load.Order.Params[0].Value != "[redacted]" {
		t.Errorf("got %+v", load)
	}
	apply(runner.RequestSent{Key: load.Key, Op: load.Key.Op})
	load = ordered(apply(runner.RequestRefused{Key: load.Key, HTTP: 401}))
	if !load.Sensitive || !load.NewToken || load.Order.Params[0].Pieces == nil {
		t.Errorf("after a 401: %+v", load)
	}
	if got := open(m); got != "[load publish audit]" {
		t.Errorf("open: %s", got)
	}
	apply(runner.RequestSent{Key: load.Key, Op: load.Key.Op})
	apply(runner.RequestRefused{Key: load.Key, HTTP: 400})
	if got := open(m); got != "[publish audit]" {
		t.Errorf("a step that failed is open, or one that is blocked is not: %s", got)
	}
	publish := ordered(apply(runner.OperatorMarked{Statement: runner.Statement{ID: "w1", By: "ops", Reason: "done by hand"}, Step: "load", As: runner.AsSucceeded}))
	if publish.Sensitive {
		t.Errorf("an order without a secret is marked: %+v", publish)
	}
}
