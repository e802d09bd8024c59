package rehearse_test

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// BenchmarkNight plays whole nights: the one of 200 steps and eight hours that polls every 30 s, some 16,000 times;
// one of ten thousand steps; and one of 20 steps, as tests of plans play them by the hundred.
//
// The garbage collector is told what the commands that rehearse tell it: a night leaves much behind and keeps little.
func BenchmarkNight(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	for _, c := range []struct {
		steps, wide int
		lasts       time.Duration
	}{{200, 17, 40 * time.Minute}, {10_000, 100, 4 * time.Minute}, {20, 4, 5 * time.Minute}} {
		b.Run(fmt.Sprint(c.steps), func(b *testing.B) {
			if c.steps <= 1000 {
				defer debug.SetGCPercent(debug.SetGCPercent(2000))
			}
			n := rehearse.Night{Plan: layered(b, c.steps, c.wide), Scenario: sim.Scenario{Unknown: sim.Unknown{Duration: sim.Lasting(c.lasts)}}}
			b.ReportAllocs()
			var r rehearse.Result
			for b.Loop() {
				var err error
				if r, err = n.Run(); err != nil {
					b.Fatal(err)
				}
			}
			if r.End == nil || r.End.Outcome != fact.Succeeded {
				b.Fatalf("got %+v", r.End)
			}
			b.ReportMetric(float64(r.Requests.Status), "polls/op")
			b.ReportMetric(r.FinishedAt.Sub(r.StartedAt).Hours(), "hours/op")
		})
	}
}

// layered is a plan of so many steps in layers of that width, each step after one of the layer above.
func layered(t testing.TB, steps, wide int) *plan.Plan {
	t.Helper()
	var text strings.Builder
	text.WriteString("version: 1\nname: layered\nmisdate: 2026-11-20\ndefaults: {poll: 30s}\nsteps:\n")
	for i := range steps {
		needs := ""
		if i >= wide {
			needs = fmt.Sprintf("s%d", i-wide)
		}
		fmt.Fprintf(&text, "  - {id: s%d, needs: [%s], trigger: {batch: BATCH_%d}}\n", i, needs, i)
	}
	p, err := plan.Parse("layered.yaml", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
