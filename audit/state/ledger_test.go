package state

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"ofsplan/audit"
)

// A ledger torn at any byte still gives the head before, and the one kept after; and its chain holds.
func TestLedgerAfterATear(t *testing.T) {
	var whole audit.Memory
	l := NewLedgerFile(&whole, "ledger.jsonl")
	if err := errors.Join(l.Keep(head("a", 1), About{}), l.Keep(head("a", 2), About{})); err != nil {
		t.Fatal(err)
	}
	b := readAll(t, &whole, "ledger.jsonl")
	first := bytes.IndexByte(b, '\n') + 1
	for cut := range len(b) + 1 {
		var disk audit.Memory
		f, err := disk.Create("ledger.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(b[:cut]); err != nil {
			t.Fatal(err)
		}
		l := NewLedgerFile(&disk, "ledger.jsonl")
		if h, err := HeadOf(l, "a"); err != nil || (h == nil) != (cut < first-1) {
			t.Fatalf("cut at %d: got %+v, %v", cut, h, err)
		}
		if err := l.Keep(head("a", 3), About{}); err != nil {
			t.Fatal(err)
		}
		if h, err := HeadOf(l, "a"); err != nil || *h != head("a", 3) {
			t.Fatalf("cut at %d, then kept: got %+v, %v", cut, h, err)
		}
		v, err := newLedger(&disk, ".").Verify(nil)
		if err != nil || v.Problem != nil || v.Kept[0].Head != head("a", 3) {
			t.Fatalf("cut at %d, then kept: got %+v, %+v, %v", cut, v, v.Problem, err)
		}
	}
}

func TestLedgerIsSharedByProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "ledger.jsonl")
	var all sync.WaitGroup
	for p := range 8 {
		all.Go(func() {
			l := NewLedgerFile(audit.RealDisk{}, path)
			for n := range int64(5) {
				if err := l.Keep(head(fmt.Sprint("run", p), n+1), About{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	heads, err := Heads(NewLedgerFile(audit.RealDisk{}, path))
	if err != nil || len(heads) != 8 {
		t.Fatalf("got %d runs, %v, want 8", len(heads), err)
	}
	for _, h := range heads {
		if h.Count != 5 {
			t.Errorf("%s: got %d, want 5", h.Run, h.Count)
		}
	}
}

// A faulty disk fails every sync of a file, or writes half.
type faulty struct {
	*audit.Memory
	sync  error
	short bool
}

type faultyFile struct {
	audit.File
	disk *faulty
}

func (d *faulty) Create(name string) (audit.File, error) {
	f, err := d.Memory.Create(name)
	return faultyFile{f, d}, err
}

func (f faultyFile) Write(b []byte) (int, error) {
	if f.disk.short {
		b = b[:len(b)/2]
	}
	return f.File.Write(b)
}

func (f faultyFile) Sync() error { return errors.Join(f.disk.sync, f.File.Sync()) }

func TestLedgerThatCannotBeWrittenIsAnError(t *testing.T) {
	boom := errors.New("input/output error")
	if err := NewLedgerFile(&faulty{Memory: &audit.Memory{}, sync: boom}, "ledger.jsonl").Keep(head("a", 1), About{}); !errors.Is(err, boom) {
		t.Errorf("got %v, want %v", err, boom)
	}
	if err := NewLedgerFile(&faulty{Memory: &audit.Memory{}, short: true}, "ledger.jsonl").Keep(head("a", 1), About{}); err == nil {
		t.Error("a short write went unnoticed")
	}
}

// FuzzLedger: whatever stands in a ledger, a head that is kept behind it is found again, and so are those before it.
func FuzzLedger(f *testing.F) {
	f.Add([]byte(`{"run":"a","count":3,"hash":"` + audit.Genesis + `","size":100,"time":"2026-11-23T02:00:00Z"}` + "\n"))
	f.Add([]byte(`{"run":"a","count":3,"ha`))
	f.Add([]byte("\x00\x00{\"run\":\"\n\n[]\nnull"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var disk audit.Memory
		file, err := disk.Create("ledger.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(b); err != nil {
			t.Fatal(err)
		}
		l := NewLedgerFile(&disk, "ledger.jsonl")
		before, err := Heads(l)
		if err != nil {
			t.Fatal(err)
		}
		const run = "20261123T020000Z-fuzzed-0001"
		if bytes.Contains(b, []byte("fuzzed")) {
			return
		}
		h := head(run, 7)
		if err := l.Keep(h, About{}); err != nil {
			t.Fatal(err)
		}
		after, err := Heads(l)
		if err != nil || len(after) < 1 || after[len(after)-1].Head != h {
			t.Fatalf("kept behind %q, it is not found: %+v, %v", b, after, err)
		}
		if bytes.HasSuffix(b, []byte("\n")) && !reflect.DeepEqual(after[:len(after)-1], before) {
			t.Fatalf("behind %q: %+v before, %+v after", b, before, after)
		}
	})
}
