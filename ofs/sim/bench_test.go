package sim_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"ofsplan/ofs/sim"
)

// BenchmarkStatus is one look at one of so many runs that are all ongoing: the cost does not depend on how many.
func BenchmarkStatus(b *testing.B) {
	for _, runs := range []int{10, 10_000} {
		b.Run(fmt.Sprint(runs), func(b *testing.B) {
			s, ids := many(b, runs)
			looks := make([]sim.Request, len(ids))
			for i, id := range ids {
				looks[i] = ask("status", "", `{"batchRunId":"`+id+`"}`)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Answer(midnight.Add(time.Minute), looks[i%len(looks)])
			}
		})
	}
}

// BenchmarkRun is what a run costs that is waited for: bytes kept for each of ten thousand.
func BenchmarkRun(b *testing.B) {
	var kept float64
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, ids := many(b, 10_000)
		runtime.GC()
		runtime.ReadMemStats(&after)
		kept = float64(after.HeapAlloc-before.HeapAlloc) / float64(len(ids))
		runtime.KeepAlive(s)
	}
	b.ReportMetric(kept, "B/run")
}

// many starts so many runs of different batches.
func many(b *testing.B, runs int) (*sim.Scheduler, []string) {
	b.Helper()
	s, err := sim.New(sim.Scenario{Start: midnight}, sim.Options{NoToken: true})
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]string, runs)
	for i := range ids {
		ids[i] = start(b, s, midnight, ask("trigger", "", fmt.Sprintf(`{"batchName":"B%d","batchType":"rest"}`, i)))
	}
	return s, ids
}
