package drive_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/plan/fact"
)

// A disk that is nearly full keeps the next request here. What is under way is recorded in the room that is left, and the
// run is resumed when there is more.
func TestWithoutRoomNothingNewIsStarted(t *testing.T) {
	errFull := errors.New("3 MiB are left\n\tmake room")
	everyWorld(t, night{scenario: lasting(time.Hour)}, func(t *testing.T, s *stage) {
		asked := 0
		s.cfg.Room = func() error {
			if asked++; asked > 1 {
				return errFull
			}
			return nil
		}
		result, err := s.run(chain)
		if !errors.Is(err, errFull) || !result.Detached || result.End != nil {
			t.Fatalf("got %+v, %v", result, err)
		}
		if n := len(s.sim.Carried()); n != 1 {
			t.Errorf("%d requests were carried out, want 1", n)
		}
		got := s.events("")
		if want := "run.detached"; got[len(got)-1] != want || slices.Contains(got, "request.not_sent") || s.journal.durable != len(s.journal.entries) {
			t.Errorf("events %v, %d of them durable", got, s.journal.durable)
		}
		if last := string(s.journal.entries[len(s.journal.entries)-1].Data); !strings.Contains(last, `"3 MiB are left"`) {
			t.Errorf("the reason on record is %s", last)
		}
		if m := s.journal.replayed(t, chain).Status(); m.Ended || len(m.Pending) != 1 {
			t.Errorf("pending after a replay: %v", m.Pending)
		}
		s.lawful()
	})
}

func TestWithRoomEverythingIsStarted(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Minute)}, func(t *testing.T, s *stage) {
		s.cfg.Room = func() error { return nil }
		s.mustEnd(chain, fact.Succeeded)
	})
}
