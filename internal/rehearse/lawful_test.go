package rehearse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A request in doubt is a breach of L10 in a night that has nothing to lose an answer by. What explains a doubt is told
// from what only looks like it: the same audit log is held against one scenario after the other.
func TestADoubtIsExplainedByItsNight(t *testing.T) {
	p, err := plan.Parse("plan.yaml", []byte("version: 1\nname: night\ndefaults: {timeout: 1h}\nsteps:\n  - {id: load, trigger: {batch: LOAD}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	lost := sim.Scenario{Faults: []sim.Fault{{On: "trigger", Do: sim.DropAnswer}}}
	r, err := rehearse.Night{Plan: p, Scenario: lost}.Run()
	if err != nil || r.End == nil || r.End.Outcome != fact.InDoubt {
		t.Fatalf("the night is not in doubt: %+v, %v", r.End, err)
	}
	load := func(b sim.Batch) sim.Scenario { return sim.Scenario{Batches: map[string]sim.Batch{"LOAD": b}} }
	judge := func(name string, n rehearse.Night, explained bool) {
		t.Helper()
		n.Plan = p
		switch err := n.Laws(r); {
		case explained && err != nil:
			t.Errorf("%s: it explains a doubt, and yet: %v", name, err)
		case !explained && (err == nil || !strings.HasPrefix(err.Error(), "L10: load/1/trigger/1 is in doubt in a night without faults")):
			t.Errorf("%s: it explains no doubt, and the laws say %v", name, err)
		}
	}
	judge("a lost answer", rehearse.Night{Scenario: lost}, true)
	judge("nothing", rehearse.Night{}, false)
	judge("a failed batch run", rehearse.Night{Scenario: load(sim.Batch{Starts: []sim.Start{{Fails: sim.Whole}}})}, false)
	judge("a killed runner", rehearse.Night{Faults: []rehearse.Fault{{Do: sim.KillRunner}}}, true)
	judge("a scheduler that is down before there is a request", rehearse.Night{Faults: []rehearse.Fault{{Do: sim.Down}}}, false)
	for code := -8; code <= -3; code++ {
		odd := code < -6 // -7 and -8 answer an interrupt, and say nothing of a start
		refused := sim.Batch{Refuse: code}
		once := sim.Batch{Starts: []sim.Start{{}, {Refuse: code}}}
		judge(fmt.Sprint(code, " for every start"), rehearse.Night{Scenario: load(refused)}, odd)
		judge(fmt.Sprint(code, " for one start"), rehearse.Night{Scenario: load(once)}, odd)
		judge(fmt.Sprint(code, " for a group"), rehearse.Night{Scenario: sim.Scenario{Groups: map[string]sim.Group{"ALL": {Refuse: code}}}}, odd)
		judge(fmt.Sprint(code, " elsewhere"), rehearse.Night{Scenario: sim.Scenario{Elsewhere: map[string]sim.Elsewhere{"LOAD_1": {Code: "LOAD", Own: &refused}}}}, odd)

		n := rehearse.Night{Plan: p, Scenario: load(refused)}
		played, err := n.Run()
		if err == nil {
			err = n.Laws(played)
		}
		if err != nil || played.End == nil || (played.End.Outcome == fact.InDoubt) != odd {
			t.Errorf("a start refused with %d ends as %+v, %v", code, played.End, err)
		}
	}
	for do, explained := range map[sim.Deed]bool{
		sim.DropRequest: true, sim.Reset: true, sim.Hang: true, sim.Truncate: true, sim.Huge: true, sim.HTML: true, sim.HTTPStatus: true,
		sim.Slow: true, sim.LetterO: true, sim.CrossedID: true, sim.Down: true, sim.KillRunner: true, sim.RefuseCertificate: true,
		sim.CodesAsNumbers: false, sim.CodesIn4xx: false, sim.UnknownStatus: false, sim.StaleStatus: false, sim.SameID: false, sim.Contradiction: false, sim.InvalidGrant: false, sim.ExpireToken: false,
		sim.KeepaliveRace: false, sim.RotateSecret: false,
	} {
		judge(string(do), rehearse.Night{Scenario: sim.Scenario{Faults: []sim.Fault{{Do: do}}}}, explained)
	}
}

func TestAGoodNightKeepsTheLaws(t *testing.T) {
	n := rehearse.Night{Plan: nightly(t), Scenario: sim.Demo()}
	key := runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1}
	for _, faults := range [][]rehearse.Fault{
		nil,
		{{After: "request.sent", Key: key, Do: sim.KillRunner}},
		{{After: "request.accepted", Key: key, Do: sim.KillRunner, For: 5 * time.Second}},
	} {
		n.Faults = faults
		r, err := n.Run()
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Laws(r); err != nil {
			t.Error(err)
		}
	}
}
