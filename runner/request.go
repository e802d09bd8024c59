package runner

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"time"

	"ofsplan/internal/readable"
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
	id, why := e.BatchRunID, m.crossed(i, e)
	if why != "" && e.Key.Op != OpRestart {
		m.crossedAnswer(i, e, why)
		return
	}
	s.call = call{}
	m.carried++
	if e.Key.Op == OpInterrupt {
		m.stopped(i)
		return
	}
	if why != "" {
		id = s.run.RunID
		m.notice(i, "crossed_answer", "the answer to the restart of "+id+" names another batch run, and "+why+": "+id+" is what is watched")
	}
	s.doubt.done, s.carriedOut = true, true
	if s.doubt.Op != "" {
		s.doubt.repeated = true
		m.settle(i)
	}
	if id != s.run.RunID {
		m.tellForm(i, id)
	}
	m.adopt(i, fact.BatchRef{Object: s.run.Object, Code: s.run.Code, RunID: id})
	if m.cancel != "" && !s.def.Finally {
		m.cancelRun(i)
		return
	}
	if noWait(s.def) {
		m.finish(i, fact.Succeeded, "started "+id+", not waited for")
		return
	}
	m.move(i, Watching, "batch run "+id)
	m.look(i)
}

// crossed is why an accepted request was not ours as its answer has it. A restart, and a rerun that keeps the batch run's id,
// name what they were about; of an interrupt the id does not matter.
func (m *Machine) crossed(i int, e RequestAccepted) string {
	if e.Key.Op == OpInterrupt || e.Key.Op != OpTrigger && e.BatchRunID == m.steps[i].run.RunID {
		return ""
	}
	return m.notOurs(i, e.BatchRunID)
}

// Crosses reports whether an answer accepts a request of the run by naming a batch run that is not that step's. It changes nothing.
func (m *Machine) Crosses(e RequestAccepted) bool {
	i, known := m.ids[e.Key.Step]
	return known && m.crossed(i, e) != ""
}

// crossedAnswer puts a trigger or rerun in doubt whose answer is about something else: something was accepted, and nobody
// knows whether that was our order.
func (m *Machine) crossedAnswer(i int, e RequestAccepted, why string) {
	m.notice(i, "crossed_answer", fmt.Sprintf("batch run %s, which the answer to the %s names, is not taken for it", e.BatchRunID, e.Key.Op))
	m.inDoubt(i, RequestInDoubt{Key: e.Key, HTTP: e.HTTP, Message: "its answer names a batch run that is not its own: " + why})
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
		if next := m.withNewToken(i, cmd); next.Key.Op == OpInterrupt || !m.closeFor(i, next) {
			m.order(i, next)
		}
		return
	}
	s.leftAlone = m.at.Add(time.Duration(e.RetryAfter) * time.Second)
	if e.HTTP == http.StatusTooManyRequests && m.askLater(i, cmd) {
		return
	}
	kind, why := fact.Refused, "the scheduler refused it: "+refusal(e.HTTP, e.Code, e.Summary)
	switch e.HTTP {
	case http.StatusUnauthorized:
		kind = fact.Unauthorized
	case http.StatusTooManyRequests:
		why += ", and the time for which a request is tried does not suffice to ask again"
	}
	m.notCarriedOut(i, e.Key.Op, m.failure(i, kind, codeOf(e.Code), why))
}

// withNewToken is the same command once more, under a new key, after a 401.
func (m *Machine) withNewToken(i int, c *Command) *Command {
	next, permit := *c, m.renewed(i, c, "after a definite refusal (http 401) of "+c.Key.String()+", with a new token")
	next.Key, next.Permit = m.steps[i].key(c.Key.Op), &permit
	next.NotAfter, next.NewToken = m.at.Add(connectWithin), true
	return &next
}

// askLater has a request made once more that the scheduler had no time for (429), as late as it asks for and before the time
// that the request had in the first place. False: that time does not suffice, so it is refused.
func (m *Machine) askLater(i int, c *Command) bool {
	s := &m.steps[i]
	s.throttled++
	at := m.at.Add(pause(s.throttled, c.Key.String()))
	if at.Before(s.leftAlone) {
		at = s.leftAlone
	}
	if !at.Before(c.NotAfter) {
		return false
	}
	next, permit := *c, m.renewed(i, c, "after a definite refusal (http 429) of "+c.Key.String())
	next.Key, next.Permit = s.key(c.Key.Op), &permit
	s.call.later = &next
	m.wake(i, at)
	m.notice(i, "throttled", "the scheduler has no time for the "+string(c.Key.Op)+" (http 429): it is asked again at "+readable.Stamp(at))
	return true
}

// orderLater orders the request that was to wait, now that its time has come.
func (m *Machine) orderLater(i int) {
	s := &m.steps[i]
	c := s.call.later
	s.call.later = nil
	if c.Key.Op != OpInterrupt && (m.parkBesideDoubt(i) || m.closeFor(i, c)) {
		return
	}
	m.order(i, c)
}

// pause is how long the scheduler is left alone after the n-th 429 to a request: a second at first, twice as long each time
// up to a minute, and up to a quarter more, by the request's key, so that not all of them come back at once.
func pause(n int, key string) time.Duration {
	const first, most = time.Second, time.Minute
	d := most
	if n < 7 {
		d = min(first<<(n-1), most)
	}
	h := fnv.New32a()
	h.Write([]byte(key)) // never fails
	return d + d*time.Duration(h.Sum32()%256)/1024
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
		m.batches.startedAgain(s.run.RunID, m.at)
		m.untell(i)
		if m.cancel != "" && !s.def.Finally {
			m.cancelRun(i)
			return
		}
		s.doubt.done, s.carriedOut = true, true // as far as anybody knows
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
		c.facts = untold(s.run.RunID)
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
