package sim

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

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

// style is how codes are written.
type style struct{ numbers, in4xx, letterO, unknown bool }

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
		if p.Do == KillRunner || !p.Hits(at, op, code) {
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
		case ExpireToken:
			m.void = true
		case Slow:
			m.delay += p.slowness()
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

// isDown reports whether nobody listens for that kind of request.
func (p *pending) isDown(at time.Duration, op string) bool {
	return at >= p.from && at < p.to && (p.On == "" || p.On == op)
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

func (f *Fault) slowness() time.Duration {
	if f.Delay == 0 {
		return 30 * time.Second
	}
	return f.Delay
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
