package runner

// resume takes a run up again after its process stopped. What may have been sent is in doubt; what was
// ordered and not sent is ordered again, and a restart, rerun or interrupt only after a look, since the batch
// run may have moved meanwhile. The driver then carries out what [Machine.Pending] lists.
func (m *Machine) resume() {
	m.detached = false
	m.ended = false
	for i := range m.steps {
		s := &m.steps[i]
		switch c := s.call.cmd; {
		case c == nil:
			if s.watch != nil && s.watch.Key.Op == OpWatch {
				m.look(i)
			}
		case s.call.sent:
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
		s.call.cmd = &again
	case OpInterrupt:
		m.uncall(i)
		s.stop.doubt = true // never sent, yet the same look settles it
		s.stop.tries--
		m.look(i)
	default: // a restart or rerun
		m.uncall(i)
		s.next, s.ground = c.Key.Op, *c.Permit
		m.move(i, Looking, "is "+s.run.RunID+" still over?")
		m.look(i)
	}
}

func lost(k Key) RequestInDoubt {
	return RequestInDoubt{Key: k, Message: "the runner stopped before an answer to " + k.String() + " was recorded"}
}
