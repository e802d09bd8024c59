package drive

import (
	"testing"
	"time"

	"ofsplan/plan"
)

func TestTimesNeverGoBack(t *testing.T) {
	start := time.Date(2026, 11, 23, 2, 0, 0, 123456789, time.UTC)
	var c clock
	for _, step := range []struct {
		name   string
		world  time.Duration // what the world's clock shows, from the start on
		want   time.Duration
		jumped time.Duration
	}{
		{"at the start", 0, 0, 0},
		{"a second later", time.Second, time.Second, 0},
		{"a little back, as clocks are", time.Second - time.Millisecond, time.Second, 0},
		{"on from there", 2 * time.Second, 2 * time.Second, 0},
		{"an hour back", -time.Hour, 2 * time.Second, -time.Hour - 2*time.Second},
		{"on from there, ahead of the world", -time.Hour + time.Minute, 62 * time.Second, 0},
	} {
		got, jumped := c.read(start.Add(step.world))
		if want := start.Add(step.want).Truncate(time.Microsecond); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", step.name, got, want)
		}
		if jumped != step.jumped {
			t.Errorf("%s: a jump of %s, want %s", step.name, jumped, step.jumped)
		}
	}
	if got, want := c.toWorld(c.last), start.Add(-time.Hour+time.Minute).Truncate(time.Microsecond); !got.Equal(want) {
		t.Errorf("in the world's time it is %s, want %s", got, want)
	}
	if !c.toWorld(time.Time{}).IsZero() {
		t.Error("never became some time")
	}
}

// A monotonic clock stands still while a machine sleeps, and goes on evenly while the other one is set.
func TestJumpsAreToldApart(t *testing.T) {
	c := clock{}
	for _, step := range []struct {
		name           string
		moved, elapsed time.Duration
		jumped, ahead  time.Duration
		want           string
	}{
		{"as clocks are", 10*time.Second + 20*time.Millisecond, 10 * time.Second, 0, 0, ""},
		{"a moment fast", 11*time.Second - time.Nanosecond, 10 * time.Second, 0, 0, ""},
		{"a moment slow", 9*time.Second + time.Nanosecond, 10 * time.Second, 0, 0, ""},
		{"a second fast", 11 * time.Second, 10 * time.Second, time.Second, 0,
			"the clock of this machine went forward by 1s, because it slept or was set: timeouts and deadlines count that time"},
		{"a night asleep", 7*time.Hour + time.Second, time.Second, 7 * time.Hour, 0,
			"the clock of this machine went forward by 7h, because it slept or was set: timeouts and deadlines count that time"},
		{"set back", -time.Hour, 0, -time.Hour, time.Hour,
			"the clock of this machine was set back by 1h: the times of this run go on, 1h ahead of it"},
		{"half of it set right", 30 * time.Minute, 0, 30 * time.Minute, 30 * time.Minute,
			"the clock of this machine went forward by 30m: the times of this run are still ahead of it, by 30m"},
		{"all of it and more", 40 * time.Minute, 0, 40 * time.Minute, 0,
			"the clock of this machine went forward by 40m, because it slept or was set: timeouts and deadlines count that time"},
	} {
		jumped := c.jump(step.moved, step.elapsed)
		if jumped != step.jumped || c.ahead != step.ahead {
			t.Errorf("%s: a jump of %s, now %s ahead, want %s and %s", step.name, jumped, c.ahead, step.jumped, step.ahead)
		}
		if got := c.means(jumped); step.want != "" && got != step.want {
			t.Errorf("%s: told %q, want %q", step.name, got, step.want)
		}
	}
}

// A time between two microseconds, such as jitter makes, comes with the later one: waiting for it must end.
func TestATimeThatWasWaitedForHasCome(t *testing.T) {
	start := time.Date(2026, 11, 23, 2, 0, 0, 123456789, time.UTC)
	for _, due := range []time.Time{start, start.Add(408 * time.Nanosecond), start.Truncate(time.Microsecond)} {
		c := clock{ahead: 333 * time.Nanosecond}
		if now, _ := c.read(c.toWorld(due)); now.Before(due) {
			t.Errorf("waited until %s, and then it was %s", due, now)
		}
	}
}

func TestTimesAreCutForTheJournal(t *testing.T) {
	var c clock
	got, _ := c.read(time.Now())
	if got.Location() != time.UTC || got.Nanosecond()%1000 != 0 || got != got.Round(0) {
		t.Errorf("%v is not UTC, in microseconds, without a monotonic part", got)
	}
}

func TestBackOffDoublesUpToAMinute(t *testing.T) {
	for tries, want := range map[int]time.Duration{0: time.Second, 1: 2 * time.Second, 5: 32 * time.Second, 6: time.Minute, 1000: time.Minute} {
		if got := backOff(tries, 0.5); got != want {
			t.Errorf("after %d failed calls: %s, want %s", tries, got, want)
		}
		if low, high := backOff(tries, 0), backOff(tries, 0.999); low != want/2 || high < want*14/10 || high > want*3/2 {
			t.Errorf("after %d failed calls: from %s to %s around %s", tries, low, high, want)
		}
	}
}

func TestAPaceForgivesOneLateCall(t *testing.T) {
	start := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	p := pace{gap: time.Second}
	p.take(start)
	p.take(start) // one in advance
	if got := p.next.Sub(start); got != time.Second {
		t.Errorf("after two calls the third may leave after %s", got)
	}
	p.take(start.Add(time.Hour))
	p.take(start.Add(time.Hour))
	if got := p.next.Sub(start); got != time.Hour+time.Second {
		t.Errorf("an idle hour saved up calls: the next may leave after %s", got)
	}
}

func TestGapsGrow(t *testing.T) {
	for _, c := range []struct {
		name string
		poll plan.Poll
		want []time.Duration
	}{
		{"not", plan.Poll{Every: 30 * time.Second, Factor: 1}, []time.Duration{30 * time.Second, 30 * time.Second}},
		{"up to a max", plan.Poll{Every: 10 * time.Second, Factor: 3, Max: time.Minute}, []time.Duration{30 * time.Second, time.Minute, time.Minute}},
		{"never past a day", plan.Poll{Every: 20 * time.Hour, Factor: 10}, []time.Duration{24 * time.Hour, 24 * time.Hour}},
	} {
		gap := c.poll.Every
		for i, want := range c.want {
			if gap = c.poll.Longer(gap); gap != want {
				t.Errorf("%s: gap %d is %s, want %s", c.name, i+2, gap, want)
			}
		}
	}
}
