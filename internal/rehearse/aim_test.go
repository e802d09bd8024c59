package rehearse

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"ofsplan/ofs"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// The windows of a request that changes something, in which its runner may die.
const (
	beforeGate = "before the gate"
	unanswered = "between sent and answer"
	accepted   = "right after accepted"
	inSync     = "a sync"
	inTear     = "a torn write"
	// outOfReach is none: nobody listens when the request is to be made, for longer than it may wait.
	outOfReach = "out of reach"
)

// windows are all in which a runner dies.
var windows = []string{beforeGate, unanswered, accepted, inSync, inTear}

// mutating are the operations that have those windows.
var mutating = []runner.Op{runner.OpTrigger, runner.OpRestart, runner.OpRerun, runner.OpInterrupt}

// An aim is the window in which the next runner dies.
type aim struct {
	window string    // empty: in none
	common bool      // of a trigger; else of any other request, of which there are fewer
	skip   int       // so many requests are let pass
	left   int       // how many more aims are taken
	record runner.Op // of the record that the runner dies over in its next sync; empty: of none
}

// takeAim draws the next window.
func (h *hardship) takeAim() {
	h.aim.window = ""
	if h.aim.left--; h.aim.left < 0 {
		return
	}
	h.aim.window = append(windows, outOfReach)[h.IntN(1+len(windows))]
	h.aim.common, h.aim.skip = h.IntN(7) == 0, max(0, h.IntN(4)-2)
}

// hit reports whether a window is the one aimed at, and takes the next aim then.
func (h *hardship) hit(window string, key runner.Key) bool {
	if h.stopped != nil || h.aim.window != window || !key.Op.Mutating() || h.aim.common != (key.Op == runner.OpTrigger) {
		return false
	}
	if h.aim.skip--; h.aim.skip >= 0 {
		return false
	}
	if h.tell("%s: %s", key, window); window != inSync {
		h.reached[window+" of "+string(key.Op)]++
	}
	h.takeAim()
	return true
}

// turn kills the runner right after a turn, takes the scheduler out of reach, or leaves a word in the inbox.
func (h *hardship) turn(t record.Turn) {
	for _, c := range t.Decision.Commands {
		if h.hit(outOfReach, c.Key) {
			h.play.faults.outage = outage{until: t.At.Add(time.Duration(20+h.IntN(60)) * time.Minute)}
		}
	}
	switch t.Event.(type) {
	case runner.RequestSent:
		if h.hit(unanswered, t.Event.Subject()) {
			h.kill("an exchange")
		}
	case runner.RequestAccepted:
		if h.hit(accepted, t.Event.Subject()) {
			h.kill("a start")
		}
	}
	if h.stopped == nil {
		h.write(t)
	}
}

// A road leads to the scheduler. The runner may die on it while it connects.
type road struct {
	*hardship
	next http.RoundTripper
}

// transport is the way to the scheduler that the next runner takes.
func (h *hardship) transport(next http.RoundTripper) http.RoundTripper { return road{h, next} }

// RoundTrip passes a request on.
func (r road) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.aim.window == beforeGate {
		var key runner.Key
		_, text, _ := strings.Cut(ofs.Mark(req.Header.Get("User-Agent")), "/") // behind the run's id
		if key.UnmarshalText([]byte(text)) == nil && r.hit(beforeGate, key) {
			r.kill("a dial")
		}
	}
	return r.next.RoundTrip(req)
}

// writing looks for the record aimed at in what is being written. The runner dies in this write, or in the sync that
// follows it.
func (h *hardship) writing(b []byte) (torn bool) {
	if h.stopped != nil || h.aim.window != inSync && h.aim.window != inTear {
		return false
	}
	for line := range bytes.Lines(b) {
		_, about, request := bytes.Cut(line, []byte(`"type":"request.`))
		_, text, _ := bytes.Cut(about, []byte(`"key":"`))
		text, _, _ = bytes.Cut(text, []byte(`"`))
		var key runner.Key
		if !request || key.UnmarshalText(text) != nil {
			continue
		}
		switch {
		case h.hit(inTear, key):
			return true
		case h.hit(inSync, key):
			h.next, h.aim.record = h.calls+2, key.Op
			return false
		}
	}
	return false
}
