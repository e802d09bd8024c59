package runner_test

import (
	"testing"

	"ofsplan/runner"
)

// A word carries the name of its file and of whom the file belongs to, whatever it says.
func TestAWordIsSigned(t *testing.T) {
	said := runner.Statement{By: "whoever it names", Reason: "seen on the monitor"}
	for _, e := range []runner.Event{
		runner.OperatorResolved{Statement: said, Step: "load", As: runner.AsFailed}, runner.OperatorAdopted{Statement: said, Step: "load", BatchRunID: "R1"},
		runner.OperatorRetried{Statement: said, Step: "load"}, runner.OperatorMarked{Statement: said, Step: "load", As: runner.AsSkipped},
		runner.OperatorCanceled{Statement: said, Interrupt: true},
	} {
		signed := runner.Signed(e, "w1", "ops")
		if w, ok := runner.StatementOf(signed); !ok || w.ID != "w1" || w.By != "ops" || w.Reason != said.Reason {
			t.Errorf("%s is signed as %+v, %v", e.Type(), w, ok)
		}
		if signed.Type() != e.Type() || signed.Subject() != e.Subject() {
			t.Errorf("%+v has become %+v", e, signed)
		}
		if w, _ := runner.StatementOf(runner.Signed(e, "w2", "")); w.ID != "w2" || w.By != said.By {
			t.Errorf("%s, whose author is not known, is signed as %+v", e.Type(), w)
		}
	}
	if signed := runner.Signed(runner.ClockReached{}, "w1", "ops"); signed != nil {
		t.Errorf("what nobody has said is signed as %+v", signed)
	}
}
