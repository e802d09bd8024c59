package sim

import (
	"cmp"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ofsplan/internal/walltime"
)

// A Fault is something that goes wrong on the wire: which requests meet it, and what they meet.
//
// A fault looks at the requests that On and Batch choose, within At and For, and counts them; Nth picks one of
// them, Every each of that many, and neither picks all. Of several faults that break an answer the first counts.
type Fault struct {
	On    string        // trigger, status, interrupt, restart, rerun or token; "": all but token
	Batch string        // only requests about this batch or group; "": all
	Nth   int           // from 1; 0: not chosen by number
	Every int           // 0: likewise
	At    *Clock        // from the first such time after the night's start; nil: from the start
	For   time.Duration // how long from then; 0: to the end
	Do    Deed
	// Status is the HTTP status of Do "status", from 200 to 599.
	Status     int
	RetryAfter time.Duration // sent with Status; 0: not
	Delay      time.Duration // of Do "slow", 0: 30 s; of Do "stale_status", 0: 20 s; of Do "rotate_secret", 0: none
}

// A Deed is what a fault does.
type Deed string

// The deeds. Those that lose an answer differ in whether the request was carried out: a runner cannot tell.
const (
	DropAnswer  Deed = "drop_answer"  // carried out, then the connection closes without an answer
	DropRequest Deed = "drop_request" // not carried out, and the connection closes without an answer
	Reset       Deed = "reset"        // carried out, then the connection is reset
	Hang        Deed = "hang"         // carried out, and no answer ever comes
	Truncate    Deed = "truncate"     // carried out, and the answer ends in its middle
	Huge        Deed = "huge"         // carried out, and a gigabyte of blanks comes before the answer
	HTML        Deed = "html"         // not carried out: a portal answers with a page
	HTTPStatus  Deed = "status"       // an HTTP status of a gateway; carried out with 502 and 504 only
	Slow        Deed = "slow"         // carried out, and the answer takes its time

	CodesAsNumbers Deed = "codes_as_numbers" // "statusCode": 0
	CodesIn4xx     Deed = "codes_in_4xx"     // a refusal comes with an HTTP status of its own
	LetterO        Deed = "letter_o"         // "statusCode": "O"
	UnknownStatus  Deed = "unknown_status"   // a look is answered a status of the batch run that nobody has heard of

	StaleStatus   Deed = "stale_status"  // a look within Delay of a restart, or of a rerun that kept the id, is shown what was there before
	SameID        Deed = "same_id"       // a rerun keeps the batch run id
	CrossedID     Deed = "crossed_id"    // carried out, and the answer names the batch run that was started last before it
	Contradiction Deed = "contradiction" // of a batch run that succeeded, the first task or member is shown as failed

	InvalidGrant Deed = "invalid_grant" // the identity service refuses; On is token
	ExpireToken  Deed = "expire_token"  // every access token is void from then on; with At and no number once

	RotateSecret Deed = "rotate_secret" // the identity service takes another client secret from then on; its source has it after Delay. On is token

	KeepaliveRace     Deed = "keepalive_race"     // a look leaves on a kept connection as the server closes it; not carried out
	RefuseCertificate Deed = "refuse_certificate" // the client's certificate is not accepted; chosen by time only, On is empty or token

	Down       Deed = "down"        // nobody listens; chosen by time only, On is empty or token
	KillRunner Deed = "kill_runner" // nothing happens here: the driver of a rehearsal reads it
)

// gateway tells whether the request had reached the scheduler when a gateway answered in its place.
func gateway(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

// A Clock is a time of day.
type Clock struct{ Hour, Minute, Second int }

// On is that time on the nth day after a moment, in the zone; nil means UTC.
func (c Clock) On(t time.Time, n int, zone *time.Location) time.Time {
	zone = cmp.Or(zone, time.UTC)
	y, m, d := t.In(zone).Date()
	return walltime.At(y, m, d+n, c.Hour, c.Minute, c.Second, zone)
}

// After is the first such time at or after t in the zone; nil means UTC.
func (c Clock) After(t time.Time, zone *time.Location) time.Time {
	for n := 0; ; n++ {
		if at := c.On(t, n, zone); !at.Before(t) {
			return at
		}
	}
}

// recur is for how many days a fault at a time of day is looked for: longer than any night.
const recur = 40

// Windows are when the fault applies in a night that begins at start: one window, or one for each day when it begins at a time of
// day and ends. A zero end means to the end of the night; an end is never before its begin, and no window before the last one's.
func (f Fault) Windows(start time.Time, zone *time.Location) iter.Seq2[time.Time, time.Time] {
	return func(yield func(from, to time.Time) bool) {
		switch {
		case f.At == nil && f.For == 0:
			yield(start, time.Time{})
		case f.At == nil:
			yield(start, start.Add(f.For))
		case f.For == 0 && !f.moment():
			yield(f.At.After(start, zone), time.Time{})
		default:
			for n := range recur {
				if from := f.At.On(start, n, zone); !from.Before(start) && !yield(from, from.Add(f.For)) {
					return
				}
			}
		}
	}
}

// moment reports whether a fault at a time of day is over in that moment.
func (f Fault) moment() bool {
	clock := f.Nth == 0 && f.Every == 0
	return f.Do == ExpireToken && clock || f.Do == KillRunner && clock && f.On == "" && f.Batch == ""
}

// Struck tells for each fault of the scenario how many requests it has broken or changed so far, dials to a scheduler
// that is down included. Of kill_runner nothing is known here.
func (s *Scheduler) Struck() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]int, len(s.sc.Faults))
	for i := range s.night.faults {
		all[i] = s.night.faults[i].struck
	}
	return all
}

// A Counter counts the requests that a fault looks at in one night, and tells which of them it hits.
type Counter struct {
	Fault
	windows []window
	at      int // the window of the last request, or of the next one
	seen    int
}

// A window is a time since the night's start.
type window struct{ from, to time.Duration }

// within reports whether the fault applies so long after the night's start.
func (c *Counter) within(at time.Duration) bool {
	for c.at < len(c.windows)-1 && at >= c.windows[c.at].to {
		c.at++
	}
	return len(c.windows) > 0 && at >= c.windows[c.at].from && at < c.windows[c.at].to
}

// came reports whether the moment of another window has come.
func (c *Counter) came(at time.Duration) bool {
	came := c.at < len(c.windows) && at >= c.windows[c.at].from
	for c.at < len(c.windows) && at >= c.windows[c.at].from {
		c.at++
	}
	return came
}

// Counter counts for the fault in a night that begins at start.
func (f Fault) Counter(start time.Time, zone *time.Location) Counter {
	c := Counter{Fault: f}
	for from, to := range f.Windows(start, zone) {
		w := window{from.Sub(start), never}
		if !to.IsZero() {
			w.to = to.Sub(start)
		}
		c.windows = append(c.windows, w)
	}
	return c
}

// Hits counts a request that is made so long after the night's start, and tells whether the fault hits it. op is the
// operation, and code the batch or group it is about.
func (c *Counter) Hits(at time.Duration, op, code string) bool {
	switch {
	case c.Do == ExpireToken && c.At != nil && c.Nth == 0 && c.Every == 0: // a moment, not a kind of request
		return c.came(at)
	case !c.within(at):
		return false
	case c.On == "" && op == opToken, c.On != "" && c.On != op, c.Batch != "" && c.Batch != code:
		return false
	}
	c.seen++
	return (c.Nth == 0 || c.seen == c.Nth) && (c.Every == 0 || c.seen%c.Every == 0)
}

// A night is when it began and what goes wrong in it.
type night struct {
	began  bool
	start  time.Time
	faults []pending
}

// pending is a fault that counts, and how many requests it has broken or changed.
type pending struct {
	Counter
	struck int
}

func newNight(start time.Time, sc Scenario) night {
	n := night{began: true, start: start}
	for _, f := range sc.Faults {
		n.faults = append(n.faults, pending{Counter: f.Counter(start, sc.Zone)})
	}
	return n
}

// met is what a request meets: at most one fault that breaks it, and any number that only change the answer.
type met struct {
	breaks *Fault
	style  style
	delay  time.Duration
	void   bool // every token is void first
}

// style is how codes are written, and what an answer says that is not so.
type style struct {
	numbers, in4xx, letterO, unknown bool
	sameID, crossed, denies          bool          // see untrue.go
	lag                              time.Duration // likewise; 0: none
}

// meet asks every fault.
func (n *night) meet(at time.Duration, op, code string) met {
	var m met
	for i := range n.faults {
		p := &n.faults[i]
		if p.Do == Down {
			if m.breaks == nil && p.isDown(at, op) {
				m.breaks = &p.Fault
				p.struck++
			}
			continue
		}
		if p.Do.elsewhere() || !p.Hits(at, op, code) {
			continue
		}
		p.struck++
		switch p.Do {
		case CodesAsNumbers:
			m.style.numbers = true
		case CodesIn4xx:
			m.style.in4xx = true
		case LetterO:
			m.style.letterO = true
		case UnknownStatus:
			m.style.unknown = true
		case StaleStatus:
			m.style.lag = max(m.style.lag, p.lagging())
		case SameID:
			m.style.sameID = true
		case CrossedID:
			m.style.crossed = true
		case Contradiction:
			m.style.denies = true
		case ExpireToken:
			m.void = true
		case Slow:
			m.delay += cmp.Or(p.Delay, 30*time.Second)
		default:
			if m.breaks == nil {
				m.breaks = &p.Fault
			} else {
				p.struck--
			}
		}
	}
	return m
}

// elsewhere reports whether a deed does nothing to an answer, but to a runner, a connection or a secret.
func (d Deed) elsewhere() bool {
	return d == KillRunner || d == KeepaliveRace || d == RefuseCertificate || d == RotateSecret
}

// isDown reports whether nobody listens for that kind of request.
func (p *pending) isDown(at time.Duration, op string) bool {
	return (p.On == "" || p.On == op) && p.within(at)
}

// down reports whether nobody listens.
func (n *night) down(at time.Duration, op string) bool {
	for i := range n.faults {
		if p := &n.faults[i]; p.Do == Down && p.isDown(at, op) {
			p.struck++
			return true
		}
	}
	return false
}

// before is what happens in place of carrying the request out.
func (m *met) before() (Reply, bool) {
	if m.breaks == nil {
		return Reply{}, false
	}
	r := Reply{Delay: m.delay}
	switch f := m.breaks; {
	case f.Do == DropRequest, f.Do == Down:
		r.Cut = Closed
	case f.Do == HTML:
		r.page()
	case f.Do == HTTPStatus && !gateway(f.Status):
		r.status(f)
	case f.Do == InvalidGrant:
		r.Status, r.Body = grantRefused("invalid_grant", "the identity service refuses")
		r.Header = jsonHeader
	default:
		return Reply{}, false
	}
	return r, true
}

// after is what becomes of the answer to a request that was carried out.
func (m *met) after(r Reply) Reply {
	r.Delay += m.delay
	if m.breaks == nil {
		return r
	}
	switch m.breaks.Do {
	case DropAnswer:
		r.Cut = Closed
	case Reset:
		r.Cut = BrokenOff
	case Hang:
		r.Cut = Silent
	case Truncate:
		r.Cut = Half
	case Huge:
		r.Padding = 1 << 30
	case HTTPStatus:
		r.status(m.breaks)
	}
	return r
}

// page is what a portal puts in place of an answer.
func (r *Reply) page() {
	r.Status = http.StatusOK
	r.Header = http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	r.Body = []byte("<!DOCTYPE html>\n<html><head><title>Sign in</title></head>" +
		"<body><h1>Sign in</h1><p>Your session has ended.</p></body></html>\n")
}

// status is what a gateway puts in place of an answer.
func (r *Reply) status(f *Fault) {
	r.Status, r.RetryAfter = f.Status, f.RetryAfter
	r.Header = http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
	r.Body = []byte(strconv.Itoa(f.Status) + " " + strings.TrimSpace(http.StatusText(f.Status)) + "\n")
	switch {
	case f.Status == http.StatusNoContent || f.Status == http.StatusNotModified:
		r.Body = nil
	case f.Status/100 == 3:
		r.Header.Set("Location", "https://elsewhere.invalid/")
	}
}
