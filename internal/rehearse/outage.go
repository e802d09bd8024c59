package rehearse

import (
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"ofsplan/runner"
	"ofsplan/runner/record"
)

// An Outage is a time in which nobody listens at the scheduler, from the moment a command is ordered. A scenario's own
// faults go by the clock and by requests that arrive: this one is there before the request is.
type Outage struct {
	Key runner.Key // of the command; one that is never ordered takes nothing away
	For time.Duration
	// Looks is the HTTP status that looks are answered with then, while everything else goes through. 0: nobody listens.
	Looks int
}

// outages are those of a night, and until when one lasts.
type outages struct {
	todo  []Outage
	until time.Time
	looks int
}

// look begins the outages of the commands that a turn orders.
func (o *outages) look(t record.Turn) {
	for _, c := range t.Decision.Commands {
		for _, one := range o.todo {
			if one.Key == c.Key {
				o.until, o.looks = t.At.Add(one.For), one.Looks
			}
		}
	}
}

// A wall stands before the scheduler while there is an outage. The identity service is elsewhere.
type wall struct {
	next http.RoundTripper
	now  func() time.Time
	*outages
}

// errNobody is what a dial says when nobody listens.
var errNobody = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}

// RoundTrip passes a request on unless there is an outage.
func (w wall) RoundTrip(req *http.Request) (*http.Response, error) {
	path := req.URL.Path
	switch {
	case !w.now().Before(w.until):
	case w.looks == 0 && !strings.HasSuffix(path, "/oauth2/v1/token"):
		return nil, errNobody
	case w.looks != 0 && strings.HasSuffix(path, "/status"):
		return &http.Response{StatusCode: w.looks, Body: http.NoBody, Request: req, Header: http.Header{}, ProtoMajor: 1, ProtoMinor: 1}, nil
	}
	return w.next.RoundTrip(req)
}
