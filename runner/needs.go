package runner

import (
	"ofsplan/plan/fact"
)

// Who waits for whom, kept so that a step's end costs its dependents and no more.
//
// A step is decided when it has an outcome that stands, and closed when that outcome can no longer be
// made good either: a step that failed on a batch run stays open until every step that could heal it is
// decided. Dependents wait for closed steps. A healer waits only until the steps of its own chain are
// decided: it cannot wait for itself.
//
// Steps without needs wait for everything above them. They hold no edges: front is how far the plan is
// closed from the top, and only the step at its edge can be next.

// front is the closed part at the top of the plan, steps [0, at).
type front struct {
	at        int
	bad       int  // the first step in it that is not good; -1: none
	sawFailed bool // some step in it failed, or is skipped or blocked below one that did
}

// decide tells the steps below that step i is decided, and closed when nothing can heal it any more.
func (m *Machine) decide(i int) {
	s := &m.steps[i]
	for _, d := range s.below {
		if m.waitsLess(int(d), i) {
			m.opened(int(d), i)
		}
	}
	c := m.chainOf(s)
	if c == nil {
		m.close(i)
		m.advance()
		return
	}
	if s.def.Heals() {
		c.undecided--
	}
	if s.outcome() == fact.Failed && s.run.RunID != "" && len(s.def.Healers) > 0 && c.undecided > 0 {
		c.awaiting = append(c.awaiting, i)
	} else {
		m.close(i)
	}
	if c.undecided == 0 {
		awaiting := c.awaiting
		c.awaiting = nil
		for _, w := range awaiting {
			m.close(w)
		}
	}
	m.advance()
}

// waitsLess reports whether step d waits for step i to be decided only, not closed: d is a healer of the
// same chain.
func (m *Machine) waitsLess(d, i int) bool {
	return m.steps[d].def.Heals() && sameChain(&m.steps[d], &m.steps[i])
}

// close tells the steps below that step i is as good as it will ever be.
func (m *Machine) close(i int) {
	s := &m.steps[i]
	s.closed = true
	m.tally(i)
	for _, d := range s.below {
		if !m.waitsLess(int(d), i) {
			m.opened(int(d), i)
		}
	}
}

// opened counts one need of step d down and takes over what it says.
func (m *Machine) opened(d, need int) {
	s, n := &m.steps[d], &m.steps[need]
	s.open--
	if !n.good() && s.bad < 0 && !s.decided() {
		s.bad = int32(need)
	}
	s.sawFailed = s.sawFailed || n.showsFailure()
	if s.open == 0 && s.state == Waiting {
		m.ready.push(d)
	}
}

// showsFailure reports what failed() below this step sees: a failure that stands, or one above a step that
// did not run.
func (s *step) showsFailure() bool {
	switch s.outcome() {
	case fact.Failed:
		return !s.good()
	case fact.Skipped, fact.Blocked:
		return s.sawFailed
	}
	return false
}

// advance moves the front down as far as the plan is closed, and readies the step that waits there.
func (m *Machine) advance() {
	f := &m.front
	for f.at < m.r.FinallyAt && m.steps[f.at].closed {
		s := &m.steps[f.at]
		if !s.good() && f.bad < 0 {
			f.bad = f.at
		}
		f.sawFailed = f.sawFailed || s.showsFailure()
		f.at++
	}
	if f.at == m.r.FinallyAt {
		return
	}
	switch s := &m.steps[f.at]; {
	case s.decided():
		m.advanceHealers(f.at)
	case s.def.Above:
		m.readyAbove(f.at, f.bad, f.sawFailed)
	}
}

// readyAbove readies a step that waits for all above it.
func (m *Machine) readyAbove(i, bad int, sawFailed bool) {
	s := &m.steps[i]
	if s.state != Waiting {
		return
	}
	s.bad, s.sawFailed = int32(bad), sawFailed
	m.ready.push(i)
}

// advanceHealers readies the healers that wait for all above them, when only steps of their own chain keep
// the front from reaching them.
func (m *Machine) advanceHealers(at int) {
	for _, h := range m.steps[at].def.Healers {
		s := &m.steps[h]
		if !s.def.Above || s.state != Waiting || h < at {
			continue
		}
		s.scanned = max(s.scanned, int32(at))
		for s.scanned < int32(h) {
			n := &m.steps[s.scanned]
			if !n.closed && !(n.decided() && sameChain(n, s)) {
				break
			}
			s.scanned++
		}
		if s.scanned < int32(h) {
			continue
		}
		bad, sawFailed := m.front.bad, m.front.sawFailed
		for j := at; j < h; j++ {
			if n := &m.steps[j]; !n.good() && bad < 0 {
				bad = j
			}
			sawFailed = sawFailed || m.steps[j].showsFailure()
		}
		m.readyAbove(h, bad, sawFailed)
	}
}

// heal makes good what failed in the chain of step h, which has just succeeded.
func (m *Machine) heal(h int) {
	if !m.steps[h].def.Heals() {
		return
	}
	for _, i := range m.chainOf(&m.steps[h]).awaiting {
		s := &m.steps[i]
		s.healed = true
		m.d.Moves = append(m.d.Moves, Transition{
			Step: s.def.ID, From: s.state, To: s.state, Why: "healed by " + m.steps[h].def.ID, Mark: MarkHealed, By: m.steps[h].def.ID,
		})
	}
}
