package plan

import (
	"fmt"
	"slices"

	"ofsplan/internal/source"
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
	needs, whole, cycles := waits(p.Steps[:p.FinallyAt])
	for _, c := range cycles {
		whole.reportCycle(&l.Errors, l.places, c)
	}
	if len(cycles) == 0 {
		for i, s := range p.Steps[:p.FinallyAt] {
			s.Rank = int(whole.rank[i])
		}
	}
	l.ancestors(needs, whole.lost(cycles, l.unknownNeed))
	l.neverHolds(len(cycles) == 0)
	l.parts()
}

// ancestors reports every step that is named, in an expression or by a verb, in one that does not run after it. Of the lost
// steps it is not known after which they run.
func (l *loader) ancestors(g *graph, lost []bool) {
	steps := l.plan.Steps
	var asked []query
	where := make(map[query][]use)
	for _, u := range l.uses {
		s := steps[u.step]
		if s.Finally || u.verb == "interrupts" || lost != nil && lost[u.step] {
			continue // finally runs after every step, and who interrupts need not have waited
		}
		if steps[u.target].Finally {
			l.Add(u.pos, "step %q looks at %q, which is one of finally and runs later", s.ID, steps[u.target].ID)
			continue
		}
		if where[u.query] == nil && (!s.Above || u.target >= u.step || s.PassesOver(steps[u.target])) {
			asked = append(asked, u.query)
		}
		where[u.query] = append(where[u.query], u)
	}
	failed := g.notAfter(asked)
	late := afterAll(g, failed)
	for _, q := range failed {
		id, other := steps[q.step].ID, steps[q.target].ID
		for _, u := range where[q] {
			hint := fmt.Sprintf("add %q to the needs of %q", other, id)
			var e *source.Error
			switch {
			case q.step == q.target:
				e = l.Add(u.pos, "step %q looks at its own outcome, which is not known yet", id)
				hint = ""
			case u.verb != "":
				e = l.Add(u.pos, "step %q %s %q, but does not run after it", id, u.verb, other)
			case steps[q.step].PassesOver(steps[q.target]):
				e = l.Add(u.pos, "step %q looks at %q, but does not run after it: both heal, and neither waits for the other", id, other)
				hint = fmt.Sprintf("give %q needs, and name %q among them", id, other)
			default:
				e = l.Add(u.pos, "step %q looks at %q, but does not run after it", id, other)
			}
			e.Hint, e.FilesOnly = hint, late[q]
		}
	}
}

// afterAll tells which of the queries were good as long as every step without needs waited for all above it, those that
// mend other chains among them.
func afterAll(g *graph, queries []query) map[query]bool {
	good := make(map[query]bool)
	if !slices.ContainsFunc(g.steps, func(s *Step) bool { return s.Above && s.Mends() }) {
		return good
	}
	before := newGraph(g.steps)
	before.all = true
	if len(before.visit()) > 0 {
		return good
	}
	for _, q := range queries {
		good[q] = true
	}
	for _, q := range before.notAfter(queries) {
		good[q] = false
	}
	return good
}

// neverHolds reports a condition that asks whether a need failed, and is not asked when it did: without
// failed() or always() the step is blocked then. A need whose failure is allowed, or healed before, is good, and may be asked.
// Without circles it is known which healers come before the step.
func (l *loader) neverHolds(ordered bool) {
	for _, s := range l.plan.Steps[:l.plan.FinallyAt] {
		if s.If == nil || !s.If.Bare() {
			continue
		}
		for _, r := range s.If.Refs() {
			need := l.plan.Steps[r.Step]
			direct := s.Above && r.Step < s.Index || slices.Contains(s.Needs, r.Step)
			healed := func(h int) bool {
				return h != need.Index && h != s.Index && (!ordered || s.WaitsForEnd(need.Chain) || l.plan.Steps[h].Rank < s.Rank)
			}
			if !r.Failed || !direct || need.AllowFailure || slices.ContainsFunc(need.Healers, healed) {
				continue
			}
			e := l.Add(r.Pos, "this can never hold: when %q has failed, step %q is blocked and its condition is not asked", need.ID, s.ID)
			e.Hint = "write failed() && (…) or always() && (…)"
			e.FilesOnly = slices.Contains(need.Healers, s.Index) && need != s
		}
	}
}

// A chain is one batch run with everything that was done to it: the step that started it and the steps that
// wait for it, look at it, stop it, resume it or run it again. A verb that names a step acts on the newest
// batch run of that step's chain.

// link fills in what ties the steps to each other: [Step.Chain] and [Step.Healers].
func link(steps []*Step) {
	linkChains(steps)
	healers := make(map[int][]int)
	for i, s := range steps {
		if s.Heals() {
			healers[s.Chain] = append(healers[s.Chain], i)
		}
	}
	for _, s := range steps {
		if s.Waits() && !s.Finally && s.Chain >= 0 {
			s.Healers = healers[s.Chain]
		}
	}
}

// linkChains walks from each step up to the one its chain began with, and over no stretch twice. Names must lead upward
// and not in a circle; of steps that do not keep to that, which the checks of a plan report, there is no chain.
func linkChains(steps []*Step) {
	const (
		unresolved = -2 // not looked at yet
		walking    = -3 // on the way being walked
	)
	for _, s := range steps {
		s.Chain = unresolved
	}
	for i := range steps {
		at := i
		for steps[at].Chain == unresolved {
			next := named(steps[at])
			if next < 0 {
				steps[at].Chain = at
				if !hasBatchRun(steps[at].Do) {
					steps[at].Chain = -1
				}
				break
			}
			steps[at].Chain = walking
			at = next
		}
		end := steps[at].Chain
		if end == walking { // a circle of names
			end = -1
		}
		for at = i; steps[at].Chain == walking; at = named(steps[at]) {
			steps[at].Chain = end
		}
	}
}

// hasBatchRun reports whether a verb is about a batch run.
func hasBatchRun(v Verb) bool {
	switch v.(type) {
	case *Trigger, *OnRun:
		return true
	}
	return false
}

// named is the index of the step that this step's verb names, or -1.
func named(s *Step) int {
	if v, ok := s.Do.(*OnRun); ok {
		return v.Step
	}
	return -1
}

// Waits reports whether a step waits for the end of its batch run, and so can fail by it.
func (s *Step) Waits() bool {
	switch v := s.verb().(type) {
	case *Trigger:
		return !v.NoWait
	case *OnRun:
		switch v.Op {
		case OpWait:
			return true
		case OpRestart, OpRerun:
			return !v.NoWait
		}
	}
	return false
}
