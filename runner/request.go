package runner

import (
	"fmt"

	"ofsplan/ofs/callcode"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// acceptsSent answers a driver that asks whether it may send. Everything that happened meanwhile, a
// detach, a timeout, an end of the batch run, shows here as a refusal, so no race needs a lock.
func (m *Machine) acceptsSent(k Key) error {
	c, err := m.callOf(k)
	switch {
	case err != nil:
		return err
	case c.sent:
		return fmt.Errorf("%w: %s may have been sent already", ErrUnexpected, k)
	case m.detached:
		return fmt.Errorf("%w: the run is detached, so %s must not be sent", ErrUnexpected, k)
	}
	return nil
}

// acceptsAnswer checks the final event of a mutating command. Only request.not_sent comes without a
// request.sent, and never after one.
func (m *Machine) acceptsAnswer(k Key, sent bool) error {
	c, err := m.callOf(k)
	switch {
	case err != nil:
		return err
	case c.sent && !sent:
		return fmt.Errorf("%w: %s may have been sent, so it cannot end as not sent", ErrUnexpected, k)
	case sent && !c.sent:
		return fmt.Errorf("%w: %s was answered before it was sent", ErrUnexpected, k)
	}
	return nil
}

func (m *Machine) callOf(k Key) (call, error) {
	i, ok := m.ids[k.Step]
	if !ok {
		return call{}, fmt.Errorf("%w: no step %q", ErrUnexpected, k.Step)
	}
	c := m.steps[i].call
	if c.cmd == nil || c.cmd.Key != k {
		return call{}, fmt.Errorf("%w: %s is not under way", ErrUnexpected, k)
	}
	return c, nil
}

// sent notes the milestone: from here on the request may have been sent, and timeout counts.
func (m *Machine) sent(i int) {
	s := &m.steps[i]
	s.call.sent = true
	if s.call.cmd.Key.Op != OpInterrupt {
		s.requested, s.grant = true, nil
	}
	if s.stop.why == stopNone || s.stop.why == stopAgain || s.stop.why == stopVerb {
		s.anchor = m.at
	}
	m.expect(i)
}

// accepted ends a request the scheduler took.
func (m *Machine) accepted(i int, e RequestAccepted) {
	s := &m.steps[i]
	s.call = call{}
	m.carried++
	if e.Key.Op == OpInterrupt {
		m.stopped(i)
		return
	}
	s.doubt.done = true
	if s.doubt.Op != "" {
		s.doubt.repeated = true
		m.settle(i)
	}
	m.adopt(i, fact.BatchRef{Object: s.run.Object, Code: s.run.Code, RunID: e.BatchRunID})
	if m.cancel != "" && !s.def.Finally {
		m.cancelRun(i)
		return
	}
	if noWait(s.def) {
		m.finish(i, fact.Succeeded, "started "+e.BatchRunID+", not waited for")
		return
	}
	m.move(i, Watching, "batch run "+e.BatchRunID)
	m.look(i)
}

func noWait(s *plan.Step) bool {
	switch v := s.Do.(type) {
	case *plan.Trigger:
		return v.NoWait
	case *plan.OnRun:
		return v.NoWait
	}
	return false
}

// refused ends a request that was definitely not carried out. An interrupt that came too late is done.
func (m *Machine) refused(i int, e RequestRefused) {
	s := &m.steps[i]
	cmd := s.call.cmd
	s.call = call{}
	if e.Key.Op == OpInterrupt && callcode.Is(e.Code, callcode.Interrupted, callcode.NotInterrupted) {
		m.stopped(i)
		return
	}
	if e.HTTP == 401 && !s.reauthed {
		s.reauthed = true
		if m.parkBesideDoubt(i) {
			return
		}
		m.order(i, m.withNewToken(i, cmd))
		return
	}
	kind := fact.Refused
	if e.HTTP == 401 {
		kind = fact.Unauthorized
	}
	m.notCarriedOut(i, e.Key.Op, m.failure(i, kind, codeOf(e.Code), "the scheduler refused it: "+refusal(e.HTTP, e.Code, e.Summary)))
}

// withNewToken is the same command once more, under a new key, after a 401.
func (m *Machine) withNewToken(i int, c *Command) *Command {
	next, permit := *c, m.renewed(i, c)
	next.Key, next.Permit = m.steps[i].key(c.Key.Op), &permit
	next.NotAfter, next.NewToken = m.at.Add(connectWithin), true
	return &next
}

// notSent ends a request of which no byte left.
func (m *Machine) notSent(i int, e RequestNotSent) {
	m.steps[i].call = call{}
	m.steps[i].requested = m.steps[i].requested || e.Key.Op != OpInterrupt
	kind := fact.Unreachable
	if e.Unauthorized {
		kind = fact.Unauthorized
	}
	m.notCarriedOut(i, e.Key.Op, m.failure(i, kind, 0, e.Message))
}

// notCarriedOut decides what follows a request that did nothing.
func (m *Machine) notCarriedOut(i int, op Op, f fact.Failure) {
	if op == OpInterrupt {
		m.notStopped(i, f)
		return
	}
	m.failAttempt(i, f)
}

// inDoubt ends a request whose fate is unknown. A restart and an interrupt are settled by asking for the
// batch run we hold; a trigger and a rerun are not, and wait for a person's statement or are repeated on the plan's.
func (m *Machine) inDoubt(i int, e RequestInDoubt) {
	s := &m.steps[i]
	s.call = call{}
	m.carried++
	switch e.Key.Op {
	case OpInterrupt:
		s.stop.doubt = true
		if s.stop.why == stopVerb {
			m.move(i, Looking, "the interrupt is in doubt: "+e.Message)
		} else {
			m.notice(i, "interrupt_in_doubt", "the interrupt is in doubt, the next look settles it: "+e.Message)
		}
		m.look(i)
	case OpRestart:
		s.facts.Status = fact.Unknown
		if c := m.chainOf(s); c != nil {
			c.status = fact.Unknown
		}
		if m.cancel != "" && !s.def.Finally {
			m.cancelRun(i)
			return
		}
		s.doubt.done = true // as far as anybody knows
		m.move(i, Watching, "the restart is in doubt, "+s.run.RunID+" settles it: "+e.Message)
		m.look(i)
	default:
		m.doubtOf(i, e)
	}
}

// stopped decides what follows an interrupt that was taken, or came too late to matter.
func (m *Machine) stopped(i int) {
	s := &m.steps[i]
	why := s.stop.why
	s.stop.doubt = false
	if c := m.chainOf(s); c != nil && c.ref == s.run {
		c.status = fact.Unknown
	}
	switch why {
	case stopVerb:
		m.finish(i, fact.Succeeded, "interrupted "+s.run.RunID)
	case stopFail:
		m.failNow(i, s.failure())
	case stopCancel:
		m.finish(i, fact.Canceled, "interrupted "+s.run.RunID)
	default: // a watch rule, or a restart or rerun that waits for the end: the next look tells
		m.look(i)
	}
}

// notStopped decides what follows an interrupt that did nothing: a watched batch run is watched on, and
// what had to come after the interrupt does not come.
func (m *Machine) notStopped(i int, f fact.Failure) {
	s := &m.steps[i]
	why := s.stop.why
	if why == stopAgain {
		f.Message = "the interrupt before the " + string(s.next.op) + " was not carried out: " + f.Message
	} else if why != stopVerb {
		m.notice(i, "interrupt_failed", "the interrupt was not carried out: "+f.Message)
	}
	switch why {
	case stopWatch:
		s.stop = stop{}
	case stopFail:
		m.failNow(i, s.failure())
	case stopCancel:
		m.finish(i, fact.Canceled, s.run.RunID+" may still go on: the interrupt was not carried out")
	default:
		m.failAttempt(i, f)
	}
}
