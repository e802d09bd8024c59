package drive

import (
	"fmt"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/runner/record"
)

// The back-off of one who is out of contact: the first wait, and the longest.
const (
	firstBackOff = time.Second
	lastBackOff  = time.Minute
)

// When people are reminded that there is no contact: so long after it was lost, and so often from then on.
const (
	firstReminder = 15 * time.Minute
	nextReminder  = time.Hour
)

// A contact is what we know of one peer. Out of contact one call at a time is made, with back-off, instead of
// all that are due.
type contact struct {
	peer  record.Peer
	lost  bool
	since time.Time // when it was lost
	why   string    // what the last failed call said
	no    bool      // it answered, and will not have us
	probe bool      // the one call is under way
	tries int       // failed calls since then
	next  time.Time // when the next may be made
	due   time.Time // when people are reminded with the next failed call
}

// fail notes a failed call and reports whether contact was there before.
func (c *contact) fail(now time.Time, why string, retryAfter time.Duration, jitter float64) bool {
	first := !c.lost
	if first {
		c.lost, c.since, c.tries, c.due = true, now, 0, now.Add(firstReminder)
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
func (c *contact) back(now time.Time) record.Note {
	n := record.Note{Kind: record.ContactBack, Peer: c.peer, Message: fmt.Sprintf("contact with the %s is back after %s and %s",
		c.peer, readable.Elapsed(now.Sub(c.since)), c.failed())}
	*c = contact{peer: c.peer}
	return n
}

// gone is what to tell people when contact is lost.
func (c *contact) gone() record.Note {
	return record.Note{Kind: record.ContactLost, Peer: c.peer, Refused: c.no, Message: fmt.Sprintf(
		"no contact with the %s: %s; it is asked again until it answers, no batch run is touched, and nothing new starts", c.peer, c.why)}
}

// remind is what to tell people when contact has been lost for long; false: nothing yet.
func (c *contact) remind(now time.Time) (record.Note, bool) {
	if now.Before(c.due) {
		return record.Note{}, false
	}
	c.due = now.Add(nextReminder)
	return record.Note{Kind: record.ContactMissed, Peer: c.peer, Message: fmt.Sprintf(
		"still no contact with the %s after %s and %s: %s; the run waits, and can be left with Ctrl-C or SIGTERM and resumed later",
		c.peer, readable.Elapsed(now.Sub(c.since)), c.failed(), c.why)}, true
}

// failed counts the failed calls.
func (c *contact) failed() string { return readable.Count(c.tries, "failed call") }

// lost takes in a failed call to a peer. While contact is lost only the probe counts.
func (l *loop) lost(c *contact, probe bool, why string, retryAfter time.Duration) {
	if c.lost && !probe {
		return
	}
	now := l.now()
	if c.fail(now, why, retryAfter, l.out.jitter()) {
		l.note(c.gone())
	} else if n, due := c.remind(now); due {
		l.note(n)
	}
}

// reached takes in that a peer answered.
func (l *loop) reached(c *contact) {
	if c.lost {
		l.note(c.back(l.now()))
	}
}
