package laws

import (
	"slices"
	"strings"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// asked is how a step stands with the requests that start a batch run: what the next one may go by.
//
//	nothing ──sent──▶ sent ──accepted──▶ started ──observed──▶ failed ──sent──▶ …
//	                   │ refused, not sent           (in doubt of a restart: started, since a look settles it)
//	                   ├──────────▶ refused ──sent──▶ …
//	                   └─in doubt─▶ doubt ──word──▶ permitted ──sent──▶ …
//	                                │   ▲
//	        sent, as duplicate_safe ▼   │ refused, not sent, in doubt too
//	                               repeated ──accepted──▶ started
type asked string

const (
	askedNothing   asked = ""
	askedSent      asked = "sent"
	askedStarted   asked = "started"
	askedRefused   asked = "refused"
	askedFailed    asked = "failed"
	askedDoubt     asked = "doubt"
	askedPermitted asked = "permitted" // by an operator's word
	askedRepeated  asked = "repeated"  // in doubt, and asked for once more on the plan's word
)

// requests goes through all requests that start a batch run and wants a permit for each: L1.
func (j *judge) requests() {
	p := j.plan.Plan
	stand, last := make([]asked, len(p.Steps)), make([]runner.Op, len(p.Steps))
	index, chain := map[string]int{}, chains(p)
	held := make([]string, len(p.Steps)) // the batch run that each step was given
	for i, s := range p.Steps {
		index[s.ID] = i
	}
	for _, t := range j.turns {
		j.mark(t)
		switch e := t.Event.(type) {
		case runner.RunResumed:
			for i, st := range stand {
				if st == askedRepeated {
					st = askedSent
				}
				if st != askedSent {
					continue
				}
				if stand[i] = inDoubt(last[i]); stand[i] == askedDoubt && !doubts(t, p.Steps[i].ID) {
					j.breach("L1", "%s of step %q was under way when the runner stopped, and is not in doubt", last[i], p.Steps[i].ID)
				}
			}
		case runner.BatchObserved:
			for i, st := range stand { // whoever of them looked
				if own := i == index[e.Key.Step] || held[i] == e.RunID; own && st == askedStarted && over(e) {
					stand[i] = askedFailed
				}
			}
		case runner.OperatorResolved:
			stand[index[e.Step]], held[index[e.Step]] = resolved[e.As], e.BatchRunID
		case runner.OperatorRetried:
			again(t, stand, index)
			stand[index[e.Step]] = askedPermitted
		case runner.OperatorMarked, runner.OperatorApproved:
			again(t, stand, index)
		case runner.OperatorRejected: // it lets nothing wait again
		case runner.OperatorAdopted:
			again(t, stand, index)
			stand[index[e.Step]], held[index[e.Step]] = askedStarted, e.BatchRunID
		default:
			if key := t.Event.Subject(); key.Step != "" && key.Op != runner.OpInterrupt && !key.Op.Tells() {
				i := index[key.Step]
				last[i] = key.Op
				stand[i] = j.request(t, stand, i, chain)
				if e, ok := t.Event.(runner.RequestAccepted); ok && !t.Crossed() {
					held[i] = e.BatchRunID
				}
			}
		}
	}
}

// doubts reports whether a turn leaves a step in doubt, or answers the doubt with a rule.
func doubts(t record.Turn, step string) bool {
	return slices.ContainsFunc(t.Decision.Moves, func(m runner.Transition) bool {
		answered := m.Failure != nil && m.Failure.Kind == fact.RequestInDoubt
		return m.Step == step && (m.To == runner.State(fact.InDoubt) || answered)
	})
}

// again permits what an operator's statement lets wait again to ask again: finally steps, and those that were to heal. What is
// in doubt is not among it.
func again(t record.Turn, stand []asked, index map[string]int) {
	for _, m := range t.Decision.Moves {
		i := index[m.Step]
		if st := stand[i]; m.To == runner.Waiting && (st == askedStarted || st == askedRefused || st == askedFailed) {
			stand[i] = askedPermitted
		}
	}
}

// resolved is how a step stands after an operator said what became of its request in doubt.
var resolved = map[runner.Resolution]asked{
	runner.AsStarted: askedStarted, runner.AsNotStarted: askedPermitted, runner.AsSucceeded: askedStarted, runner.AsFailed: askedFailed,
}

// mark notes a request that was recorded as sent. Each key is for one request.
func (j *judge) mark(t record.Turn) {
	e, ok := t.Event.(runner.RequestSent)
	if !ok {
		return
	}
	mark := j.run + "/" + e.Key.String()
	if _, again := j.marks[mark]; again {
		j.breach("L1", "%s was sent twice", e.Key)
	}
	if e.Permit.Text == "" {
		j.breach("L1", "%s was sent without a permit", e.Key)
	}
	j.marks[mark] = e.Key
}

// once wants every operator's statement to have been applied once.
func (j *judge) once() {
	heard := map[string]bool{}
	for _, t := range j.turns {
		word, ok := runner.StatementOf(t.Event)
		if ok && heard[word.ID] {
			j.breach("L1", "word %s was applied again at %s", word.ID, readable.Micros(t.At))
		}
		heard[word.ID] = true
	}
}

// request takes an event about a request of step i that starts a batch run.
func (j *judge) request(t record.Turn, stand []asked, i int, chain []int) asked {
	switch e := t.Event.(type) {
	case runner.RequestSent:
		safe := j.safe(t, e, i)
		if st := stand[i]; st == askedSent || st == askedStarted || st == askedRepeated || st == askedDoubt != safe {
			j.breach("L1", "%s was sent at %s without a permit: what the step had asked for before is %s", e.Key, readable.Micros(t.At), st)
		}
		again := stand[i] != askedNothing // a step's own first request is the plan's order, whatever runs beside it
		for k, st := range stand {
			if again && k != i && chain[k] == chain[i] && (st == askedDoubt || st == askedRepeated) {
				j.breach("L1", "%s was sent at %s while step %q is in doubt", e.Key, readable.Micros(t.At), j.plan.Steps[k].ID)
			}
		}
		if e.Kind == runner.PermitFirst && stand[i] != askedNothing {
			j.breach("L1", "%s was sent at %s as the first request of a step that had asked before", e.Key, readable.Micros(t.At))
		}
		if safe {
			return askedRepeated
		}
		return askedSent
	case runner.RequestAccepted:
		if t.Crossed() {
			return inDoubt(e.Key.Op)
		}
		return askedStarted
	case runner.RequestRefused, runner.RequestNotSent:
		if st := stand[i]; st == askedRepeated || st == askedDoubt {
			return askedDoubt
		}
		return askedRefused
	case runner.RequestInDoubt:
		return inDoubt(e.Key.Op)
	}
	return stand[i]
}

// safe reports whether a request goes by the plan's word that a duplicate is safe, and tells when the plan has no such
// word. A record of before permits had kinds says it in words alone.
func (j *judge) safe(t record.Turn, e runner.RequestSent, i int) bool {
	old := e.Kind == "" && strings.HasPrefix(e.Permit.Text, string(runner.PermitSafe)+": ")
	if e.Kind != runner.PermitSafe && !old {
		return false
	}
	if said := j.plan.Steps[i].DuplicateSafe; said == "" || !old && (e.Safe != said || e.Rule == "") {
		j.breach("L1", "%s was sent at %s as duplicate_safe, and the plan does not say so: %q", e.Key, readable.Micros(t.At), e.Permit.Text)
	}
	return true
}

// inDoubt is how a request in doubt stands. A restart is settled by a look at the batch run, whose id we hold.
func inDoubt(op runner.Op) asked {
	if op == runner.OpRestart {
		return askedStarted
	}
	return askedDoubt
}

// chains tells for each step with which step its batch run began.
func chains(p *plan.Plan) []int {
	roots := make([]int, len(p.Steps))
	for i := range p.Steps {
		roots[i] = i
		for {
			v, ok := p.Steps[roots[i]].Do.(*plan.OnRun)
			if !ok || v.Step < 0 {
				break
			}
			roots[i] = v.Step
		}
	}
	return roots
}

// over reports whether an answer shows that a batch run ended badly, or that only held parts of it are left.
func over(e runner.BatchObserved) bool {
	return e.Status.Final() && e.Status != fact.StatusSucceeded || heldUp(e)
}

// heldUp reports whether nothing of a batch run goes on and something of it is held.
func heldUp(e runner.BatchObserved) bool {
	held := e.Status == fact.Held
	for _, parts := range [][]fact.Part{e.Tasks, e.Members} {
		for _, p := range parts {
			if p.Status == fact.Ongoing {
				return false
			}
			held = held || p.Status == fact.Held
		}
	}
	return held
}
