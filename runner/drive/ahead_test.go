package drive

import (
	"testing"
	"time"

	"ofsplan/runner"
)

// The loop looks ahead at once, then when something has happened and some time has passed, or when the end begins to slip.
func TestWhenTheLoopLooksAhead(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	due := runner.Outlook{DueAt: now.Add(time.Hour)}
	passed := due
	passed.Passed = true
	for _, c := range []struct {
		name  string
		ahead ahead
		want  time.Time // zero: not before something happens
	}{
		{"without a deadline", newAhead(runner.Outlook{}, 3), time.Time{}},
		{"at first", newAhead(due, 3), now},
		{"once the deadline has passed", newAhead(passed, 3), time.Time{}},
		{"nothing has happened", ahead{every: time.Minute, last: now}, time.Time{}},
		{"something has", ahead{every: time.Minute, last: now, moved: true}, now.Add(time.Minute)},
		{"the end will slip", ahead{every: time.Minute, last: now, slips: now.Add(time.Hour)}, now.Add(time.Hour)},
		{"the end slips", ahead{every: time.Minute, last: now, slips: now}, now.Add(time.Minute)},
	} {
		if got := c.ahead.next(now); !got.Equal(c.want) {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	for steps, want := range map[int]time.Duration{1: time.Minute, 2000: time.Minute, 10_000: 5 * time.Minute, 100_000: 15 * time.Minute} {
		if got := newAhead(due, steps).every; got != want {
			t.Errorf("%d steps: every %s, want %s", steps, got, want)
		}
	}
}
