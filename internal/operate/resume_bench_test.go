package operate

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/fold"
	"ofsplan/internal/secret"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// resumed is how many steps the run of BenchmarkResume has.
const resumed = 10_000

// BenchmarkResume takes up a run of 10,000 steps whose batch runs all go on: its log is read, verified and replayed,
// every decision held against the recorded one, and the resumption is written. The floor reads the same log, hashes each
// line and decodes it, which nobody who checks a chain can do without.
//
//	s/resume  our own time
//	x-floor   over the floor's
func BenchmarkResume(b *testing.B) {
	folder := state.NewFolder(audit.RealDisk{}, b.TempDir())
	id := "20261123T020000Z-bench-0000aa"
	writeWatching(b, folder, id, resumed)
	log, err := os.ReadFile(folder.WhereLog(id))
	if err != nil {
		b.Fatal(err)
	}
	var ours, floor time.Duration
	for b.Loop() {
		if err := os.WriteFile(folder.WhereLog(id), log, 0o600); err != nil {
			b.Fatal(err)
		}
		begun := time.Now()
		resumeOnce(b, folder, id)
		middle := time.Now()
		readChain(b, folder.WhereLog(id))
		ours, floor = ours+middle.Sub(begun), floor+time.Since(middle)
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "s/resume")
	b.ReportMetric(float64(ours)/float64(floor), "x-floor")
	b.ReportMetric(0, "ns/op")
}

// writeWatching makes the log of a run of n triggers, all accepted and none over.
func writeWatching(tb testing.TB, folder *state.Folder, id string, n int) {
	tb.Helper()
	var text strings.Builder
	text.WriteString("version: 1\nname: bench\ndefaults: {poll: 30s, timeout: 20h}\nsteps:\n")
	for i := range n {
		fmt.Fprintf(&text, "  - {id: s%d, needs: [], trigger: {batch: B%d}}\n", i, i)
	}
	p, err := plan.Parse("bench.yaml", []byte(text.String()))
	if err != nil {
		tb.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	r, err := p.Resolve(plan.Inputs{Now: at, RunID: id, Target: "lab"})
	if err != nil {
		tb.Fatal(err)
	}
	j, err := folder.Begin(id)
	if err != nil {
		tb.Fatal(err)
	}
	m := runner.NewMachine(r)
	var entries []audit.Entry
	apply := func(e runner.Event) {
		d, err := m.Apply(at, e)
		if err != nil {
			tb.Fatal(err)
		}
		entry, err := record.Entry(record.Turn{At: at, Event: e, Decision: d})
		if err != nil {
			tb.Fatal(err)
		}
		entries = append(entries, entry)
	}
	apply(runner.RunStarted{Plan: "bench", File: "bench.yaml", StartedAt: at, Tool: runner.Tool{Machine: runner.MachineVersion}, Target: runner.Target{Name: "lab"}})
	apply(runner.FilePinned{Name: "bench.yaml", Text: text.String()})
	for i := range n {
		key := runner.Key{Step: fmt.Sprintf("s%d", i), Attempt: 1, Op: runner.OpTrigger, N: 1}
		at = at.Add(time.Millisecond)
		body := fmt.Sprintf(`{"batchName":"B%d","batchType":"rest","userName":"BATCHUSER"}`, i)
		apply(runner.RequestSent{Key: key, URL: "https://aml.example.com/acme-prd/SchedulerService/rest-api/v1/external/trigger", Body: body, BodySHA256: strings.Repeat("0", 64)})
		apply(runner.RequestAccepted{Key: key, HTTP: 200, BatchRunID: fmt.Sprintf("B%d_2026-11-20_1795222800000_1", i)})
	}
	if err := j.Append(entries...); err != nil {
		tb.Fatal(err)
	}
	if err := j.Sync(); err != nil {
		tb.Fatal(err)
	}
	if err := j.Close(); err != nil {
		tb.Fatal(err)
	}
}

// resumeOnce takes the run up as resume does, up to the first call.
func resumeOnce(tb testing.TB, folder *state.Folder, id string) {
	tb.Helper()
	h, err := TakeUp(&Env{Secrets: secret.NewFilter()}, folder, id, state.Accept{}, "")
	if err != nil {
		tb.Fatal(err)
	}
	if later, err := h.once.prior(id); later != nil || err != nil {
		tb.Fatal(later, err)
	}
	picture := fold.NewBuilder(id, h.Resolved.Plan)
	for _, r := range h.Records {
		picture.Record(r)
	}
	if _, err := h.Tell(h.Journal, h.Now(), h.env.resumed()); err != nil {
		tb.Fatal(err)
	}
	if got := len(h.Machine.Status().Pending); got != resumed {
		tb.Fatalf("%d looks are pending, want %d", got, resumed)
	}
	if err := h.Close(); err != nil {
		tb.Fatal(err)
	}
}

// readChain follows the chain of a log and decodes each record, and does nothing else.
func readChain(tb testing.TB, path string) {
	tb.Helper()
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var sum [sha256.Size]byte
	n := 0
	for line, err := range audit.Scan(f) {
		if err != nil {
			tb.Fatal(err)
		}
		var r audit.Record
		if err := json.Unmarshal(line.Bytes, &r); err != nil {
			tb.Fatal(err)
		}
		sum = sha256.Sum256(line.Bytes)
		n++
	}
	if n == 0 || sum == [sha256.Size]byte{} {
		tb.Fatal("an empty log")
	}
}
