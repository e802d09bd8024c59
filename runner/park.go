package runner

import "ofsplan/plan"

// While nobody knows whether one step has started a batch again, no other step of its chain starts it: law L1 and decision
// 16. Such a step is parked: it waits, with nothing of it under way, until nothing of the chain is in doubt. A step's own
// first request is the plan's order, and goes out whatever is in doubt beside it.

// doubtBeside reports whether another step of the chain is in doubt.
func (m *Machine) doubtBeside(i int) bool {
	s := &m.steps[i]
	c, own := m.chainOf(s), 0
	if s.doubt.Op != "" {
		own = 1
	}
	return c != nil && c.doubted > own
}

// mustPark reports whether a step whose turn has come has to be parked instead.
func (m *Machine) mustPark(i int) bool {
	s := &m.steps[i]
	return s.requested && starts(s.def) && m.doubtBeside(i)
}

// untilSettled is why a parked step waits.
const untilSettled = "another step that acts on the same batch is in doubt: it is not started again before that is settled"

// park lets step i wait until nothing of its chain is in doubt; [Machine.settle] sets it free.
func (m *Machine) park(i int) {
	m.recall(i, untilSettled)
	c := m.chainOf(&m.steps[i])
	c.parked = append(c.parked, i)
}

// parkBesideDoubt is asked before step i starts its batch once more. While another step of the chain is in doubt it parks the
// step, or ends it with the failure that a rule was about to answer, and reports true.
func (m *Machine) parkBesideDoubt(i int) bool {
	s := &m.steps[i]
	switch {
	case !s.requested || !m.doubtBeside(i):
		return false
	case s.fault == nil:
		m.park(i)
	default:
		m.failNow(i, *s.fault)
	}
	return true
}

// parkOthers parks the steps of the chain of step i, which has just come into doubt, that were about to start the batch
// again: their request is ordered and not sent.
func (m *Machine) parkOthers(i int) {
	for j := range m.steps {
		s := &m.steps[j]
		c := s.call
		if j != i && sameChain(s, &m.steps[i]) && c.cmd != nil && !c.sent && c.cmd.Key.Op != OpInterrupt && s.requested {
			m.uncall(j)
			m.parkBesideDoubt(j)
		}
	}
}

// startsAgain reports whether a step's own verb starts a batch again that was started before.
func startsAgain(def *plan.Step) bool {
	v, on := def.Do.(*plan.OnRun)
	return on && (v.Op == plan.OpRestart || v.Op == plan.OpRerun)
}

// starts reports whether a step's own verb starts a batch run.
func starts(def *plan.Step) bool {
	_, trigger := def.Do.(*plan.Trigger)
	return trigger || startsAgain(def)
}
