package rehearse_test

import (
	"bytes"
	"os"
	"testing"

	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/runner/rehearse"
)

// nightly is the plan of the examples that has everything.
func nightly(t testing.TB) *plan.Plan {
	t.Helper()
	p, err := plan.Load(os.DirFS("../../examples/plans"), "nightly.yaml", "nightly.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheSameNightWritesTheSameBytes(t *testing.T) {
	n := rehearse.Night{Plan: nightly(t), Scenario: sim.Demo(), Seed: 7}
	first, err := n.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %+v exit %d err %v %+v\n%s", first.RunID, first.End, first.Exit, first.Err, first.Requests, first.Journal)
	second, err := n.Run()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Journal, second.Journal) {
		t.Error("differs")
	}
}
