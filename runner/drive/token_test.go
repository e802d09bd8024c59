package drive_test

import (
	"slices"
	"testing"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

func TestATokenIsRenewedBeforeItEnds(t *testing.T) {
	n := night{scenario: lasting(2 * time.Hour), options: sim.Options{TokenLife: 10 * time.Minute}}
	everyWorld(t, n, func(t *testing.T, s *stage) {
		s.mustEnd(fan(5), fact.Succeeded)
		if got := len(s.wire.of("token")); got < 12 || got > 15 {
			t.Errorf("%d tokens in two hours, each for ten minutes", got)
		}
	})
}

func TestATokenThatIsNotAcceptedIsReplaced(t *testing.T) {
	sc := lasting(10 * time.Minute)
	sc.Faults = []sim.Fault{{On: "trigger", Batch: "LOAD", Nth: 1, Do: sim.ExpireToken}, {On: "status", Nth: 5, Do: sim.ExpireToken}}
	everyWorld(t, night{scenario: sc}, func(t *testing.T, s *stage) {
		s.mustEnd(chain, fact.Succeeded)
		want := []string{"request.sent", "request.refused", "request.sent", "request.accepted", "batch.observed"}
		if got := s.events("load"); !slices.Equal(got, want) {
			t.Errorf("load: got %v, want %v", got, want)
		}
		if got := len(s.wire.of("token")); got != 3 {
			t.Errorf("%d tokens, want 3", got)
		}
		if got := s.notesOf(record.ContactLost); len(got) != 0 {
			t.Errorf("a stale token is no lost contact: %v", got)
		}
	})
}

// Looks that leave together are refused together: that is one token that ended, and no lost contact.
func TestATokenThatEndsUnderManyLooksIsReplaced(t *testing.T) {
	sc := lasting(time.Hour)
	sc.Faults = []sim.Fault{
		{At: &sim.Clock{Minute: 10}, Do: sim.ExpireToken}, {At: &sim.Clock{Minute: 20}, Do: sim.ExpireToken},
		{On: "status", Do: sim.Slow, Delay: time.Second},
	}
	everyWorld(t, night{scenario: sc}, func(t *testing.T, s *stage) {
		s.mustEnd(fan(5), fact.Succeeded)
		if got := len(s.wire.of("token")); got != 3 {
			t.Errorf("%d tokens, want 3", got)
		}
		if got := s.notesOf(record.ContactLost); len(got) != 0 {
			t.Errorf("a stale token is no lost contact: %v", got)
		}
	})
}

func TestAnIdentityServiceThatIsAwayIsWaitedFor(t *testing.T) {
	sc := lasting(4 * time.Hour)
	away := down(30*time.Minute, 3*time.Hour)
	away.On = "token"
	sc.Faults = []sim.Fault{away}
	everyWorld(t, night{scenario: sc, options: sim.Options{TokenLife: 20 * time.Minute}}, func(t *testing.T, s *stage) {
		s.mustEnd(fan(3), fact.Succeeded)
		if lost := s.notesOf(record.ContactLost); len(lost) != 1 || lost[0].Peer != "identity service" {
			t.Errorf("lost: %v", lost)
		}
		if got := len(s.wire.of("token")); got > 300 {
			t.Errorf("%d calls for a token", got)
		}
	})
}

func TestRefusedCredentialsEndWhatWaitsToBeSent(t *testing.T) {
	const text = `
version: 1
name: later
steps:
  - id: nap
    sleep: 10m
  - id: load
    trigger: {batch: LOAD}
`
	sc := sim.Scenario{Faults: []sim.Fault{{On: "token", At: &sim.Clock{Minute: 5}, Do: sim.InvalidGrant}}}
	everyWorld(t, night{scenario: sc, options: sim.Options{TokenLife: 5 * time.Minute}}, func(t *testing.T, s *stage) {
		s.mustEnd(text, fact.Failed)
		last := s.turns[len(s.turns)-1]
		if e, ok := last.Event.(runner.RequestNotSent); !ok || !e.Unauthorized || last.At.Sub(opening) != 10*time.Minute {
			t.Errorf("got %+v", last)
		}
	})
}

// What watches waits for better credentials, and does not try those it has each minute: that locks accounts.
func TestRefusedCredentialsAreRarelyShownAgain(t *testing.T) {
	sc := lasting(4 * time.Hour)
	sc.Faults = []sim.Fault{{On: "token", At: &sim.Clock{Minute: 5}, For: 3 * time.Hour, Do: sim.InvalidGrant}}
	everyWorld(t, night{scenario: sc, options: sim.Options{TokenLife: 20 * time.Minute}}, func(t *testing.T, s *stage) {
		s.mustEnd(one, fact.Succeeded)
		if got := len(s.wire.of("token")); got > 60 {
			t.Errorf("%d calls for a token", got)
		}
	})
}
