package drive_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"ofsplan/plan/fact"
)

// A window is judged where the first byte would leave: a connection that stands when it has begun, at that very moment too, carries
// nothing, and the request leaves when it is over. A connection that stands before carries it.
func TestAConnectionThatStandsInAClosedWindowCarriesNothing(t *testing.T) {
	const text = `
version: 1
name: night
calendar: {closed: [{from: "00:05", to: "01:00"}]}
defaults: {timeout: 10m}
steps:
  - {id: load, trigger: {batch: LOAD}}
`
	for _, c := range []struct{ stands, sent time.Duration }{
		{5*time.Minute - time.Microsecond, 5*time.Minute - time.Microsecond},
		{5 * time.Minute, time.Hour}, {5*time.Minute + time.Microsecond, time.Hour}, {20 * time.Minute, time.Hour}, {2 * time.Hour, time.Hour},
	} {
		everyWorld(t, night{scenario: lasting(9 * time.Minute)}, func(t *testing.T, s *stage) {
			var slow atomic.Bool
			slow.Store(true)
			s.wire.meet = func(a asked) (*http.Response, error) {
				if a.Op == "trigger" && slow.CompareAndSwap(true, false) {
					return nil, s.wait(a.ctx, c.stands-a.At)
				}
				return nil, nil
			}
			s.mustEnd(text, fact.Succeeded)
			carried := s.sim.Carried()
			if len(carried) != 1 || carried[0].At.Sub(opening) < c.sent || carried[0].At.Sub(opening) > c.sent+time.Second {
				t.Errorf("the connection stands after %v: carried out %v", c.stands, carried)
			}
			for _, e := range s.events("load") {
				if e == "request.not_sent" || e == "request.in_doubt" {
					t.Errorf("the connection stands after %v: %v", c.stands, s.events("load"))
				}
			}
		})
	}
}
