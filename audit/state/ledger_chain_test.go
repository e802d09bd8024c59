package state

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
)

// ledgerOn is a ledger like that of a folder, on a disk of its own.
func ledgerOn(disk Disk) *LedgerFile { return newLedger(disk, ".") }

// keeps keeps the first n heads of a run each.
func keeps(t testing.TB, l *LedgerFile, n int, runs ...string) {
	t.Helper()
	for i := range n {
		for _, run := range runs {
			if err := l.Keep(head(run, int64(i+1)), About{Plan: "nightly"}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// rewrite puts other bytes in the place of a file.
func rewrite(t testing.TB, disk *audit.Memory, path string, b []byte) {
	t.Helper()
	_ = disk.Remove(path)
	f, err := disk.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
}

// verified is the verdict about a ledger.
func verified(t testing.TB, l *LedgerFile, kept *LedgerHead) LedgerVerdict {
	t.Helper()
	v, err := l.Verify(kept)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// older are lines as releases wrote them that gave no numbers.
func older(runs ...string) (b []byte) {
	for i, run := range runs {
		b = fmt.Appendf(b, `{"run":%q,"count":%d,"hash":"%064d","size":100,"time":"2025-11-23T02:00:00Z"}`+"\n", run, i+1, i+1)
	}
	return b
}

const (
	runA = "20261123T020000Z-nightly-000a"
	runB = "20261123T020000Z-nightly-000b"
	runC = "20261123T020000Z-nightly-000c"
)

func TestALedgerShowsWhatWasDoneToIt(t *testing.T) {
	disk := &audit.Memory{}
	keeps(t, ledgerOn(disk), 3, runA, runB)
	whole := readAll(t, disk, "ledger.jsonl")
	end, err := ledgerOn(disk).End()
	if err != nil || end.Number != 6 {
		t.Fatalf("got the end %+v, %v", end, err)
	}
	if v := verified(t, ledgerOn(disk), &end); v.Problem != nil || !v.Matched || v.Head != end || v.From != 1 || v.Before != 0 {
		t.Fatalf("untouched: got %+v", v)
	}
	stray := []byte(`{"run":"` + runC + `","count":1,"hash":"` + audit.Genesis + `","size":1,"time":"2026-11-23T02:00:00Z"}` + "\n")
	line := func(n int) []byte { return bytes.SplitAfter(whole, []byte("\n"))[n-1] }
	without := func(from, to int) []byte {
		all := bytes.SplitAfter(whole, []byte("\n"))
		return bytes.Join(append(slices.Clone(all[:from-1]), all[to:]...), nil)
	}
	for name, b := range map[string][]byte{
		"a line is changed":              bytes.Replace(whole, []byte(`"count":2`), []byte(`"count":9`), 1),
		"a line is taken out":            without(3, 3),
		"the first lines are":            without(1, 2),
		"a line stands twice":            append(slices.Clone(whole), line(6)...),
		"an older one stands at the end": append(slices.Clone(whole), line(2)...),
		"a line without a number":        append(slices.Clone(whole), stray...),
		"one in the middle":              append(append(slices.Clone(line(1)), stray...), without(1, 1)...),
		"a blank line":                   append(slices.Clone(whole), '\n'),
		"two lines are swapped":          bytes.Join([][]byte{line(1), line(3), line(2), without(1, 3)}, nil),
		"something stands before all":    append(slices.Clone(stray), whole...),
	} {
		t.Run(name, func(t *testing.T) {
			disk := &audit.Memory{}
			rewrite(t, disk, "ledger.jsonl", b)
			if v := verified(t, ledgerOn(disk), nil); v.Problem == nil || !strings.Contains(v.Describe(), "broken") {
				t.Errorf("got %+v", v)
			}
			// What is kept from then on is found, and mends nothing.
			keeps(t, ledgerOn(disk), 9, runC)
			v := verified(t, ledgerOn(disk), nil)
			if h, err := HeadOf(ledgerOn(disk), runC); err != nil || *h != head(runC, 9) || v.Problem == nil {
				t.Errorf("kept after that: got %+v, %v, %+v", h, err, v.Problem)
			}
		})
	}
	for name, b := range map[string][]byte{"its end is cut": without(5, 6), "it is gone": nil} {
		t.Run(name, func(t *testing.T) {
			disk := &audit.Memory{}
			rewrite(t, disk, "ledger.jsonl", b)
			if v := verified(t, ledgerOn(disk), nil); v.Problem != nil || v.Matched {
				t.Errorf("without a head it cannot show: got %+v", v)
			}
			if v := verified(t, ledgerOn(disk), &end); v.Problem == nil || v.Matched {
				t.Errorf("with one it must: got %+v", v)
			}
			keeps(t, ledgerOn(disk), 9, runC)
			if v := verified(t, ledgerOn(disk), &end); v.Problem == nil || v.Matched {
				t.Errorf("also when it was gone on with: got %+v", v)
			}
		})
	}
}

// What was kept before lines were numbered is kept still, and shows from then on when it is changed.
func TestALedgerWithoutNumbersIsGoneOnWith(t *testing.T) {
	for name, ending := range map[string]string{"whole": "", "torn": `{"run":"20251123T0200`} {
		t.Run(name, func(t *testing.T) {
			disk := &audit.Memory{}
			rewrite(t, disk, "ledger.jsonl", append(older(runA, runB, runA), ending...))
			if v := verified(t, ledgerOn(disk), nil); v.Problem != nil || v.Head.Number != 0 || v.Before != 3 || !strings.Contains(v.Describe(), "nothing shows") {
				t.Errorf("before: got %+v", v)
			}
			if end, err := ledgerOn(disk).End(); end != (LedgerHead{}) || err != nil {
				t.Errorf("before: got the end %+v, %v", end, err)
			}
			keeps(t, ledgerOn(disk), 2, runC)
			v := verified(t, ledgerOn(disk), nil)
			if v.Problem != nil || v.From != 1 || v.Head.Number != 2 || len(v.Kept) != 3 || v.Kept[0].Count != 3 {
				t.Fatalf("got %+v", v)
			}
			var begun []string
			for k, err := range ledgerOn(disk).Begun() {
				begun = append(begun, k.Run)
				if err != nil {
					t.Fatal(err)
				}
			}
			if want := []string{runC, runB, runA}; !slices.Equal(begun, want) {
				t.Errorf("begun are %v, want %v", begun, want)
			}
			b := readAll(t, disk, "ledger.jsonl")
			for what, bad := range map[string][]byte{
				"changed":   bytes.Replace(b, []byte(`"count":2,`), []byte(`"count":4,`), 1),
				"taken out": b[bytes.IndexByte(b, '\n')+1:],
				"put in":    append(older(runC), b...),
			} {
				rewrite(t, disk, "ledger.jsonl", bad)
				if v := verified(t, ledgerOn(disk), nil); v.Problem == nil {
					t.Errorf("an older line is %s: got %+v", what, v)
				}
			}
		})
	}
}

// A year's lines stand in a file of their own once the next year has begun.
func TestALedgerHasAFileAYear(t *testing.T) {
	disk := &audit.Memory{}
	at := func(run string, n int64, year int) audit.Head {
		h := head(run, n)
		h.Time = time.Date(year, 12, 31, 23, 0, 0, 0, time.UTC)
		return h
	}
	old, young := "20231231T220000Z-nightly-000a", "20251231T220000Z-nightly-000b"
	var want LedgerHead
	for n, year := range []int{2023, 2023, 2024, 2025, 2024, 2025} { // a clock was behind
		run := old
		if year == 2025 {
			run = young
		}
		if err := ledgerOn(disk).Keep(at(run, int64(n+1), year), About{}); err != nil {
			t.Fatal(err)
		}
	}
	names, err := disk.List(".")
	if err != nil || !slices.Equal(names, []string{"ledger-2023.jsonl", "ledger-2024.jsonl", "ledger.jsonl"}) {
		t.Fatalf("there are %v, %v", names, err)
	}
	want, err = ledgerOn(disk).End()
	v := verified(t, ledgerOn(disk), &want)
	if err != nil || v.Problem != nil || !v.Matched || v.Head.Number != 6 || len(v.Kept) != 2 {
		t.Errorf("got %+v, %+v, %v", v, want, err)
	}
	for run, n := range map[string]int64{old: 5, young: 6} {
		if h, err := HeadOf(ledgerOn(disk), run); err != nil || h == nil || h.Count != n {
			t.Errorf("%s: got %+v, %v", run, h, err)
		}
	}
	if after := disk.AfterCrash(nil); verified(t, ledgerOn(after), &want).Problem != nil {
		t.Error("after a crash it is another")
	}
	alone := NewLedgerFile(disk, "ledger-2024.jsonl")
	if v := verified(t, alone, nil); v.Problem != nil || v.From != 3 || !strings.Contains(v.Describe(), "another file") {
		t.Errorf("one year alone: got %+v", v)
	}
	if err := disk.Remove("ledger-2024.jsonl"); err != nil {
		t.Fatal(err)
	}
	if v := verified(t, ledgerOn(disk), nil); v.Problem == nil {
		t.Errorf("a year is gone: got %+v", v)
	}
}

// A line of a kind that a later release adds counts in the chain; what it says is passed over.
func TestALineOfAnUnknownKindIsPassedOver(t *testing.T) {
	disk := &audit.Memory{}
	keeps(t, ledgerOn(disk), 1, runA)
	if err := ledgerOn(disk).write("pruned", Kept{Head: head(runA, 7)}); err != nil {
		t.Fatal(err)
	}
	keeps(t, ledgerOn(disk), 1, runB)
	if v := verified(t, ledgerOn(disk), nil); v.Problem != nil || v.Head.Number != 3 || len(v.Kept) != 2 {
		t.Errorf("got %+v", v)
	}
	if h, err := HeadOf(ledgerOn(disk), runA); err != nil || *h != head(runA, 1) {
		t.Errorf("got %+v, %v", h, err)
	}
	if all, err := Heads(ledgerOn(disk)); err != nil || len(all) != 2 || all[0].Head != head(runA, 1) {
		t.Errorf("got %+v, %v", all, err)
	}
}

// Whoever died over a line left the chain as it was, and nothing of what was kept is lost by it.
func TestALedgerOutlivesWhoWritesIt(t *testing.T) {
	for _, ready := range []string{"nothing", "a line", "older lines", "a year before"} {
		t.Run(ready, func(t *testing.T) {
			for calls := 0; ; calls++ {
				disk := &audit.Memory{}
				runs := 2
				switch ready {
				case "a line":
					keeps(t, ledgerOn(disk), 1, runA)
					runs = 3
				case "older lines":
					rewrite(t, disk, "ledger.jsonl", older(runA))
					f, err := disk.Append("ledger.jsonl")
					if err := errors.Join(err, f.Sync(), disk.SyncDir(".")); err != nil {
						t.Fatal(err)
					}
					runs = 3
				case "a year before":
					h := head(runA, 1)
					h.Time = h.Time.AddDate(-1, 0, 0)
					if err := ledgerOn(disk).Keep(h, About{}); err != nil {
						t.Fatal(err)
					}
					runs = 3
				}
				died := ledgerOn(&dyingDisk{disk, calls}).Keep(head(runB, 1), About{Once: strings.Repeat("a", 64)})
				if died != nil && !errors.Is(died, errDead) {
					t.Fatalf("%d calls: %v", calls, died)
				}
				for _, luck := range []func(int) int{nil, func(n int) int { return n / 2 }, func(n int) int { return n }} {
					for _, before := range []*audit.Memory{disk, disk.AfterCrash(luck)} {
						keeps(t, ledgerOn(before), 1, runC)
						after := before.AfterCrash(nil)
						v := verified(t, ledgerOn(after), nil)
						if len(v.Kept) == runs-1 && died != nil {
							runs-- // it was never told that its line is kept
						}
						if v.Problem != nil || len(v.Kept) < runs {
							t.Fatalf("died at call %d: got %+v, %+v", calls+1, v, v.Problem)
						}
					}
				}
				if died == nil {
					return
				}
			}
		})
	}
}

// forget is what a kernel does when a sync of a file's last line fails: the line can be read, is never written, and is gone after a crash.
func forget(t *testing.T, disk *audit.Memory, path string) {
	t.Helper()
	f, err := disk.Append(path)
	if err != nil {
		t.Fatal(err)
	}
	b := readAll(t, disk, path)
	last := bytes.LastIndexByte(b[:len(b)-1], '\n') + 1
	if err := f.Truncate(int64(last)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(b[last:]); err != nil {
		t.Fatal(err)
	}
	f.(interface{ Forget() }).Forget()
}

// A kernel takes what a failed sync left for written: whoever keeps the next head writes it once more, also when that begins a year.
func TestALineWhoseSyncFailedIsDurableWithTheNext(t *testing.T) {
	for _, years := range []int{0, 1} {
		disk := &audit.Memory{}
		keeps(t, ledgerOn(disk), 2, runA)
		forget(t, disk, "ledger.jsonl")
		h := head(runB, 1)
		h.Time = h.Time.AddDate(years, 0, 0)
		if err := ledgerOn(disk).Keep(h, About{}); err != nil {
			t.Fatal(err)
		}
		if v := verified(t, ledgerOn(disk.AfterCrash(nil)), nil); v.Problem != nil || v.Head.Number != 3 {
			t.Errorf("after a crash: got %+v, %+v", v, v.Problem)
		}
	}
}

// The same goes for the index: who goes on with a run writes its key once more before a request leaves.
func TestAKeyWhoseSyncFailedIsDurableBeforeItCounts(t *testing.T) {
	disk := &audit.Memory{}
	f := NewFolder(disk, "state")
	claimed(t, f, keyA, nil)
	if err := f.Ledger().Keep(head(runA, 1), About{Once: keyA}); err != nil {
		t.Fatal(err)
	}
	forget(t, disk, "state/once/runs.jsonl")
	for _, run := range []string{runB, runC, runA} { // those of others are durable, and then this one is resumed
		if err := NewFolder(disk, "state").Ledger().Keep(head(run, 2), About{Once: keyA}); err != nil {
			t.Fatal(err)
		}
	}
	if runs, asked := claimed(t, NewFolder(disk.AfterCrash(nil), "state"), keyA, nil); len(runs) != 3 || asked != 0 {
		t.Errorf("after a crash: got %v, %d were asked", runs, asked)
	}
}

// A folder on a disk that makes nothing durable is no place for runs.
func TestAFolderIsCheckedForADiskThatForgets(t *testing.T) {
	if err := NewFolder(&faulty{Memory: &audit.Memory{}}, "state").Check(); err != nil {
		t.Errorf("a good disk: %v", err)
	}
	boom := errors.New("input/output error")
	if err := NewFolder(&faulty{Memory: &audit.Memory{}, sync: boom}, "state").Check(); !errors.Is(err, boom) {
		t.Errorf("got %v, want %v", err, boom)
	}
}
