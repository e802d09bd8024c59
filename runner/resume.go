package runner

// resume takes a run up again after its process stopped. What may have been sent is in doubt; what was
// ordered and not sent is ordered again, and a restart, rerun or interrupt only after a look, since the batch
// run may have moved meanwhile. The driver then carries out what [Machine.Pending] lists.
func (m *Machine) resume() {
	m.detached = false
	m.ended = false
	for i := range m.steps {
		s := &m.steps[i]
		switch c := s.call.cmd.(type) {
		case nil:
			if s.watch != nil && s.watch.Key().Op == OpWatch {
				m.look(i)
			}
		case TriggerBatch:
			if s.call.sent {
				m.inDoubt(i, lost(c.ID))
				continue
			}
			c.NotAfter = m.at.Add(connectWithin)
			s.call.cmd = c
		case RestartBatch:
			m.resumeAgain(i, c.ID)
		case RerunBatch:
			m.resumeAgain(i, c.ID)
		case InterruptBatch:
			if s.call.sent {
				m.inDoubt(i, lost(c.ID))
				continue
			}
			m.uncall(i)
			s.stop.doubt = true // never sent, yet the same look settles it
			s.stop.tries--
			m.look(i)
		}
	}
}

// resumeAgain takes up a restart or rerun.
func (m *Machine) resumeAgain(i int, k Key) {
	s := &m.steps[i]
	if s.call.sent {
		m.inDoubt(i, lost(k))
		return
	}
	m.uncall(i)
	s.next = k.Op
	m.move(i, Looking, "is "+s.run.RunID+" still over?")
	m.look(i)
}

func lost(k Key) RequestInDoubt {
	return RequestInDoubt{Key: k, Message: "the runner stopped before an answer to " + k.String() + " was recorded"}
}
