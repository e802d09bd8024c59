package audit

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/cli/flags"
)

// BenchmarkVerifyAll verifies all runs of a folder; the time a run is the same however many there are.
func BenchmarkVerifyAll(b *testing.B) {
	for _, runs := range []int{500, 5000} {
		b.Run(fmt.Sprintf("%d runs", runs), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "state")
			folder := state.NewFolder(audit.RealDisk{}, dir)
			at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
			for n := range runs {
				run, err := folder.Begin(fmt.Sprintf("%s-nightly-%06d", at.Add(time.Duration(n)*time.Second).Format("20060102T150405Z"), n))
				if err != nil {
					b.Fatal(err)
				}
				if err := run.Append(audit.Entry{Time: at.Add(time.Duration(n) * time.Second), Type: "clock.reached"}); err != nil {
					b.Fatal(err)
				}
				if err := run.Sync(); err != nil {
					b.Fatal(err)
				}
				if err := folder.Ledger().Keep(run.Head(), state.About{}); err != nil {
					b.Fatal(err)
				}
				if err := run.Close(); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				v, err := newVerifier(&flags.State{Dir: dir}, heads{})
				if err != nil {
					b.Fatal(err)
				}
				all, err := v.run(nil)
				if err != nil || len(all.Logs) != runs || !all.Logs[runs-1].Matched {
					b.Fatal(len(all.Logs), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*runs), "µs/run")
		})
	}
}
