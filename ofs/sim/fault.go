package sim

import (
	"net/http"
	"time"
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
	Delay      time.Duration // of Do "slow"; 0: 30 s
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

	InvalidGrant Deed = "invalid_grant" // the identity service refuses; On is token
	ExpireToken  Deed = "expire_token"  // every access token is void from then on; with At and no number once

	Down       Deed = "down"        // nobody listens; chosen by time only, On is empty or token
	KillRunner Deed = "kill_runner" // nothing happens here: the driver of a rehearsal reads it
)

// gateway tells whether the request had reached the scheduler when a gateway answered in its place.
func gateway(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

// A Clock is a time of day.
type Clock struct{ Hour, Minute, Second int }

// After is the first such time at or after t in the zone; nil means UTC. In the gap of a clock change it is
// what [time.Date] makes of it.
func (c Clock) After(t time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	local := t.In(zone)
	y, m, d := local.Date()
	at := time.Date(y, m, d, c.Hour, c.Minute, c.Second, 0, zone)
	if at.Before(t) {
		at = time.Date(y, m, d+1, c.Hour, c.Minute, c.Second, 0, zone)
	}
	return at
}

// Window is when the fault applies in a night that begins at start. A zero end means to the end of the night.
func (f Fault) Window(start time.Time, zone *time.Location) (from, to time.Time) {
	from = start
	if f.At != nil {
		from = f.At.After(start, zone)
	}
	if f.For > 0 {
		to = from.Add(f.For)
	}
	return from, to
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
	from, to time.Duration // since the night's start
	seen     int
}

// Counter counts for the fault in a night that begins at start.
func (f Fault) Counter(start time.Time, zone *time.Location) Counter {
	from, to := f.Window(start, zone)
	c := Counter{Fault: f, from: from.Sub(start), to: never}
	if !to.IsZero() {
		c.to = to.Sub(start)
	}
	return c
}

// Hits counts a request that is made so long after the night's start, and tells whether the fault hits it. op is the
// operation, and code the batch or group it is about.
func (c *Counter) Hits(at time.Duration, op, code string) bool {
	switch {
	case at < c.from || at >= c.to:
		return false
	case c.Do == ExpireToken && c.At != nil && c.Nth == 0 && c.Every == 0:
		c.seen++ // a moment, not a kind of request
		return c.seen == 1
	case c.On == "" && op == opToken, c.On != "" && c.On != op, c.Batch != "" && c.Batch != code:
		return false
	}
	c.seen++
	return (c.Nth == 0 || c.seen == c.Nth) && (c.Every == 0 || c.seen%c.Every == 0)
}
