package runner

import (
	"time"

	"ofsplan/plan/fact"
)

// finish gives step i its outcome and tells the steps below. What it returns is the step's transition, good
// until the next one.
func (m *Machine) finish(i int, out fact.Outcome, why string) *Transition {
	s := &m.steps[i]
	m.unwatch(i)
	m.uncall(i)
	m.settle(i)
	s.wake, s.late = time.Time{}, time.Time{}
	s.grant = nil
	s.finished = m.at
	s.outcome = out
	at := len(m.d.Moves)
	m.move(i, State(out), why)
	m.release(i)
	s.good = out == fact.Succeeded || out == fact.Failed && s.def.AllowFailure || out == fact.Skipped && s.bad < 0
	if out == fact.Succeeded {
		m.heal(i)
	}
	if i < m.r.FinallyAt {
		m.undecided--
		m.decide(i)
	} else {
		m.tally(i)
	}
	return &m.d.Moves[at]
}

// failNow ends step i as failed. One whose request is in doubt, and whose repeat came to nothing, has not failed: it is
// in doubt.
func (m *Machine) failNow(i int, f fact.Failure) {
	s := &m.steps[i]
	s.fault = &f
	if s.number == 0 {
		s.number = 1
	}
	if s.doubt.Op != "" {
		m.leaveInDoubt(i, m.givenUp(i, f))
		return
	}
	t := m.finish(i, fact.Failed, cause(f))
	t.Failure = &f
	if s.def.AllowFailure {
		t.Mark = "allowed"
	}
}

// release gives the step's slot back.
func (m *Machine) release(i int) {
	if s := &m.steps[i]; s.slot {
		s.slot = false
		m.moving--
	}
}

// tally takes the outcome of step i, which nothing can make good any more, into the plan's.
func (m *Machine) tally(i int) {
	s := &m.steps[i]
	if s.good || s.outcome == fact.Skipped {
		return
	}
	m.badOutcome = true
	if s.outcome == fact.Failed && (m.firstFail < 0 || s.finished.Before(m.steps[m.firstFail].finished)) {
		m.firstFail = i
	}
}
