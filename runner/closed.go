package runner

import (
	"fmt"
	"time"
)

// In a closed window of the plan's calendar no trigger, restart or rerun leaves; interrupts and looks do. A step whose request
// has its turn then is closed: it holds no slot and asks for nothing until all windows that follow on each other are over. What was
// ordered and has not left when a window begins is taken back. The gate asks at the moment at which the first byte would leave, so
// that a connection which took long to stand changes nothing.
//
//	requesting ──window begins──▶ closed ──it is over──▶ requesting (a trigger)
//	 a turn in a window ──────────▲  │                └▶ looking (a restart or rerun: is the batch run still over?)
//	                                 └─no slot is free─▶ queued ──▶ likewise

// An hours is how long one state of the windows lasts, so that it is not worked out for each request.
type hours struct {
	from, until time.Time // it holds from then on, and up to then; until zero: it was never worked out, or there is no window
	closed      bool
}

// closedUntil is when the windows that are closed at a moment are over; zero: none is closed.
func (m *Machine) closedUntil(at time.Time) time.Time {
	if h := m.hoursAt(at); h.closed {
		return h.until
	}
	return time.Time{}
}

func (m *Machine) hoursAt(at time.Time) hours {
	if h := &m.hours; h.until.IsZero() || at.Before(h.from) || !at.Before(h.until) {
		*h = hours{from: at}
		h.closed, h.until = m.r.Calendar.Hours(at)
	}
	return m.hours
}

// acceptsNow refuses to let a request leave in a closed window. One that is taken for sent, since nobody knows, has left before.
func (m *Machine) acceptsNow(at time.Time, e RequestSent) error {
	if e.Key.Op == OpInterrupt || e.Assumed {
		return nil
	}
	if until := m.closedUntil(at); !until.IsZero() {
		return fmt.Errorf("%w: %s must not leave in a closed window, which ends at %s", ErrUnexpected, e.Key, until.Format(time.RFC3339))
	}
	return nil
}

// closes has the clock tell when the next window begins, should the request of step i not have left by then.
func (m *Machine) closes(i int) {
	s := &m.steps[i]
	if s.call.cmd.Key.Op == OpInterrupt {
		return
	}
	if h := m.hoursAt(m.at); !h.closed && !h.until.IsZero() {
		s.call.until = h.until
		m.tellAt(h.until, i, dueCloses)
	}
}

// closeFor is asked before a request of step i that starts a batch is ordered. In a closed window it lets the step wait for the end,
// with the command that is to be ordered then, and reports true.
func (m *Machine) closeFor(i int, cmd *Command) bool {
	until := m.closedUntil(m.at)
	if until.IsZero() {
		return false
	}
	m.steps[i].call = call{later: cmd}
	m.move(i, Closed, fmt.Sprintf("a closed window: until %s no %s leaves", until.Format(time.RFC3339), cmd.Key.Op))
	m.wake(i, until)
	return true
}

// windowBegins takes back what step i has ordered and what has not left when a window begins. When that is over already, since nobody
// told the time, the request is ordered anew: its gate may have stayed shut meanwhile.
func (m *Machine) windowBegins(i int) {
	s := &m.steps[i]
	again := *s.call.cmd
	again.Key, again.NotAfter = s.key(again.Key.Op), m.at.Add(connectWithin)
	m.uncall(i)
	if !m.closeFor(i, &again) {
		m.order(i, &again)
	}
}

// windowEnds lets step i go on now that the window is over, as soon as there is a slot for it; an item has its turn when its whole
// may begin another one. An item that goes on by an operator's word before its whole has begun waits for no turn.
func (m *Machine) windowEnds(i int) {
	if of := m.steps[i].def.Parent; of != nil && m.steps[of.Index].state == Running {
		w := m.steps[of.Index].items
		if w.active+len(w.waiting) >= m.steps[of.Index].def.Each.Parallel {
			m.move(i, Closed, "the window is over; max_parallel")
		}
		w.waiting.push(i)
		m.offer(of.Index)
		return
	}
	m.goOnHeld(i)
}

// windowOver reports whether nothing but a slot keeps a step that was held back.
func (s *step) windowOver() bool { return s.state == Closed && s.wake.IsZero() }

// goOnHeld orders what was held back, or lets step i wait for a slot.
func (m *Machine) goOnHeld(i int) {
	if !m.free() {
		m.move(i, Queued, "concurrency")
		m.queue.push(i)
		return
	}
	m.orderHeld(i)
}

// orderHeld orders what a window had held back. A batch run that is to be restarted is looked at first: it may have moved
// meanwhile. The time that was waited counts to no timeout.
func (m *Machine) orderHeld(i int) {
	s := &m.steps[i]
	held := *s.call.later
	s.call.later = nil
	if !s.requested {
		s.started = m.at // it begins as one does that has waited for a slot
	}
	if m.parkBesideDoubt(i) {
		return
	}
	if held.Key.Op != OpTrigger {
		s.anchor, s.next = m.at, next{held.Key.Op, *held.Permit}
		m.move(i, Looking, "is "+s.run.RunID+" still over?")
		m.look(i)
		return
	}
	if m.closeFor(i, &held) { // it waited for a slot until the next one
		return
	}
	held.NotAfter = m.at.Add(connectWithin)
	m.move(i, Requesting, "trigger "+string(s.run.Object)+" "+s.run.Code)
	m.order(i, &held)
}
