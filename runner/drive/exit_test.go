package drive

import (
	"errors"
	"fmt"
	"testing"

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
		want   int
	}{
		{"succeeded", ended(fact.Succeeded, false), nil, ExitSucceeded},
		{"failed", ended(fact.Failed, false), nil, ExitFailed},
		{"never reached, or never let in", ended(fact.Failed, true), nil, ExitUnreachable},
		{"no first contact", Result{Detached: true}, fmt.Errorf("x: %w", ErrNoContact), ExitUnreachable},
		{"canceled", ended(fact.Canceled, false), nil, ExitCanceled},
		{"detached", Result{Detached: true}, nil, ExitDetached},
		{"in doubt", ended(fact.InDoubt, false), nil, ExitInDoubt},
		{"in doubt and detached", Result{Detached: true, Doubted: true}, nil, ExitInDoubt},
		{"in doubt and no log", Result{Doubted: true}, fmt.Errorf("x: %w", ErrJournal), ExitAuditLog},
		{"a machine that refused", Result{}, errors.New("x"), ExitInDoubt},
	} {
		if got := c.result.Exit(c.err); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}
