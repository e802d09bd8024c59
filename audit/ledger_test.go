package audit

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func head(run string, n int64) Head {
	return Head{Run: run, Count: n, Hash: fmt.Sprintf("%064d", n), Size: n * 100, Time: testStart.Add(time.Duration(n) * time.Second)}
}

func TestLedgerKeepsTheNewestHeadOfEachRun(t *testing.T) {
	var disk Memory
	l := NewLedger(&disk, "state/ledger.jsonl")
	if heads, err := l.Heads(); heads != nil || err != nil {
		t.Errorf("a ledger that is not there: got %v, %v", heads, err)
	}
	for _, h := range []Head{head("b", 1), head("a", 1), head("b", 7), head("a", 3)} {
		if err := l.Keep(h); err != nil {
			t.Fatal(err)
		}
	}
	survived := NewLedger(disk.AfterCrash(nil), "state/ledger.jsonl")
	heads, err := survived.Heads()
	if err != nil || len(heads) != 2 || heads[0] != head("b", 7) || heads[1] != head("a", 3) {
		t.Errorf("got %+v, %v", heads, err)
	}
	if h, err := survived.Head("a"); err != nil || *h != head("a", 3) {
		t.Errorf("got %+v, %v", h, err)
	}
	if h, err := survived.Head("c"); h != nil || err != nil {
		t.Errorf("a run it does not know: got %+v, %v", h, err)
	}
}

func TestLedgerTicksOnceAMinute(t *testing.T) {
	var disk Memory
	l := NewLedger(&disk, "ledger.jsonl")
	for n := range int64(200) { // a head each second
		if err := l.Tick(head("a", n)); err != nil {
			t.Fatal(err)
		}
	}
	heads := 0
	for range Scan(mustRead(t, &disk, "ledger.jsonl")) {
		heads++
	}
	if heads != 4 {
		t.Errorf("got %d heads in 200 s, want 4", heads)
	}
}

// A ledger torn at any byte still gives the head before, and the one kept after.
func TestLedgerAfterATear(t *testing.T) {
	var whole Memory
	l := NewLedger(&whole, "ledger.jsonl")
	if err := errors.Join(l.Keep(head("a", 1)), l.Keep(head("a", 2))); err != nil {
		t.Fatal(err)
	}
	b := readAll(t, &whole, "ledger.jsonl")
	for cut := len(b) / 2; cut <= len(b); cut++ {
		var disk Memory
		f, err := disk.Create("ledger.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(b[:cut]); err != nil {
			t.Fatal(err)
		}
		l := NewLedger(&disk, "ledger.jsonl")
		if h, err := l.Head("a"); err != nil || h.Count < 1 {
			t.Fatalf("cut at %d: got %+v, %v", cut, h, err)
		}
		if err := l.Keep(head("a", 3)); err != nil {
			t.Fatal(err)
		}
		if h, err := l.Head("a"); err != nil || *h != head("a", 3) {
			t.Fatalf("cut at %d, then kept: got %+v, %v", cut, h, err)
		}
	}
}

func TestLedgerIsSharedByProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "ledger.jsonl")
	var all sync.WaitGroup
	for p := range 8 {
		all.Go(func() {
			l := NewLedger(RealDisk{}, path)
			for n := range int64(5) {
				if err := l.Keep(head(fmt.Sprint("run", p), n+1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	heads, err := NewLedger(RealDisk{}, path).Heads()
	if err != nil || len(heads) != 8 {
		t.Fatalf("got %d runs, %v, want 8", len(heads), err)
	}
	for _, h := range heads {
		if h.Count != 5 {
			t.Errorf("%s: got %d, want 5", h.Run, h.Count)
		}
	}
}

func TestLedgerThatCannotBeWrittenIsAnError(t *testing.T) {
	boom := errors.New("input/output error")
	if err := NewLedger(&faulty{Disk: &Memory{}, sync: boom}, "ledger.jsonl").Keep(head("a", 1)); !errors.Is(err, boom) {
		t.Errorf("got %v, want %v", err, boom)
	}
	if err := NewLedger(&faulty{Disk: &Memory{}, short: true}, "ledger.jsonl").Keep(head("a", 1)); err == nil {
		t.Error("a short write went unnoticed")
	}
}
