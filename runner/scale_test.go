package runner_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// shapes are plans of n steps whose cost must not grow faster than n.
var shapes = map[string]func(n int) string{
	"above": func(n int) string { // no needs at all: each waits for everything above
		return steps(n, func(int) string { return "" })
	},
	"chain": func(n int) string {
		return steps(n, func(i int) string {
			if i == 0 {
				return "    needs: []\n"
			}
			return fmt.Sprintf("    needs: s%d\n", i-1)
		})
	},
	"wide": func(n int) string {
		return steps(n, func(int) string { return "    needs: []\n" })
	},
}

func steps(n int, needs func(i int) string) string {
	var b strings.Builder
	b.WriteString("version: 1\nname: scale\ndefaults: {timeout: 1h}\nsteps:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - id: s%d\n%s    trigger: {batch: B%d}\n", i, needs(i), i)
	}
	return b.String()
}

// TestEveryShapeEnds plays a whole night of each shape, every batch succeeding at its first look.
func TestEveryShapeEnds(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			end := night(t, newMachine(t, shape(500)))
			if end.Outcome != fact.Succeeded || end.Steps[fact.Succeeded] != 500 {
				t.Errorf("got %+v, want 500 steps succeeded", end)
			}
		})
	}
}

// Every batch of a long plan fails and is healed, side by side and one by one, and all ends well.
func TestManyHealers(t *testing.T) {
	const n = 2000
	var b strings.Builder
	b.WriteString("version: 1\nname: scale\ndefaults: {timeout: 1h}\nsteps:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {id: s%d, needs: [], trigger: {batch: B%d}}\n  - {id: t%d, needs: s%d, if: failed(), status: s%d}\n", i, i, i, i, i)
	}
	for i := range n {
		fmt.Fprintf(&b, "  - {id: h%d, if: failed(), restart: s%d}\n", i, i)
	}
	b.WriteString("  - {id: last, trigger: {batch: LAST}}\n")
	m := newMachine(t, b.String())
	work := apply(t, m, runner.RunStarted{}).Commands
	var end *runner.End
	for len(work) > 0 && end == nil {
		c := work[0]
		work = work[1:]
		var d runner.Decision
		switch c.Key.Op {
		case runner.OpWatch, runner.OpLook:
			status := fact.StatusSucceeded
			if c.Key.Step[0] == 's' {
				status = fact.StatusFailed
			}
			d = apply(t, m, runner.BatchObserved{Key: c.Key, RunID: c.Run.RunID, Status: status, Since: start})
		default:
			apply(t, m, runner.RequestSent{Key: c.Key})
			d = apply(t, m, runner.RequestAccepted{Key: c.Key, BatchRunID: fmt.Sprintf("B_2026-11-20_1_%s%d", c.Key.Step, c.Key.Attempt)})
		}
		work, end = append(work, d.Commands...), d.End
	}
	if end == nil || end.Outcome != fact.Succeeded || end.Steps[fact.Failed] != n || end.Steps[fact.Succeeded] != 2*n+1 {
		t.Errorf("got %+v, want %d healed", end, n)
	}
}

// TestAFailureAtTheTopBlocksAll lets the first step of a long plan fail: what stands below is blocked in one turn.
func TestAFailureAtTheTopBlocksAll(t *testing.T) {
	for _, name := range []string{"above", "chain"} {
		m := newMachine(t, shapes[name](2000))
		d := apply(t, m, runner.RunStarted{})
		k := d.Commands[0].Key
		apply(t, m, runner.RequestSent{Key: k})
		d = apply(t, m, runner.RequestRefused{Key: k, HTTP: 200, Code: "-6"})
		if d.End == nil || d.End.Steps[fact.Blocked] != 1999 {
			t.Errorf("%s: got %+v, want 1999 steps blocked", name, d.End)
		}
	}
}

// BenchmarkNight reports what a step costs the machine, from its order to its end, at 1,000 and at 10,000 steps.
func BenchmarkNight(b *testing.B) {
	for _, name := range []string{"above", "chain", "wide"} {
		var first float64
		for _, n := range []int{1000, 10000} {
			text := shapes[name](n)
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					m := newMachine(b, text)
					b.StartTimer()
					night(b, m)
				}
				each := float64(b.Elapsed().Nanoseconds()) / float64(b.N*n)
				if n == 1000 {
					first = each
				}
				b.ReportMetric(each, "ns/step")
				b.ReportMetric(each/first, "x-of-1000")
			})
		}
	}
}

func newMachine(t testing.TB, text string) *runner.Machine {
	t.Helper()
	p, err := plan.Load(fstest.MapFS{"p.yaml": {Data: []byte(text)}}, "p.yaml", "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{Now: start, RunID: "r", Target: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	return runner.NewMachine(r)
}

var start = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func apply(t testing.TB, m *runner.Machine, e runner.Event) runner.Decision {
	t.Helper()
	d, err := m.Apply(start, e)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// night answers every command well until the run ends.
func night(t testing.TB, m *runner.Machine) *runner.End {
	t.Helper()
	d := apply(t, m, runner.RunStarted{})
	work := d.Commands
	for len(work) > 0 {
		c := work[0]
		work = work[1:]
		if c.Key.Op == runner.OpWatch {
			d = apply(t, m, runner.BatchObserved{Key: c.Key, RunID: c.Run.RunID, Status: fact.StatusSucceeded, Since: start})
		} else {
			apply(t, m, runner.RequestSent{Key: c.Key})
			d = apply(t, m, runner.RequestAccepted{Key: c.Key, BatchRunID: c.Key.Step + "_1"})
		}
		work = append(work, d.Commands...)
		if d.End != nil {
			return d.End
		}
	}
	t.Fatal("the run never ended")
	return nil
}
