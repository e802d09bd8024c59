package runner_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// What a statement lets pass an approval is what would start without its word if the statement were taken: the machine that takes it,
// and is told that all else goes well, starts nothing below an approval that nobody has given, unless that was named and said, too.
func TestWhatPassesAnApproval(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(3000) {
		draw := rand.New(rand.NewPCG(seed, 7))
		text := drawApprovals(draw)
		m, r := approvalMachine(t, text)
		for range draw.IntN(12) {
			goOn(m, draw, false)
		}
		step := r.Steps[draw.IntN(len(r.Steps))]
		var e runner.Event
		w := runner.Statement{ID: "w", By: "carol", Reason: "why"}
		switch draw.IntN(3) {
		case 0:
			e = m.Interpret(runner.OperatorMarked{Statement: w, Step: step.ID, As: runner.AsSkipped})
		case 1:
			e = m.Interpret(runner.OperatorMarked{Statement: w, Step: step.ID, As: runner.AsSucceeded})
		case 2:
			e = runner.OperatorRetried{Statement: w, Step: step.ID}
		}
		passes := m.Passes(e)
		if len(passes) > 0 {
			if err := m.Check(e); err == nil {
				t.Fatalf("seed %d: %s of %s passes %q, and is taken from anybody\n%s", seed, e.Type(), step.ID, passes[0].ID, text)
			}
			e = runner.Identified(e, m.Inquiry(e).Answer(nil))
		}
		if m.Check(e) != nil {
			seen["refused"]++
			continue
		}
		began := started(m)
		if _, err := m.Apply(timeOf(m), e); err != nil {
			t.Fatal(err)
		}
		for range 200 { // all goes well, and nobody gives an approval
			goOn(m, draw, true)
		}
		for id := range started(m) {
			if _, marked := e.(runner.OperatorMarked); began[id] || marked && id == step.ID {
				continue
			}
			for _, a := range approvalsAbove(r.Plan, id) {
				if st := stateOf(m, a); st != runner.State(fact.Succeeded) && st != runner.State(fact.Skipped) {
					t.Fatalf("seed %d: after %s of %s step %s has begun, and approval %s is %s\n%s", seed, e.Type(), step.ID, id, a, st, text)
				}
			}
		}
		seen[fmt.Sprintf("%s passes %t", e.Type(), len(passes) > 0)]++
	}
	for _, what := range []string{"operator.marked passes true", "operator.marked passes false", "operator.retried passes true", "operator.retried passes false", "refused"} {
		if seen[what] < 20 {
			t.Errorf("%s was seen %d times: %v", what, seen[what], seen)
		}
	}
}

// drawApprovals is a plan of some steps and approvals, in any shape.
func drawApprovals(draw *rand.Rand) string {
	var b strings.Builder
	b.WriteString("version: 1\nname: drawn\nsteps:\n")
	n := 3 + draw.IntN(6)
	for i := range n {
		fmt.Fprintf(&b, "  - id: s%d\n", i)
		if i > 0 && draw.IntN(4) > 0 {
			var needs []string
			for k := range i {
				if draw.IntN(3) == 0 {
					needs = append(needs, fmt.Sprintf("s%d", k))
				}
			}
			fmt.Fprintf(&b, "    needs: [%s]\n", strings.Join(needs, ", "))
		}
		if draw.IntN(3) == 0 {
			b.WriteString("    approve: {message: go on}\n")
		} else {
			fmt.Fprintf(&b, "    sleep: %dm\n", 1+draw.IntN(3))
		}
		if draw.IntN(5) == 0 && i > 0 {
			b.WriteString("    foreach: [A, B]\n    as: entity\n")
		}
	}
	return b.String()
}

func approvalMachine(t *testing.T, text string) (*runner.Machine, *plan.Resolved) {
	t.Helper()
	p, err := plan.Load(fstest.MapFS{"plan.yaml": {Data: []byte(text)}}, "plan.yaml", "plan.yaml")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	r, err := p.Resolve(plan.Inputs{Now: nightStart, RunID: "run-1", Target: "sim"})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	m := runner.NewMachine(r)
	if _, err := m.Apply(nightStart, runner.RunStarted{By: runner.By{User: "ops"}}); err != nil {
		t.Fatal(err)
	}
	clocks[m] = nightStart
	return m, r
}

var nightStart = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// clocks are the times of the machines of these tests.
var clocks = map[*runner.Machine]time.Time{}

func timeOf(m *runner.Machine) time.Time { return clocks[m] }

// goOn lets the next sleep end; an approval is given or rejected, unless nobody says anything, and now and then the run is canceled.
func goOn(m *runner.Machine, draw *rand.Rand, silent bool) {
	if !silent {
		for _, s := range m.Status().Steps {
			if s.Asks == (runner.Key{}) {
				continue
			}
			w := runner.Statement{By: "carol", Reason: "why"}
			switch draw.IntN(6) {
			case 0:
				_, _ = m.Apply(timeOf(m), runner.OperatorApproved{Statement: w, Step: s.Step.ID, Request: s.Asks})
			case 1:
				_, _ = m.Apply(timeOf(m), runner.OperatorRejected{Statement: w, Step: s.Step.ID, Request: s.Asks})
			}
		}
		if draw.IntN(12) == 0 {
			_, _ = m.Apply(timeOf(m), runner.OperatorCanceled{Statement: runner.Statement{By: "ops", Reason: "why"}})
		}
	}
	if at, ok := m.Next(); ok {
		clocks[m] = at
		_, _ = m.Apply(at, runner.ClockReached{})
	}
}

// started are the steps that have begun and do something, or have done it.
func started(m *runner.Machine) map[string]bool {
	out := map[string]bool{}
	for _, s := range m.Status().Steps {
		if s.State == runner.Sleeping || s.State == runner.Awaiting || s.State == runner.State(fact.Succeeded) && s.Step.Approval() == nil {
			out[s.Step.ID] = true
		}
	}
	return out
}

func stateOf(m *runner.Machine, id string) runner.State {
	for _, s := range m.Status().Steps {
		if s.Step.ID == id {
			return s.State
		}
	}
	return ""
}

// approvalsAbove are the approvals that a step waits for, directly or through others.
func approvalsAbove(p *plan.Plan, id string) (all []string) {
	i := slices.IndexFunc(p.Steps, func(s *plan.Step) bool { return s.ID == id })
	for _, s := range p.Steps {
		if s.Approval() != nil && s.ID != id && s.Top() != p.Steps[i].Top() && slices.Contains(p.Below(s.Index), i) {
			all = append(all, s.ID)
		}
	}
	return all
}
