package drive

import (
	"fmt"
	"strings"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/ofs"
	"ofsplan/runner/record"
)

// The back-off of one who is out of contact: the first wait, and the longest.
const (
	firstBackOff = time.Second
	lastBackOff  = time.Minute
)

// mostPatience is how long a Retry-After is obeyed. It is advice: whoever sends it does not know that a night waits.
const mostPatience = 5 * time.Minute

// briefly is how long contact may be lost after one failed call before it is an outage that people hear of.
const briefly = 10 * time.Second

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
	tried time.Time // when the last probe began that failed
	begun time.Time // when the probe began that is under way
	probe bool      // the one call is under way
	tries int       // failed calls since then
	next  time.Time // when the next may be made
	telling
}

// telling is what people hear of lost contact.
type telling struct {
	why     string    // what the last failed call said, in one line
	no      bool      // the peer answered, and will not have us
	alone   string    // how long it asked to be left alone, as part of a sentence; empty: it did not
	told    bool      // they know
	alerted bool      // the machine was told, for those whom the plan wants told
	due     time.Time // when they are told, or reminded, whatever calls are made
}

// A failure is what a failed call says of its peer.
type failure struct {
	why        string        // in one line
	retryAfter time.Duration // how long the peer asked to be left alone; 0: it did not
}

// failureOf is the failure of a call that brought message, with a hint on a second line. The hint goes along when it is about
// something that waiting does not mend.
func failureOf(message string, trouble ofs.Trouble, retryAfter time.Duration) failure {
	if trouble == ofs.Unreachable || trouble == ofs.Slow {
		message, _, _ = strings.Cut(message, "\n")
	}
	return failure{ofs.OneLine(message), retryAfter}
}

// silence is the failure of a call that brought no answer, or none that can be used.
func silence(e *ofs.CallError) failure { return failureOf(e.Error(), e.Trouble, e.RetryAfter) }

// begin notes that a call to find out about the peer is under way.
func (c *contact) begin(now time.Time) { c.probe, c.begun = true, now }

// fail notes a failed call.
func (c *contact) fail(now time.Time, f failure, jitter float64) {
	if !c.lost {
		*c = contact{peer: c.peer, lost: true, since: now, telling: telling{due: now.Add(briefly)}}
	}
	c.told, c.no = c.told && !c.no, false // that it does not answer any more is news
	wait := max(backOff(c.tries, jitter), patience(f.retryAfter))
	c.why, c.probe, c.tried, c.next = f.why, false, c.begun, now.Add(wait)
	c.alone = leftAlone(now, f.retryAfter)
	c.tries++
}

// refuse notes that a peer answered and will not have us with the credentials we have.
func (c *contact) refuse(now time.Time, e *ofs.CallError) {
	if !c.lost {
		*c = contact{peer: c.peer, lost: true, since: now}
	}
	c.told = c.told && c.no // that it answers again, and what, is news
	c.no, c.probe, c.why = true, false, ofs.OneLine(e.Error())
	c.next, c.alone = now.Add(sourceAgain), "they are read again each minute; "
	if e.RetryAfter > 0 {
		c.next = now.Add(min(sourceAgain, e.RetryAfter))
		c.alone = fmt.Sprintf("they are shown again at %sZ, at once when they change, and no oftener, so that no account is locked; ",
			readable.Clock(now.Add(e.RetryAfter)))
	}
	if !e.Withheld {
		c.tries++
		c.tried = c.begun
	}
}

// nextFor is when the next probe may be made: also when the time of a request is over that has waited for contact, since it is
// tried then, unless the peer asked to be left alone.
func (c *contact) nextFor(e *request) time.Time {
	if e != nil && c.alone == "" && c.tried.Before(e.cmd.NotAfter) && e.cmd.NotAfter.Before(c.next) {
		return e.cmd.NotAfter
	}
	return c.next
}

// patience is how long we leave alone whoever asks for it.
func patience(retryAfter time.Duration) time.Duration { return min(retryAfter, mostPatience) }

// leftAlone says until when a peer asks to be left alone, and when it is asked again if that is earlier.
func leftAlone(now time.Time, retryAfter time.Duration) string {
	if retryAfter <= 0 {
		return ""
	}
	until := now.Add(retryAfter)
	text := fmt.Sprintf("it asks to be left alone until %sZ", readable.Clock(until))
	if until.Truncate(24 * time.Hour).After(now) {
		text = "it asks to be left alone until " + readable.Stamp(until) // another day
	}
	if retryAfter > mostPatience {
		text += fmt.Sprintf(", and is asked again at %sZ", readable.Clock(now.Add(mostPatience)))
	}
	return text + "; "
}

// backOff is the wait after so many failed calls: doubled each time, and between a half and one and a half of
// that for jitter from 0 up to 1.
func backOff(tries int, jitter float64) time.Duration {
	wait := min(lastBackOff, firstBackOff<<min(tries, 16))
	return time.Duration(float64(wait) * (0.5 + jitter))
}

// tell is what people are to hear now of contact that is lost; false: nothing. One call that failed is told only when
// contact is not back soon.
func (c *contact) tell(now time.Time) (record.Note, bool) {
	switch {
	case !c.lost:
	case !c.told && (c.tries > 1 || c.no || !now.Before(c.due)):
		c.told, c.due = true, later(now, c.since.Add(firstReminder))
		return c.gone(), true
	case c.told && !now.Before(c.due):
		c.due = now.Add(nextReminder)
		return c.missed(now), true
	}
	return record.Note{}, false
}

// gone is what to tell people when contact is lost.
func (c *contact) gone() record.Note {
	n := record.Note{Kind: record.ContactLost, Peer: c.peer, Refused: c.no, Since: c.since}
	if c.no {
		n.Message = fmt.Sprintf("the %s does not accept the credentials: %s; %sno batch run is touched, and nothing new starts; "+
			"once that is mended, Ctrl-C and ofsplan resume is faster", c.peer, c.why, c.alone)
		return n
	}
	n.Message = fmt.Sprintf("no contact with the %s: %s; %sit is asked again until it answers, no batch run is touched, and nothing new starts",
		c.peer, c.why, c.alone)
	return n
}

// missed is what to tell people when contact has been lost for long.
func (c *contact) missed(now time.Time) record.Note {
	if c.no {
		return record.Note{Kind: record.ContactMissed, Peer: c.peer, Refused: true, Message: fmt.Sprintf(
			"the %s still does not accept the credentials after %s and %s: %s; %sonce that is mended, Ctrl-C and ofsplan resume is faster",
			c.peer, readable.Elapsed(now.Sub(c.since)), c.failed(), c.why, c.alone)}
	}
	return record.Note{Kind: record.ContactMissed, Peer: c.peer, Message: fmt.Sprintf(
		"still no contact with the %s after %s and %s: %s; %sthe run waits, and can be left with Ctrl-C or SIGTERM and resumed later",
		c.peer, readable.Elapsed(now.Sub(c.since)), c.failed(), c.why, c.alone)}
}

// back is what to tell people when the peer answers again.
func (c *contact) back(now time.Time) record.Note {
	return record.Note{Kind: record.ContactBack, Peer: c.peer, Message: fmt.Sprintf("contact with the %s is back after %s and %s",
		c.peer, readable.Elapsed(now.Sub(c.since)), c.failed())}
}

// failed counts the failed calls.
func (c *contact) failed() string { return readable.Count(c.tries, "failed call") }

// lost takes in a failed call to a peer. While contact is lost only the probe counts.
func (l *loop) lost(c *contact, probe bool, f failure) {
	if c.lost && !probe {
		return
	}
	c.fail(l.now(), f, l.out.jitter())
	l.tellLost(c)
}

// tellLost tells people of lost contact what is due.
func (l *loop) tellLost(c *contact) {
	n, due := c.tell(l.now())
	if !due {
		return
	}
	l.note(n)
	if n.Kind == record.ContactMissed && !c.alerted {
		c.alerted = true
		l.overdue(c)
	}
}

// reached takes in that a peer answered. People who were not told that contact was lost are not told that it is back.
func (l *loop) reached(c *contact) {
	if !c.lost {
		return
	}
	if c.told {
		l.note(c.back(l.now()))
	}
	*c = contact{peer: c.peer}
}

// remind tells people what the clock says is due.
func (l *loop) remind(now time.Time) {
	l.tellLost(&l.out.scheduler)
	l.tellLost(&l.out.identity)
	for _, w := range l.watches.told {
		l.remindOfRefusal(w, now)
	}
}

// reminder is when people are to be told or reminded next of anything that is missing; zero: of nothing.
func (l *loop) reminder() (at time.Time) {
	for _, c := range []*contact{&l.out.scheduler, &l.out.identity} {
		if c.lost {
			at = earlier(at, c.due)
		}
	}
	for _, w := range l.watches.told {
		at = earlier(at, w.refusal.due)
	}
	return at
}
