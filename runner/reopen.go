package runner

import (
	"time"

	"ofsplan/plan/fact"
)

// reset lets step i wait again, with its attempts counted on.
func (m *Machine) reset(i int) {
	s := &m.steps[i]
	m.ended = false
	s.fault, s.healed, s.finished = nil, false, time.Time{}
	m.move(i, Waiting, "")
	if of := s.def.Parent; of != nil {
		m.reopenWhole(i)
		m.steps[of.Index].items.waiting.push(i)
		m.offer(of.Index)
	} else if s.open == 0 && !s.def.Above {
		m.ready.push(i)
	} else if s.def.Above {
		m.advance()
		m.ready.push(i)
	}
}

// reopen lets what stands blocked or canceled below step i wait again, together with the steps that tried or were
// about to heal it and the finally steps, and counts anew who waits for whom. It costs the plan, once per statement.
func (m *Machine) reopen(i int) {
	m.ended = false
	m.reopenWhole(i)
	why := "waits again for " + m.steps[i].def.ID
	for _, j := range m.r.Below(i) {
		s := &m.steps[j]
		switch {
		case s.items != nil:
			if m.itemsOpen(i, j) {
				s.healed, s.finished = false, time.Time{}
				m.move(j, Waiting, why)
			}
		case opensBelow(m.steps[i].def, s.def, s.state):
			s.fault, s.healed, s.finished = nil, false, time.Time{}
			m.move(j, Waiting, why)
		case startsAgain(s.def) && sameChain(s, &m.steps[i]) && s.aboutToAsk():
			m.recall(j, why)
			s.grant = nil
		}
	}
	for j := m.r.FinallyAt; j < len(m.steps); j++ {
		s := &m.steps[j]
		switch {
		case s.decided():
			s.fault, s.finished = nil, time.Time{}
			m.move(j, Waiting, "")
		case s.aboutToAsk() && !s.repairs():
			m.recall(j, why)
			s.grant = nil
		}
	}
	m.recount()
}

// itemsOpen reports whether an item of whole j, which waits for step i, waits again when that step does.
func (m *Machine) itemsOpen(i, j int) bool {
	for k := range m.itemsOf(j) {
		s := &m.steps[k]
		if opensBelow(m.steps[i].def, s.def, s.state) || startsAgain(s.def) && sameChain(s, &m.steps[i]) && s.aboutToAsk() {
			return true
		}
	}
	return opensBelow(m.steps[i].def, m.steps[j].def, m.steps[j].state)
}

// aboutToAsk reports whether a step has begun, and nothing of it is under way that somebody would have to follow.
func (s *step) aboutToAsk() bool {
	switch s.state {
	case Queued, Requesting, Looking, Sleeping, Sensing, Notifying, Closed, Delaying:
		return !s.call.sent && s.doubt.Op == ""
	}
	return false
}

// repairs reports whether an on_failure rule of a step is about to act, or would act if no window were closed.
func (s *step) repairs() bool {
	return s.state == Delaying || (s.state == Closed || s.state == Queued) && s.call.later != nil && s.fault != nil
}

// recall lets a step that has begun and asked for nothing yet wait again.
func (m *Machine) recall(i int, why string) {
	s := &m.steps[i]
	m.leave(i)
	s.fault = nil
	m.move(i, Waiting, why)
}

// recount derives who waits for whom from the outcomes alone.
func (m *Machine) recount() {
	m.fronts = fronts{}
	m.ready = nil
	m.recountItems()
	l := &m.ledger
	l.finally, l.firstFail, l.badOutcome = m.r.FinallyAt, -1, false
	m.alerts.stand = 0
	for i := range m.steps {
		s := &m.steps[i]
		s.closed = false
		if c := m.chains[i]; c != nil {
			c.healing, c.parked = healing{undecided: len(c.healers)}, nil
		}
		switch out := s.outcome(); {
		case out == fact.Skipped || out == fact.Blocked:
			s.early = true // what it is worth hangs on what may be open again
		case !s.decided():
			s.needs = needs{open: int32(len(s.def.Needs)), bad: -1, saw: -1, below: s.below}
		}
	}
	m.recounting = true
	for i := range m.r.FinallyAt {
		if m.steps[i].decided() {
			m.count(i)
		}
	}
	for i := 0; i < m.r.FinallyAt; i = m.after(i) {
		m.finishWith(i)
	}
	m.recounting = false
	for i := range m.r.FinallyAt {
		s := &m.steps[i]
		if s.startsAtOnce() {
			m.ready.push(i)
		}
		if s.state == Running {
			m.offerAll(i)
		}
	}
	m.advance()
}

// resume takes a run up again after its process stopped. What may have been sent is in doubt; what was
// ordered and not sent is ordered again, and a restart, rerun or interrupt only after a look, since the batch
// run may have moved meanwhile. The driver then carries out what [Machine.Status] calls pending.
func (m *Machine) resume() {
	m.detached = false
	m.ended = false
	m.forgetLeft()
	m.resumed = m.at
	for i := range m.steps {
		s := &m.steps[i]
		switch c := s.call.cmd; {
		case c == nil:
			if s.watch != nil && s.watch.Key.Op == OpWatch {
				m.look(i)
			}
		case s.call.sent:
			if c.Key.Op == OpInterrupt {
				s.stop.tries-- // our death tells nothing of the scheduler, and must not use up what fails the step (law L7)
			}
			m.inDoubt(i, lost(c.Key))
		default:
			m.orderAnew(i, c)
		}
	}
}

// orderAnew takes up a command that was never sent.
func (m *Machine) orderAnew(i int, c *Command) {
	s := &m.steps[i]
	switch c.Key.Op {
	case OpTrigger:
		again := *c
		again.NotAfter = m.at.Add(connectWithin)
		if m.closeFor(i, &again) {
			return
		}
		s.call.cmd = &again
		m.closes(i)
	case OpInterrupt:
		m.uncall(i)
		s.stop.doubt = true // never sent, yet the same look settles it
		s.stop.tries--
		m.look(i)
	default: // a restart or rerun
		m.uncall(i)
		s.next = next{c.Key.Op, *c.Permit}
		m.move(i, Looking, "is "+s.run.RunID+" still over?")
		m.look(i)
	}
}

func lost(k Key) RequestInDoubt {
	return RequestInDoubt{Key: k, Message: "the runner stopped before an answer to " + k.String() + " was recorded"}
}
