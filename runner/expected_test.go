package runner_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// foreseen is a machine of that plan with a deadline, in which every batch takes a minute.
func foreseen(t testing.TB, text string, n int) *runner.Machine {
	t.Helper()
	m := newMachine(t, strings.Replace(text, "name: scale\n", "name: scale\ndeadline: \"01:00\"\n", 1))
	apply(t, m, runner.RunStarted{})
	e := runner.HistoryRead{Runs: 20}
	for i := range n {
		e.Usual = append(e.Usual, runner.Usual{Object: fact.Batch, Code: fmt.Sprintf("B%d", i), Times: 20, Median: 60, Most: 90})
	}
	apply(t, m, e)
	return m
}

// One after the other takes as long as all together, and side by side as long as one.
func TestEveryShapeIsForeseen(t *testing.T) {
	const n = 2000
	for name, shape := range shapes {
		m := foreseen(t, shape(n), n)
		want := n * time.Minute
		if name == "wide" {
			want = time.Minute
		}
		if e := m.Expected(start); e.End.Sub(start) != want || e.Most.Sub(start) != want*3/2 || len(e.Unknown) > 0 {
			t.Errorf("%s: got %s, at most %s, unknown %d; want %s", name, e.End.Sub(start), e.Most.Sub(start), len(e.Unknown), want)
		}
	}
}

// What has its turn in a closed window begins when that is over, and what waits for the end of one does not begin before.
func TestAClosedWindowIsForeseen(t *testing.T) {
	m := foreseen(t, `version: 1
name: scale
calendar: {closed: [{from: "00:02", to: "01:00"}]}
defaults: {timeout: 1h}
steps:
  - {id: s0, trigger: {batch: B0}}
  - {id: s1, trigger: {batch: B1}}
  - {id: s2, trigger: {batch: B2}}
`, 3)
	midnight := time.Date(2026, time.November, 24, 0, 0, 0, 0, time.UTC)
	for at, want := range map[time.Duration]time.Duration{
		0:                time.Hour + time.Minute, // the third has its turn at 00:02
		-time.Minute:     2 * time.Minute,
		time.Minute:      time.Hour + 2*time.Minute,
		10 * time.Minute: time.Hour + 3*time.Minute,
	} {
		if e := m.Expected(midnight.Add(at)); e.End.Sub(midnight) != want {
			t.Errorf("at %v: the end is expected at %v, want %v", at, e.End.Sub(midnight), want)
		}
	}
}

// To look ahead through ten thousand steps costs some milliseconds, and is done every five minutes then.
func BenchmarkExpected(b *testing.B) {
	const n = 10_000
	for name, shape := range shapes {
		m := foreseen(b, shape(n), n)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				m.Expected(start)
			}
		})
	}
}
