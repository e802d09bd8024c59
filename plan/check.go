package plan

import (
	"fmt"
	"slices"
)

// check looks at the plan as a whole: who waits for whom, and who looks at whom.
func (l *loader) check() {
	p := l.plan
	link(p.Steps)
	for _, u := range l.uses {
		if u.verb != "" && p.Steps[u.target].Chain < 0 && p.Steps[u.target].Do != nil {
			l.Add(u.pos, "step %q %s %q, which has no batch run", p.Steps[u.step].ID, u.verb, p.Steps[u.target].ID).Hint =
				"name the step that triggered it"
		}
	}
	g := newGraph(p.Steps[:p.FinallyAt])
	cycles := g.visit()
	for _, c := range cycles {
		g.reportCycle(&l.Errors, l.places, c)
	}
	if len(cycles) == 0 && !l.unknownNeed {
		l.ancestors(g)
	}
	l.neverHolds()
}

// ancestors reports every step that is named, in an expression or by a verb, in one that does not run after it.
func (l *loader) ancestors(g *graph) {
	steps := l.plan.Steps
	var asked []query
	where := make(map[query][]use)
	for _, u := range l.uses {
		s := steps[u.step]
		if s.Finally || u.verb == "interrupts" {
			continue // finally runs after every step, and who interrupts need not have waited
		}
		if steps[u.target].Finally {
			l.Add(u.pos, "step %q looks at %q, which is one of finally and runs later", s.ID, steps[u.target].ID)
			continue
		}
		if where[u.query] == nil && (!s.Above || u.target >= u.step) {
			asked = append(asked, u.query)
		}
		where[u.query] = append(where[u.query], u)
	}
	for _, q := range g.notAfter(asked) {
		id, other := steps[q.step].ID, steps[q.target].ID
		for _, u := range where[q] {
			hint := fmt.Sprintf("add %q to the needs of %q", other, id)
			switch {
			case q.step == q.target:
				l.Add(u.pos, "step %q looks at its own outcome, which is not known yet", id)
			case u.verb != "":
				l.Add(u.pos, "step %q %s %q, but does not run after it", id, u.verb, other).Hint = hint
			default:
				l.Add(u.pos, "step %q looks at %q, but does not run after it", id, other).Hint = hint
			}
		}
	}
}

// neverHolds reports a condition that asks whether a need failed, and is not asked when it did: without
// failed() or always() the step is blocked then. A need whose failure is allowed or healed is good, and may be asked.
func (l *loader) neverHolds() {
	for _, s := range l.plan.Steps[:l.plan.FinallyAt] {
		if s.If == nil || !s.If.Bare() {
			continue
		}
		for _, r := range s.If.Refs() {
			need := l.plan.Steps[r.Step]
			direct := s.Above && r.Step < s.Index || slices.Contains(s.Needs, r.Step)
			healed := slices.ContainsFunc(need.Healers, func(h int) bool { return h != need.Index })
			if !r.Failed || !direct || need.AllowFailure || healed {
				continue
			}
			l.Add(r.Pos, "this can never hold: when %q has failed, step %q is blocked and its condition is not asked", need.ID, s.ID).Hint =
				"write failed() && (…) or always() && (…)"
		}
	}
}
