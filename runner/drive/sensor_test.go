package drive_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
)

// eyes are senses that note when they look, and see what see says.
type eyes struct {
	*stage
	see   func(what fact.Sought, n int) fact.Sight // n from 1, of this path or name
	mu    sync.Mutex
	at    map[string][]time.Duration
	seen  map[string]int
	most  int
	under int
}

func (s *stage) look(see func(what fact.Sought, n int) fact.Sight) *eyes {
	e := &eyes{stage: s, see: see, at: map[string][]time.Duration{}, seen: map[string]int{}}
	s.cfg.Senses = e
	return e
}

// Look sees, in a second of the night's time.
func (e *eyes) Look(ctx context.Context, what fact.Sought) fact.Sight {
	name := ""
	switch {
	case what.File != nil:
		name = what.File.Path
	case what.Check != nil:
		name = what.Check.Name
	}
	e.mu.Lock()
	e.at[name] = append(e.at[name], e.world.Now().Sub(opening))
	e.seen[name]++
	n := e.seen[name]
	e.under++
	e.most = max(e.most, e.under)
	e.mu.Unlock()
	err := e.wait(ctx, 100*time.Millisecond)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.under--
	if err != nil {
		return fact.Sight{Trouble: err.Error()}
	}
	return e.see(what, n)
}

// steps is how far apart the looks were, cut to seconds.
func (e *eyes) steps(name string) (out []time.Duration) {
	for i, at := range e.at[name][1:] {
		out = append(out, (at - e.at[name][i]).Truncate(time.Second))
	}
	return out
}

func file(size int64, stood time.Time) fact.Sight {
	return fact.Sight{File: &fact.SeenFile{Path: "/feed", Size: size, Modified: stood}}
}

// A sensor looks as poll says, sooner when a file has changed and only has to stand, and at its timeout.
func TestSensorsLookAsPollSays(t *testing.T) {
	const text = `
version: 1
name: night
steps:
  - id: feed
    file: {path: /feed, stable_for: 10s}
    poll: {every: 30s, factor: 2}
    timeout: 1h
  - id: never
    needs: []
    check: never
    poll: 4m
    timeout: 10m
    allow_failure: true
`
	everyWorld(t, night{}, func(t *testing.T, s *stage) {
		e := s.look(func(what fact.Sought, n int) fact.Sight {
			switch {
			case what.Check != nil:
				return fact.Sight{Check: &fact.SeenCheck{}}
			case n < 3:
				return fact.Sight{}
			case n == 3:
				return file(1, opening)
			}
			return file(2, opening.Add(time.Minute))
		})
		s.mustEnd(text, fact.Succeeded)
		second := time.Second
		if got, want := e.steps("/feed"), []time.Duration{30 * second, 60 * second, 10 * second, 10 * second}; !slices.Equal(got, want) {
			t.Errorf("looked for the file after %v, want %v", got, want)
		}
		if got, want := e.steps("never"), []time.Duration{240 * second, 240 * second, 119 * second}; !slices.Equal(got, want) {
			t.Errorf("asked the check after %v, want %v", got, want)
		}
		if got := len(s.wire.of("trigger")); got != 0 {
			t.Errorf("%d triggers", got)
		}
		// Of nine looks those are written that decide something or tell people something.
		if got, want := s.events("feed"), []string{"sensor.answered"}; !slices.Equal(got, want) {
			t.Errorf("recorded %q, want %q", got, want)
		}
		if got, want := s.events("never"), []string{"sensor.answered", "sensor.answered"}; !slices.Equal(got, want) {
			t.Errorf("recorded %q, want %q", got, want)
		}
	})
}

// Looks that tell nothing count in a row; one that tells something begins anew.
func TestTroubleCountsInARow(t *testing.T) {
	const text = `
version: 1
name: night
steps:
  - id: feed
    file: /feed
    timeout: 1h
`
	everyWorld(t, night{}, func(t *testing.T, s *stage) {
		trouble := fact.Sight{Trouble: "permission denied"}
		s.look(func(_ fact.Sought, n int) fact.Sight {
			return []fact.Sight{trouble, trouble, {}, trouble, trouble, trouble}[n-1]
		})
		s.mustEnd(text, fact.Failed)
		var rows []int
		for _, turn := range s.turns {
			if e, ok := turn.Event.(runner.SensorAnswered); ok {
				rows = append(rows, e.Troubles)
			}
		}
		if want := []int{1, 2, 1, 2, 3}; !slices.Equal(rows, want) {
			t.Errorf("recorded %v in a row, want %v", rows, want)
		}
	})
}

// Many sensors look side by side, a few at a time, while the scheduler is away: they need none. The batch beside them has the only slot.
func TestSensorsNeedNoSchedulerAndNoSlot(t *testing.T) {
	var text strings.Builder
	text.WriteString("version: 1\nname: night\nconcurrency: 1\nsteps:\n  - {id: load, timeout: 3h, needs: [], trigger: {batch: LOAD}}\n")
	for _, id := range strings.Fields("a b c d e f g h i j k l") {
		text.WriteString("  - {id: " + id + ", needs: [], timeout: 3h, file: {path: /" + id + ", stable_for: 0s}}\n")
	}
	down := sim.Fault{Do: sim.Down, At: &sim.Clock{Minute: 1}, For: time.Hour}
	n := night{scenario: sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Duration: sim.Lasting(30 * time.Minute)}}, Faults: []sim.Fault{down}}}
	everyWorld(t, n, func(t *testing.T, s *stage) {
		e := s.look(func(_ fact.Sought, n int) fact.Sight {
			if n < 60 {
				return fact.Sight{}
			}
			return file(1, opening)
		})
		s.mustEnd(text.String(), fact.Succeeded)
		if e.most > 8 {
			t.Errorf("%d looks at once", e.most)
		}
		for _, turn := range s.turns {
			if _, ok := turn.Event.(runner.SensorAnswered); ok && turn.At.Sub(opening) > 45*time.Minute {
				t.Errorf("a file was taken only %s after the opening: the scheduler was away", turn.At.Sub(opening))
			}
		}
	})
}

// A run that is left looks no more, and nobody waits for a look; without senses a sensor fails and says why.
func TestSensorsAreLeftWithTheRun(t *testing.T) {
	const text = "version: 1\nname: night\nsteps: [{id: feed, file: /feed, timeout: 3h}]\n"
	everyWorld(t, night{}, func(t *testing.T, s *stage) {
		s.look(func(fact.Sought, int) fact.Sight { return fact.Sight{} })
		s.after(time.Minute+50*time.Millisecond, func() { s.cancel(errors.New("SIGTERM")) })
		result, err := s.run(text)
		if err != nil || !result.Detached {
			t.Errorf("got %+v, %v", result, err)
		}
	})
	s := virtualStage(t, night{})
	s.mustEnd(text, fact.Failed)
	if last := s.turns[len(s.turns)-1].Decision.Moves[0]; last.Failure == nil || last.Failure.Kind != fact.FileFailed || !strings.Contains(last.Why, "nobody can look here") {
		t.Errorf("got %+v", last)
	}
}

// A run that gives up for want of first contact has looked at nothing.
func TestNothingIsLookedAtBeforeFirstContact(t *testing.T) {
	n := night{scenario: sim.Scenario{Faults: []sim.Fault{{Do: sim.Down, For: 24 * time.Hour}}}}
	s := virtualStage(t, n)
	e := s.look(func(fact.Sought, int) fact.Sight { return file(1, opening) })
	if _, err := s.run("version: 1\nname: night\nsteps: [{id: feed, file: /feed, timeout: 3h}]\n"); !errors.Is(err, drive.ErrNoContact) {
		t.Errorf("got %v", err)
	}
	if len(e.at) > 0 {
		t.Errorf("looked: %v", e.at)
	}
}
