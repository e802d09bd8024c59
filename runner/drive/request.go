package drive

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

// A request is one request to be made.
type request struct {
	cmd     *runner.Command
	call    *Call
	request dispatch.Request
	outcome dispatch.Outcome // written by the call, read once it has ended
	tries   int              // calls that ended before the gate
	after   time.Time        // not to be tried again before; zero: at once
	probe   bool             // it was sent to find out whether contact is back
	sent    bool             // the machine took RequestSent: from here on it may have been sent
	dropped bool             // the machine does not want it any more, and no event about it
}

// requests are the requests ordered and not ended, first come first served.
type requests struct {
	queue  []*request // those that have not begun; a dropped one stays until its turn
	byKey  map[runner.Key]*request
	flying int
}

// add takes an order, to be queued by enlist. False means that it was taken before.
func (s *requests) add(c *runner.Command) bool {
	if s.byKey[c.Key] != nil {
		return false
	}
	s.byKey[c.Key] = &request{cmd: c}
	return true
}

// forget drops what is known of a request. The map of a wide start is not carried through the night.
func (s *requests) forget(k runner.Key) {
	if delete(s.byKey, k); len(s.byKey) == 0 {
		s.byKey = map[runner.Key]*request{}
	}
}

// enlist queues a request, unless it was dropped.
func (s *requests) enlist(k runner.Key) {
	if e := s.byKey[k]; e != nil {
		s.queue = append(s.queue, e)
	}
}

// drop forgets a request that has not been sent. One whose call is under way finds its gate shut.
func (s *requests) drop(k runner.Key) {
	if e := s.byKey[k]; e != nil {
		e.dropped = true
		s.forget(k)
	}
}

// head is the request whose turn it is, or nil.
func (s *requests) head() *request {
	for len(s.queue) > 0 && s.queue[0].dropped {
		s.pop()
	}
	if len(s.queue) == 0 {
		return nil
	}
	return s.queue[0]
}

func (s *requests) pop() {
	s.queue[0] = nil
	s.queue = s.queue[1:]
}

// sent is how many requests that may have been sent have no answer yet.
func (s *requests) sent() (n int) {
	for _, e := range s.byKey {
		if e.sent {
			n++
		}
	}
	return n
}

// putBack makes a request the next to go once more.
func (s *requests) putBack(e *request) { s.queue = append([]*request{e}, s.queue...) }

// send starts the call for the request at the head.
func (l *loop) send(e *request) {
	l.requests.pop()
	if e.call == nil {
		request, err := l.desk.Prepare(e.cmd)
		if err != nil {
			l.giveUp(e, runner.RequestNotSent{Key: e.cmd.Key, Message: err.Error()})
			return
		}
		e.request = request
		e.call = &Call{
			do: func(gate func() error) {
				e.outcome = l.desk.Send(l.leave.calls, e.request, gate)
			},
			gate:  func(open func(error)) { l.gate(e, open) },
			ended: func() { l.ended(e) },
		}
	}
	e.probe = l.out.scheduler.lost
	if e.probe {
		l.out.scheduler.begin(l.now())
	}
	l.requests.flying++
	l.world.Start(e.call)
}

// gate asks the machine whether a request may leave now that its connection stands. What it answers is
// passed on only when the turn is durable.
func (l *loop) gate(e *request, open func(refusal error)) {
	if l.leave.going {
		open(errLeaving)
		return
	}
	if err := l.full(); err != nil {
		open(err)
		l.fail(err)
		reason, _, _ := strings.Cut(err.Error(), "\n")
		l.detach(runner.RunDetached{Reason: reason})
		return
	}
	at := l.now()
	d, err := l.machine.Apply(at, e.request.Sent)
	switch {
	case errors.Is(err, runner.ErrUnexpected):
		e.dropped = true // whatever made the machine refuse has dropped the command too
		l.requests.forget(e.cmd.Key)
		open(err)
	case err != nil:
		open(err)
		l.fail(err)
	default:
		e.sent = true
		l.turn(at, e.request.Sent, d, durable)
		l.pending.last().gate = open
	}
}

// full tells why no further request may leave, though its connection stands.
func (l *loop) full() error {
	if l.leave.room == nil {
		return nil
	}
	return l.leave.room()
}

// ended takes in what became of a request.
func (l *loop) ended(e *request) {
	l.requests.flying--
	out := e.outcome
	switch {
	case out.Broken != nil:
		l.fail(fmt.Errorf("drive: an answer came to a request that was never let go: %w", out.Broken))
	case l.pending.closed:
		l.pending.unrecorded(l.now(), out.Event)
	case !e.sent:
		l.unsent(e, out)
	default:
		l.answered(e, out)
	}
}

// unsent decides about a request that never passed its gate: silently again later, until the time its
// command names.
func (l *loop) unsent(e *request, out dispatch.Outcome) {
	if e.probe {
		l.out.scheduler.probe = false
	}
	if e.dropped || l.leave.going {
		return
	}
	if l.desk.Ready() { // else it may be the token that was lacking, which is the next thing to get
		l.lost(&l.out.scheduler, e.probe, failureOf(out.Message, out.Trouble, out.RetryAfter))
		e.after = l.now().Add(backOff(e.tries, l.out.jitter()))
		e.tries++
	}
	l.requests.putBack(e)
}

// answered ends a request that was let go.
func (l *loop) answered(e *request, out dispatch.Outcome) {
	l.requests.forget(e.cmd.Key)
	switch {
	case l.leave.going:
	case out.Unreached:
		l.lost(&l.out.scheduler, e.probe, failureOf(out.Message, out.Trouble, out.RetryAfter))
	default:
		l.reached(&l.out.scheduler)
	}
	if e, ok := out.Event.(runner.RequestAccepted); ok && l.machine.Crosses(e) {
		e.Answer.Body = out.Body
		out.Event = e
	}
	l.apply(out.Event, durable)
}

// giveUp ends a request that was not sent and will not be.
func (l *loop) giveUp(e *request, why runner.RequestNotSent) {
	l.requests.forget(e.cmd.Key)
	l.apply(why, durable)
}
