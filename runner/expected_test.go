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
