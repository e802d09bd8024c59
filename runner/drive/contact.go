package drive

import (
	"fmt"
	"time"
)

// The back-off of one who is out of contact: the first wait, and the longest.
const (
	firstBackOff = time.Second
	lastBackOff  = time.Minute
)

// The peers a run speaks to, as people read them.
const (
	scheduler = "scheduler"
	identity  = "identity service"
)

// A contact is what we know of one peer. Out of contact one call at a time is made, with back-off, instead of
// all that are due.
type contact struct {
	peer  string
	lost  bool
	since time.Time // when it was lost
	why   string    // what the last failed call said
	probe bool      // the one call is under way
	tries int       // failed calls since then
	next  time.Time // when the next may be made
}

// fail notes a failed call and reports whether contact was there before.
func (c *contact) fail(now time.Time, why string, retryAfter time.Duration, jitter float64) bool {
	first := !c.lost
	if first {
		c.lost, c.since, c.tries = true, now, 0
	}
	c.why, c.probe = why, false
	wait := backOff(c.tries, jitter)
	c.tries++
	c.next = now.Add(max(wait, retryAfter)) // never earlier than we were asked to
	return first
}

// backOff is the wait after so many failed calls: doubled each time, and between a half and one and a half of
// that for jitter from 0 up to 1.
func backOff(tries int, jitter float64) time.Duration {
	wait := min(lastBackOff, firstBackOff<<min(tries, 16))
	return time.Duration(float64(wait) * (0.5 + jitter))
}

// back notes that the peer answers and returns what to tell people.
func (c *contact) back(now time.Time) Note {
	calls := "1 failed call"
	if c.tries != 1 {
		calls = fmt.Sprintf("%d failed calls", c.tries)
	}
	n := Note{Kind: ContactBack, Peer: c.peer, Message: fmt.Sprintf("contact with the %s is back after %s and %s",
		c.peer, now.Sub(c.since).Round(time.Millisecond), calls)}
	*c = contact{peer: c.peer}
	return n
}

// lost takes in a failed call to a peer. While contact is lost only the probe counts.
func (l *loop) lost(c *contact, probe bool, why string, retryAfter time.Duration) {
	if c.lost && !probe {
		return
	}
	if c.fail(l.now(), why, retryAfter, l.lines.jitter()) {
		l.note(Note{Kind: ContactLost, Peer: c.peer, Message: fmt.Sprintf("no contact with the %s: %s", c.peer, why)})
	}
}

// reached takes in that a peer answered.
func (l *loop) reached(c *contact) {
	if c.lost {
		l.note(c.back(l.now()))
	}
}
