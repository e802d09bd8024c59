package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ofsplan/audit"
)

// What a folder of years holds: plans of a once key each night, with as many heads as a night of hours keeps.
const (
	benchPlans = 20
	benchHeads = 10
)

// night is the n-th night of a folder of years.
func night(n int) time.Time { return time.Date(2016, 11, 27, 22, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// benchRun is a plan's run of a night, with its once key.
func benchRun(n, plan int) (run, once string) {
	run = fmt.Sprintf("%s-nightly_%02d-%04d", night(n).Format("20060102T150405Z"), plan, n%10000)
	sum := sha256.Sum256([]byte(run))
	return run, hex.EncodeToString(sum[:])
}

// ofYears makes the ledger of so many nights and its index, as this package would have written them, and the audit logs of the last 60.
func ofYears(b testing.TB, dir string, nights int) *Folder {
	b.Helper()
	var lines, index bytes.Buffer
	fmt.Fprintln(&index, `{"n":0}`)
	l := ledgerLine{Kind: headKind, Prev: audit.Genesis}
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(dir, "once"), 0o700))
	must(os.MkdirAll(filepath.Join(dir, "runs"), 0o700))
	for n := range nights {
		for head := range benchHeads {
			for plan := range benchPlans {
				run, once := benchRun(n, plan)
				l.Number++
				l.At = night(n).Add(time.Duration(head*40) * time.Minute)
				l.Begins = head == 0
				l.Kept = Kept{
					Head:  audit.Head{Run: run, Count: int64(head*20 + 2), Hash: once, Size: int64(head * 4096), Time: l.At},
					About: About{Plan: fmt.Sprintf("nightly %02d", plan), Once: once}, File: "4711-1795803777.230000000",
				}
				if l.Begins {
					l.Indexed = l.Number
					fmt.Fprintf(&index, `{"once":%q,"run":%q,"n":%d}`+"\n", once, run, l.Number)
				}
				text, err := json.Marshal(l)
				must(err)
				l.Prev = hashOf(text)
				lines.Write(append(text, '\n'))
				if head == benchHeads-1 && n >= nights-60 {
					must(os.Mkdir(filepath.Join(dir, "runs", run), 0o700))
					must(os.WriteFile(filepath.Join(dir, "runs", run, audit.FileName), nil, 0o600))
					must(os.Truncate(filepath.Join(dir, "runs", run, audit.FileName), l.Size))
				}
			}
		}
		if last := n == nights-1; last || night(n+1).Year() > night(n).Year() {
			name := fmt.Sprintf("ledger-%d.jsonl", night(n).Year())
			if last {
				name = "ledger.jsonl"
			}
			must(os.WriteFile(filepath.Join(dir, name), lines.Bytes(), 0o600))
			lines.Reset()
		}
	}
	must(os.WriteFile(filepath.Join(dir, "once", "runs.jsonl"), index.Bytes(), 0o600))
	return NewFolder(audit.RealDisk{}, dir)
}

// start is what a start of a plan with a once key does here: losses, claims, the run, and its heads before the first request.
func start(b testing.TB, f *Folder, run, once string, now time.Time) {
	losses, err := Losses(f, now.AddDate(0, 0, -40))
	if err != nil || len(losses) != 0 {
		b.Fatal(losses, err)
	}
	none := func(run string) (string, error) { b.Errorf("%s is asked", run); return "", nil }
	if err := IndexClaims(f, none); err != nil {
		b.Fatal(err)
	}
	claims, err := Claims(f, once, none)
	if err != nil || len(claims) != 0 {
		b.Fatal(claims, err)
	}
	r, err := f.Begin(run)
	if err != nil {
		b.Fatal(err)
	}
	for n := range 2 {
		if err := r.Append(audit.Entry{Time: now.Add(time.Duration(n) * time.Second), Type: "clock.reached"}); err != nil {
			b.Fatal(err)
		}
		if err := r.Sync(); err != nil {
			b.Fatal(err)
		}
		if err := f.Ledger().Keep(r.Head(), About{Once: once}); err != nil {
			b.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkStart compares a start in a folder of ten years of twenty plans a night with one in an empty folder. The goal is 20 ms more.
func BenchmarkStart(b *testing.B) {
	for _, c := range []struct {
		name   string
		nights int
	}{{"empty", 0}, {"a year", 365}, {"ten years", 3650}} {
		b.Run(c.name, func(b *testing.B) {
			if testing.Short() && c.nights > 0 {
				b.Skip("makes hundreds of megabytes")
			}
			f := NewFolder(audit.RealDisk{}, filepath.Join(b.TempDir(), "state"))
			if c.nights > 0 {
				f = ofYears(b, b.TempDir(), c.nights)
			}
			for i := 0; b.Loop(); i++ {
				run, once := benchRun(c.nights, i)
				start(b, NewFolder(audit.RealDisk{}, f.path), run, once, night(c.nights))
			}
		})
	}
}

// BenchmarkVerifyLedger follows the chain of a ledger; the time a line is the same however many there are.
func BenchmarkVerifyLedger(b *testing.B) {
	for _, nights := range []int{50, 500} {
		b.Run(fmt.Sprintf("%d runs", nights*benchPlans), func(b *testing.B) {
			f := ofYears(b, b.TempDir(), nights)
			for b.Loop() {
				if v, err := f.Ledger().Verify(nil); err != nil || v.Problem != nil || len(v.Kept) != nights*benchPlans {
					b.Fatal(v.Problem, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*nights*benchPlans), "µs/run")
		})
	}
}
