package drive_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// chain is three batches, one after the other.
const chain = `
version: 1
name: chain
defaults: {poll: 30s}
steps:
  - id: extract
    trigger: {batch: EXTRACT}
  - id: load
    trigger: {batch: LOAD}
  - id: report
    trigger: {batch: REPORT}
`

// one is a single batch.
const one = `
version: 1
name: one
steps:
  - id: load
    poll: {every: 10s, max: 60s, factor: 2}
    trigger: {batch: LOAD}
`

// lasting is a scenario in which every batch takes as long.
func lasting(d time.Duration) sim.Scenario {
	return sim.Scenario{Unknown: sim.Unknown{Duration: sim.Lasting(d)}}
}

func TestANightIsDrivenToItsEnd(t *testing.T) {
	everyWorld(t, night{scenario: lasting(45 * time.Second)}, func(t *testing.T, s *stage) {
		result := s.mustEnd(chain, fact.Succeeded)
		if got, want := result.At.Sub(opening), 3*time.Minute; got != want {
			t.Errorf("took %s, want %s: each batch is seen to be over at its third look", got, want)
		}
		want := []string{"request.sent", "request.accepted", "batch.observed"}
		for _, step := range []string{"extract", "load", "report"} {
			if diff := cmp.Diff(want, s.events(step)); diff != "" {
				t.Errorf("%s: want (-), got (+):\n%s", step, diff)
			}
		}
	})
}

// The same night gives the same journal in both worlds, and in the virtual one byte for byte each time.
func TestBothWorldsWriteTheSameJournal(t *testing.T) {
	var journals []string
	n := night{scenario: lasting(45 * time.Second)}
	for range 2 {
		everyWorld(t, n, func(t *testing.T, s *stage) {
			s.mustEnd(chain, fact.Succeeded)
			journals = append(journals, s.journal.String())
		})
	}
	for _, j := range journals[1:] {
		if diff := cmp.Diff(journals[0], j); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestLooksComeAtOnceAndThenByThePoll(t *testing.T) {
	everyWorld(t, night{scenario: lasting(4 * time.Minute)}, func(t *testing.T, s *stage) {
		s.mustEnd(one, fact.Succeeded)
		var got []time.Duration
		for _, a := range s.wire.of("status") {
			got = append(got, a.At/time.Second)
		}
		if diff := cmp.Diff([]time.Duration{0, 10, 30, 70, 130, 190, 250}, got); diff != "" {
			t.Errorf("seconds at which the scheduler was asked, want (-), got (+):\n%s", diff)
		}
	})
}

func TestATurnThatDecidesNothingIsNotWritten(t *testing.T) {
	everyWorld(t, night{scenario: lasting(4 * time.Minute)}, func(t *testing.T, s *stage) {
		s.mustEnd(one, fact.Succeeded)
		if looks, written := len(s.wire.of("status")), len(slices.DeleteFunc(s.events(""), func(e string) bool { return e != "batch.observed" })); looks < 7 || written != 1 {
			t.Errorf("%d looks, %d written; want only the last written", looks, written)
		}
	})
}

func TestNobodyLooksAfterTheEnd(t *testing.T) {
	const two = `
version: 1
name: two
steps:
  - id: short
    needs: []
    poll: 1s
    trigger: {batch: SHORT}
  - id: long
    needs: []
    poll: 1s
    trigger: {batch: LONG}
`
	n := night{scenario: sim.Scenario{Batches: map[string]sim.Batch{
		"SHORT": {Duration: sim.Lasting(10 * time.Second)}, "LONG": {Duration: sim.Lasting(time.Minute)},
	}}}
	everyWorld(t, n, func(t *testing.T, s *stage) {
		result := s.mustEnd(two, fact.Succeeded)
		last := map[string]time.Duration{}
		for _, a := range s.wire.of("status") {
			last[a.Run[:4]] = a.At
		}
		if want := map[string]time.Duration{"SHOR": 10 * time.Second, "LONG": time.Minute}; !cmp.Equal(want, last) {
			t.Errorf("last looks: got %v, want %v", last, want)
		}
		if got := len(s.wire.of("status")); got != 11+61 {
			t.Errorf("%d looks, want 72", got)
		}
		if result.At.Sub(opening) != time.Minute {
			t.Errorf("ended at %s", result.At)
		}
	})
}

// Observers hear of a turn when it is written, and of an accepted run id only when that is durable.
func TestObserversHearOnlyWhatIsWritten(t *testing.T) {
	everyWorld(t, night{scenario: lasting(45 * time.Second)}, func(t *testing.T, s *stage) {
		heard := 0
		s.cfg.Turn = func(turn record.Turn) {
			heard++
			if heard > len(s.journal.entries) {
				t.Errorf("%s was shown before it was written", turn.Event.Type())
			}
			switch turn.Event.(type) {
			case runner.RunStarted, runner.RequestSent, runner.RequestAccepted:
				if s.journal.durable < heard {
					t.Errorf("%s was shown before it was durable", turn.Event.Type())
				}
			}
		}
		s.mustEnd(chain, fact.Succeeded)
		if heard != len(s.journal.entries) {
			t.Errorf("%d turns were shown, %d written", heard, len(s.journal.entries))
		}
	})
}

// The end of one step and the intent of the next share a sync: two for each step, one for the start, one for the end.
func TestAStepCostsTwoSyncs(t *testing.T) {
	everyWorld(t, night{scenario: lasting(45 * time.Second)}, func(t *testing.T, s *stage) {
		s.mustEnd(chain, fact.Succeeded)
		if got, want := s.journal.syncs, 1+3*2+1; got != want {
			t.Errorf("%d syncs, want %d\n%s", got, want, s.journal)
		}
	})
}

// Steps that are ready together are recorded together: one write and one sync let all of them go.
func TestGatesThatAreReadyTogetherShareASync(t *testing.T) {
	s := virtualStage(t, night{scenario: lasting(time.Minute)})
	s.mustEnd(fan(50), fact.Succeeded)
	if s.journal.syncs > 10 {
		t.Errorf("%d syncs for 50 steps that start at once", s.journal.syncs)
	}
}

func TestTheHeadIsPassedOnWhenItMatters(t *testing.T) {
	everyWorld(t, night{scenario: lasting(3 * time.Hour)}, func(t *testing.T, s *stage) {
		var at []time.Duration
		s.cfg.Head = func() error {
			if s.journal.durable != len(s.journal.entries) {
				t.Error("the head was passed on before it was durable")
			}
			at = append(at, s.world.Now().Sub(opening))
			return nil
		}
		s.mustEnd(one, fact.Succeeded)
		want := []time.Duration{0, 0, 3*time.Hour + 10*time.Second} // the start, the first request, the end
		if !cmp.Equal(at, want) {
			t.Errorf("passed on at %v, want %v", at, want)
		}
	})
}

// A night in which something happens each minute keeps a dozen heads, further and further apart.
func TestHeadsArePassedOnAtGrowingDistances(t *testing.T) {
	var text strings.Builder
	text.WriteString("version: 1\nname: nightly\nsteps:\n")
	for n := range 300 {
		fmt.Fprintf(&text, "  - id: s%d\n    trigger: {batch: B%d}\n", n, n)
		if n > 0 {
			fmt.Fprintf(&text, "    needs: s%d\n", n-1)
		}
	}
	s := virtualStage(t, night{scenario: lasting(time.Minute)})
	var at []time.Duration
	s.cfg.Head = func() error {
		at = append(at, s.world.Now().Sub(opening))
		return nil
	}
	s.mustEnd(text.String(), fact.Succeeded)
	if len(at) < 10 || len(at) > 16 {
		t.Fatalf("passed on %d times, at %v", len(at), at)
	}
	want := time.Minute
	for i := 2; i < len(at)-1; i++ {
		if gap := at[i] - at[i-1]; gap < want || gap > want+3*time.Minute {
			t.Errorf("%v after the one before, want %v: %v", gap, want, at)
		}
		want = min(2*want, time.Hour)
	}
}

func TestAHeadThatCannotBeKeptStopsTheRun(t *testing.T) {
	everyWorld(t, night{}, func(t *testing.T, s *stage) {
		full := errors.New("ledger: no space left")
		calls := 0
		s.cfg.Head = func() error {
			if calls++; calls == 2 { // before the first request
				return full
			}
			return nil
		}
		_, err := s.run(chain)
		if !errors.Is(err, drive.ErrJournal) || !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		if got := s.sim.Carried(); len(got) != 0 {
			t.Errorf("carried out: %v", got)
		}
	})
}

func TestAHeartbeatIsNotedEveryQuarterOfAnHour(t *testing.T) {
	everyWorld(t, night{scenario: lasting(2 * time.Hour)}, func(t *testing.T, s *stage) {
		s.mustEnd(one, fact.Succeeded)
		beats := s.notesOf(record.Heartbeat)
		if len(beats) != 8 || beats[0].Message != "1 batch runs watched, 0 requests waiting, 0 calls under way" {
			t.Errorf("got %d: %v", len(beats), beats)
		}
		notes := 0
		for _, e := range s.journal.entries {
			if e.Note {
				notes++
			}
		}
		if notes != len(beats) {
			t.Errorf("%d notes in the journal, %d heartbeats told", notes, len(beats))
		}
	})
}

func TestAPlanWithNothingToDoEnds(t *testing.T) {
	everyWorld(t, night{}, func(t *testing.T, s *stage) {
		s.mustEnd("version: 1\nname: idle\nsteps:\n  - id: nap\n    sleep: 90m\n", fact.Succeeded)
		if got := s.journal.entries[len(s.journal.entries)-1].Time.Sub(opening); got != 90*time.Minute {
			t.Errorf("ended after %s", got)
		}
	})
}

func TestAConfigurationThatCannotDriveIsRefused(t *testing.T) {
	s := virtualStage(t, night{})
	for _, spoil := range []func(*drive.Config){
		func(c *drive.Config) { c.Desk = nil },
		func(c *drive.Config) { c.Journal = nil },
		func(c *drive.Config) { c.RequestsPerSecond = -0.1 },
		func(c *drive.Config) { c.ConcurrentCalls = -1 },
		func(c *drive.Config) { c.InboxEvery = -1 },
	} {
		cfg := s.cfg
		spoil(&cfg)
		if _, err := drive.Run(s.ctx, s.world, machine(t, one), cfg); err == nil {
			t.Error("accepted")
		}
	}
}
