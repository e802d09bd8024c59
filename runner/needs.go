package runner

import (
	"container/heap"
	"math"
)

// Who waits for whom, kept so that a step's end costs its dependents and no more.
//
// A step is decided when it has an outcome that stands, and closed when that outcome can no longer be made good either: a
// step that failed on a batch run stays open until every step that could heal it is decided. A step needs more than the
// end of what it waits for only then: it waits for those healers, too, that come before it in the plan's order
// (plan.Step.WaitsForHealer). So each chain keeps which healer is the first in that order that is not decided: what comes
// before it goes on. A healer that mends waits for no healer of what it needs ([plan.Step.WaitsForEnd]).
//
// Since a step may have its turn before what it needs is closed, what it saw there (a bad need, a failure) may be made good
// later. What a skipped step is worth is therefore asked anew whenever that has happened, see refresh.
//
// Steps without needs wait for everything above them. They hold no edges: front is how far the plan is decided from the
// top, and only the step at its edge can be next. Those that mend pass over each other and have a front of their own.

// front is the decided part at the top of the plan, steps [0, at).
type front struct {
	at   int
	seen        // of these steps
	open ranked // the chains with a failed step among these that may still be healed, by the next healer they wait for
}

// fronts are those of all steps, and of the steps that do not mend, which those that mend wait for.
type fronts struct{ front, plain front }

// seen is which of some steps are not good, and which show a failure, in plan order. Those that were made good since are
// taken out when they come first.
type seen struct{ bad, failed []int32 }

// decide tells the steps below that step i is decided.
func (m *Machine) decide(i int) {
	m.count(i)
	if !m.recounting {
		m.advance()
	}
}

// count tells the steps that name step i among their needs that it is decided.
func (m *Machine) count(i int) {
	s := &m.steps[i]
	c := m.chainOf(s)
	if c != nil && s.def.Heals() {
		c.undecided--
		m.pass(c)
	}
	if m.mayBeHealed(i) {
		c.awaiting = append(c.awaiting, i)
		for _, d := range s.below {
			if m.steps[d].def.WaitsForEnd(s.def.Chain) {
				m.opened(int(d), i)
			}
		}
		m.await(c, i, 0)
	} else {
		m.close(i)
		for _, d := range s.below {
			m.opened(int(d), i)
		}
	}
	if c != nil {
		m.letOn(c)
	}
	m.countItem(i)
}

// pass goes on to the first healers of a chain, by rank and as they are written, that are not decided.
func (m *Machine) pass(c *chain) {
	for c.passed < len(c.byRank) && m.steps[c.byRank[c.passed]].decided() {
		c.passed++
	}
	for c.written < len(c.healers) && m.steps[c.healers[c.written]].decided() {
		m.see(&c.seen, c.healers[c.written])
		c.written++
	}
	if c.written < len(c.healers) {
		m.readyMending(c.healers[c.written])
	}
}

// next is the rank of the first healer of a chain that is not decided. What comes before it goes on.
func (m *Machine) next(c *chain) int {
	if c.passed == len(c.byRank) {
		return math.MaxInt
	}
	return m.steps[c.byRank[c.passed]].def.Rank
}

// await keeps which step is the next, from place k on, that needs step i, which has failed, and waits for healers of it.
func (m *Machine) await(c *chain, i, k int) {
	for below := m.steps[i].below; k < len(below); k++ {
		if d := m.steps[below[k]].def; !d.WaitsForEnd(c.root) {
			heap.Push(&c.below, turn{rank: d.Rank, of: i, at: k})
			return
		}
	}
}

// letOn lets those steps go on that have waited for healers of a chain and come before all that are left, and closes what failed once
// there is none left.
func (m *Machine) letOn(c *chain) {
	for len(c.below) > 0 && c.below[0].rank < m.next(c) {
		t := heap.Pop(&c.below).(turn)
		m.opened(int(m.steps[t.of].below[t.at]), t.of)
		m.await(c, t.of, t.at+1)
	}
	if c.undecided == 0 {
		awaiting := c.awaiting
		c.awaiting = nil
		for _, w := range awaiting {
			m.close(w)
		}
	}
}

// close keeps that step i is as good as it will ever be.
func (m *Machine) close(i int) {
	m.steps[i].closed = true
	m.tally(i)
}

// opened counts one need of step d down and takes over what it says.
func (m *Machine) opened(d, need int) {
	s := &m.steps[d]
	s.open--
	if s.bad < 0 && !s.decided() && !m.good(need) {
		s.bad, s.root = int32(need), m.rootOf(need)
	}
	if s.saw < 0 && m.showsFailure(need) {
		s.saw = m.failureOf(need)
	}
	s.early = s.early || m.steps[need].early
	if s.open == 0 && s.state == Waiting {
		m.ready.push(d)
	}
}

// advance moves the fronts down as far as the plan is decided, and readies the steps whose turn it is there.
func (m *Machine) advance() {
	f := &m.front
	for f.at < m.r.FinallyAt && m.steps[f.at].decided() {
		m.see(&f.seen, f.at)
		if s := &m.steps[f.at]; !s.closed {
			f.wait(m.chainOf(s), m.next(m.chainOf(s)))
		}
		f.at = m.after(f.at)
	}
	if f.at < m.r.FinallyAt {
		if s := &m.steps[f.at]; s.def.Above && !s.def.Mends() && s.state == Waiting && s.def.Rank <= m.nextInFront() {
			m.ready.push(f.at)
		}
	}
	for p := &m.plain; p.at < m.r.FinallyAt; {
		i := p.at
		switch s := &m.steps[i]; {
		case s.def.Mends():
			p.at = m.after(i)
			m.readyMending(i)
		case !s.decided():
			return
		default:
			m.see(&p.seen, i)
			p.at = m.after(i)
		}
	}
}

// wait keeps that a step of the front may still be healed in its chain, whose next healer has that rank.
func (f *front) wait(c *chain, next int) {
	if !c.inFront {
		c.inFront = true
		heap.Push(&f.open, turn{rank: next, of: c.root})
	}
}

// nextInFront is the lowest rank of the healers that steps below the front wait for.
func (m *Machine) nextInFront() int {
	open := &m.front.open
	for len(*open) > 0 {
		top := &(*open)[0]
		switch next := m.next(m.chains[top.of]); next {
		case top.rank:
			return next
		case math.MaxInt:
			m.chains[top.of].inFront = false
			heap.Pop(open)
		default:
			top.rank = next
			heap.Fix(open, 0)
		}
	}
	return math.MaxInt
}

// readyMending readies step i, which mends and waits for all above it, when those above that do not mend are decided and so are
// the healers of its own chain.
func (m *Machine) readyMending(i int) {
	s := &m.steps[i]
	c := m.chainOf(s)
	if s.def.Above && s.def.Mends() && s.state == Waiting && i < m.plain.at && c.written < len(c.healers) && c.healers[c.written] == i {
		m.ready.push(i)
	}
}

// heal makes good what failed in the chain of step h, which has just succeeded.
func (m *Machine) heal(h int) {
	if !m.steps[h].def.Heals() || m.steps[h].items != nil {
		return
	}
	for _, i := range m.chainOf(&m.steps[h]).awaiting {
		m.markHealed(i, h)
	}
}

// markHealed keeps that step h has made step i good.
func (m *Machine) markHealed(i, h int) {
	s := &m.steps[i]
	s.healed = true
	m.d.Moves = append(m.d.Moves, Transition{
		Step: s.def.ID, From: s.state, To: s.state, Why: "healed by " + m.steps[h].def.ID, Mark: MarkHealed, By: m.steps[h].def.ID,
	})
}
