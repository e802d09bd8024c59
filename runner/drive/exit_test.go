package drive

import (
	"errors"
	"fmt"
	"testing"

	"ofsplan/internal/exitcode"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

func TestTheWorstThatHoldsIsTheExitCode(t *testing.T) {
	ended := func(o fact.Outcome, noContact bool) Result {
		return Result{End: &runner.End{Outcome: o, NoContact: noContact}}
	}
	for _, c := range []struct {
		name   string
		result Result
		err    error
		want   exitcode.Code
	}{
		{"succeeded", ended(fact.Succeeded, false), nil, exitcode.Succeeded},
		{"succeeded late", Result{End: &runner.End{Outcome: fact.Succeeded, Late: true}}, nil, exitcode.Late},
		{"failed late", Result{End: &runner.End{Outcome: fact.Failed, Late: true}}, nil, exitcode.Failed},
		{"failed", ended(fact.Failed, false), nil, exitcode.Failed},
		{"never reached, or never let in", ended(fact.Failed, true), nil, exitcode.Unreachable},
		{"no first contact", Result{Detached: true}, fmt.Errorf("x: %w", ErrNoContact), exitcode.Unreachable},
		{"canceled", ended(fact.Canceled, false), nil, exitcode.Canceled},
		{"rejected", Result{End: &runner.End{Outcome: fact.Failed, Rejected: true}}, nil, exitcode.Canceled},
		{"rejected and in doubt", Result{End: &runner.End{Outcome: fact.InDoubt, Rejected: true}, Doubted: true}, nil, exitcode.InDoubt},
		{"detached", Result{Detached: true}, nil, exitcode.Detached},
		{"in doubt", ended(fact.InDoubt, false), nil, exitcode.InDoubt},
		{"in doubt and detached", Result{Detached: true, Doubted: true}, nil, exitcode.InDoubt},
		{"in doubt and no log", Result{Doubted: true}, fmt.Errorf("x: %w", ErrJournal), exitcode.AuditLog},
		{"a machine that refused", Result{}, errors.New("x"), exitcode.InDoubt},
	} {
		if got := c.result.Exit(c.err); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}
