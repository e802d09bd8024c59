package rehearse_test

import (
	"testing"
	"time"

	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
)

func TestAGoodNightKeepsTheLaws(t *testing.T) {
	n := rehearse.Night{Plan: examplePlan(t, "nightly.yaml"), Scenario: sim.Demo()}
	key := runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1}
	for _, kills := range [][]rehearse.Kill{
		nil, {{After: "request.sent", Key: key}}, {{After: "request.accepted", Key: key, Away: 5 * time.Second}},
	} {
		n.Kills = kills
		r, err := n.Run()
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Laws(r); err != nil {
			t.Error(err)
		}
	}
}
