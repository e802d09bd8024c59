package runner

import (
	"time"

	"ofsplan/plan/fact"
)

// reset lets step i wait again, with its attempts counted on.
func (m *Machine) reset(i int) {
	s := &m.steps[i]
	m.ended = false
	s.outcome, s.fault, s.healed = "", nil, false
	s.finished, s.wake = time.Time{}, time.Time{}
	m.move(i, Waiting, "")
	if s.open == 0 && !s.def.Above {
		m.ready.push(i)
	} else if s.def.Above {
		m.advance()
		m.ready.push(i)
	}
}

// reopen lets what stands blocked or canceled below step i wait again, together with the steps that tried or were
// about to heal it and the finally steps, and counts anew who waits for whom. It costs the plan, once per word.
func (m *Machine) reopen(i int) {
	m.ended = false
	why := "waits again for " + m.steps[i].def.ID
	for _, j := range m.r.Below(i) {
		s := &m.steps[j]
		healer := s.healer && s.root == m.steps[i].root && s.outcome != fact.InDoubt
		switch {
		case s.outcome == fact.Blocked || s.outcome == fact.Canceled || healer && s.decided():
			s.outcome, s.fault, s.healed = "", nil, false
			s.finished = time.Time{}
			m.move(j, Waiting, why)
		case startsAgain(s.def) && s.root == m.steps[i].root && s.aboutToAsk():
			m.recall(j, why)
			s.grant = nil
		}
	}
	for j := m.r.FinallyAt; j < len(m.steps); j++ {
		s := &m.steps[j]
		switch {
		case s.decided():
			s.outcome, s.fault, s.finished = "", nil, time.Time{}
			m.move(j, Waiting, "")
		case s.aboutToAsk() && s.state != Delaying:
			m.recall(j, why)
			s.grant = nil
		}
	}
	m.recount()
}

// aboutToAsk reports whether a step has begun, and nothing of it is under way that somebody would have to follow.
func (s *step) aboutToAsk() bool {
	switch s.state {
	case Queued, Requesting, Looking, Sleeping, Delaying:
		return !s.call.sent && s.doubt.Op == ""
	}
	return false
}

// recall lets a step that has begun and asked for nothing yet wait again.
func (m *Machine) recall(i int, why string) {
	s := &m.steps[i]
	if s.state == Queued {
		m.queued--
	}
	m.unwatch(i)
	m.uncall(i)
	m.release(i)
	s.next, s.stop, s.fault = "", stop{}, nil
	s.wake, s.late = time.Time{}, time.Time{}
	m.move(i, Waiting, why)
}

// recount derives who waits for whom from the outcomes alone.
func (m *Machine) recount() {
	m.front = front{bad: -1}
	m.ready = nil
	l := &m.ledger
	l.undecided, l.finally, l.firstFail, l.badOutcome = m.r.FinallyAt, m.r.FinallyAt, -1, false
	for i := range m.steps {
		s := &m.steps[i]
		s.closed = false
		if c := m.chains[i]; c != nil {
			c.undecided, c.awaiting, c.held = len(c.healers), nil, nil
		}
		if !s.decided() {
			s.needs = needs{open: int32(len(s.def.Needs)), bad: -1, below: s.below}
			s.good = false
		}
	}
	for i := range m.r.FinallyAt {
		if m.steps[i].decided() {
			m.undecided--
			m.decide(i)
		}
	}
	for i := range m.r.FinallyAt {
		if s := &m.steps[i]; s.state == Waiting && s.open == 0 && !s.def.Above {
			m.ready.push(i)
		}
	}
	m.advance()
}
