package sim

import (
	"net/http"
	"time"
)

// A Request is what reached the scheduler or its token endpoint.
type Request struct {
	Method string
	Path   string // of the URL
	Header http.Header
	Body   []byte
}

// A Reply is what comes back, and what becomes of it on the way. A face carries it out.
type Reply struct {
	Status     int // of HTTP
	Header     http.Header
	RetryAfter time.Duration // 0: not said; in the night's time, as Delay is
	Body       []byte
	Padding    int64         // so many blanks come before Body
	Delay      time.Duration // before the first byte
	Cut        Cut
}

// A Cut is what becomes of the connection. Whatever it is, the request has been answered at the scheduler's
// end: whether it was carried out is another question.
type Cut int

// The cuts.
const (
	Uncut     Cut = iota // the answer arrives
	Closed               // the connection closes without an answer
	BrokenOff            // the connection is reset without an answer
	Silent               // no answer ever comes
	Half                 // the first half of the answer arrives, then the connection closes
)

// A Carried is one request that changed something, as the scheduler remembers it.
type Carried struct {
	At     time.Time
	Op     string // trigger, interrupt, restart or rerun
	Mark   string // which request of which run, as ofs.Mark finds it in Agent
	Agent  string // the whole User-Agent
	Object string // batch or group
	Code   string // of the batch or group
	From   string // the batch run id in the request; empty for a trigger
	RunID  string // the batch run id in the answer
	Start  int    // which start of its batch or group it was, or stopped, as the scenario counts them; from 1
}

// A Tally counts requests by operation.
type Tally struct {
	Trigger   int `json:"trigger"`
	Status    int `json:"status"`
	Interrupt int `json:"interrupt"`
	Restart   int `json:"restart"`
	Rerun     int `json:"rerun"`
	Token     int `json:"token"`
}

// Total is all of them together.
func (t Tally) Total() int {
	return t.Trigger + t.Status + t.Interrupt + t.Restart + t.Rerun + t.Token
}

// add counts one request. What is no operation at all is not counted.
func (t *Tally) add(op string) {
	switch op {
	case opTrigger:
		t.Trigger++
	case opStatus:
		t.Status++
	case opInterrupt:
		t.Interrupt++
	case opRestart:
		t.Restart++
	case opRerun:
		t.Rerun++
	case opToken:
		t.Token++
	}
}

// Asked counts the requests that reached the scheduler or its token endpoint, carried out or not.
func (s *Scheduler) Asked() Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}
