package state

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ofsplan/audit"
)

var (
	keyA = strings.Repeat("a", 64)
	keyB = strings.Repeat("b", 64)
)

// claimed are the runs of a key, and how many runs were asked for theirs.
func claimed(t *testing.T, f *Folder, key string, of map[string]string) (runs []string, asked int) {
	t.Helper()
	ask := func(run string) (string, error) { asked++; return of[run], nil }
	if err := IndexClaims(f, ask); err != nil {
		t.Fatal(err)
	}
	all, err := Claims(f, key, ask)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		runs = append(runs, c.Run)
	}
	return runs, asked
}

// The index answers as the ledger would, whatever became of the index; and whatever became of the ledger, no run that
// it named is forgotten.
func TestAnIndexNeverLacksARunOfItsKey(t *testing.T) {
	unnamed := "20261123T020000Z-nightly-0009"
	for name, c := range map[string]struct {
		harm  func(disk *audit.Memory, early []byte)
		asked int // runs that must be asked again
	}{
		"untouched":      {func(*audit.Memory, []byte) {}, 0},
		"gone":           {func(d *audit.Memory, _ []byte) { d.Remove("state/once/runs.jsonl") }, 1},
		"an older copy":  {func(d *audit.Memory, early []byte) { rewrite(t, d, "state/once/runs.jsonl", early) }, 1},
		"empty":          {func(d *audit.Memory, _ []byte) { rewrite(t, d, "state/once/runs.jsonl", nil) }, 1},
		"something else": {func(d *audit.Memory, _ []byte) { rewrite(t, d, "state/once/runs.jsonl", []byte("none\n")) }, 1},
		"torn": {func(d *audit.Memory, _ []byte) {
			b, _ := readFile(d, "state/once/runs.jsonl")
			rewrite(t, d, "state/once/runs.jsonl", b[:len(b)-3])
		}, 1},
		"its first line is changed": {func(d *audit.Memory, _ []byte) {
			b, _ := readFile(d, "state/once/runs.jsonl")
			rewrite(t, d, "state/once/runs.jsonl", b[bytes.IndexByte(b, '\n')+1:])
		}, 1},
		"the ledger is gone": {func(d *audit.Memory, _ []byte) { d.Remove("state/ledger.jsonl") }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			disk := &audit.Memory{}
			f := NewFolder(disk, "state")
			if err := f.Ledger().Keep(head(runB, 1), About{Once: keyB}); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Begin(unnamed); err != nil {
				t.Fatal(err)
			}
			of := map[string]string{unnamed: keyA}
			claimed(t, f, keyA, of)
			early := readAll(t, disk, "state/once/runs.jsonl")
			for i, run := range []string{runC, runA, runC} {
				if err := NewFolder(disk, "state").Ledger().Keep(head(run, int64(i+1)), About{Once: keyA}); err != nil {
					t.Fatal(err)
				}
			}
			c.harm(disk, early)
			runs, asked := claimed(t, NewFolder(disk, "state"), keyA, of)
			slices.Sort(runs)
			if want := []string{unnamed, runA, runC}; !slices.Equal(runs, want) {
				t.Errorf("got %v, want %v", runs, want)
			}
			if asked != c.asked {
				t.Errorf("%d were asked, want %d", asked, c.asked)
			}
			if err := NewFolder(disk, "state").Ledger().Keep(head("20261124T020000Z-nightly-000d", 1), About{Once: keyA}); err != nil {
				t.Fatal(err)
			}
			after := NewFolder(disk.AfterCrash(nil), "state")
			if runs, asked := claimed(t, after, keyA, of); len(runs) != 4 || asked != 0 {
				t.Errorf("with one more, and after a crash: got %v, %d were asked", runs, asked)
			}
		})
	}
}

func readFile(d *audit.Memory, name string) ([]byte, error) {
	f, err := d.Read(name)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 1<<20)
	n, _ := f.Read(b)
	return b[:n], nil
}

// Whoever died over a line of the index or of the ledger leaves no run out.
func TestAnIndexOutlivesWhoWritesIt(t *testing.T) {
	for calls := 0; ; calls++ {
		disk := &audit.Memory{}
		claimed(t, NewFolder(disk, "state"), keyA, nil)
		died := NewFolder(&dyingDisk{disk, calls}, "state").Ledger().Keep(head(runA, 1), About{Once: keyA})
		for _, luck := range []func(int) int{nil, func(n int) int { return n / 2 }, func(n int) int { return n }} {
			f := NewFolder(disk.AfterCrash(luck), "state")
			if err := f.Ledger().Keep(head(runB, 1), About{Once: keyA}); err != nil {
				t.Fatal(err)
			}
			runs, _ := claimed(t, f, keyA, nil)
			if k, err := f.Ledger().Of(runA); err != nil || k != nil && !slices.Contains(runs, runA) || !slices.Contains(runs, runB) {
				t.Errorf("died at call %d: got %v, the ledger keeps %+v, %v", calls+1, runs, k, err)
			}
		}
		if died == nil {
			return
		}
		if !errors.Is(died, errDead) {
			t.Fatal(died)
		}
	}
}

// What never came to a record is taken away again.
func TestAStartThatStartedNothingLeavesNoRun(t *testing.T) {
	for calls := 0; ; calls++ {
		disk := &audit.Memory{}
		f := NewFolder(disk, "state")
		if _, err := f.Begin(runA); err != nil {
			t.Fatal(err)
		}
		full := &fullDisk{Memory: disk, left: calls}
		run, err := NewFolder(full, "state").Begin(runB)
		if err == nil {
			err = run.Append(entry(1, "run.started", `{}`))
			if err == nil {
				err = run.Sync()
			}
			if bad := run.CloseOrDiscard(); bad != nil {
				t.Fatal(bad)
			}
		}
		ids, bad := f.Runs()
		if bad != nil {
			t.Fatal(bad)
		}
		if want := map[bool]int{true: 2, false: 1}[err == nil]; len(ids) != want {
			t.Errorf("the disk was full after %d: %v; there are %v", calls, err, ids)
		}
		if err == nil {
			return
		}
	}
}

// A fullDisk takes so many files, directories, bytes and syncs, and then no more; names can be taken away.
type fullDisk struct {
	*audit.Memory
	left int
}

var errFull = errors.New("no space left on device")

func (d *fullDisk) full() error {
	if d.left--; d.left < 0 {
		return fmt.Errorf("write: %w", errFull)
	}
	return nil
}

func (d *fullDisk) Create(name string) (audit.File, error) {
	if err := d.full(); err != nil {
		return nil, err
	}
	f, err := d.Memory.Create(name)
	return fullFile{f, d}, err
}

func (d *fullDisk) Mkdir(name string) error {
	if err := d.full(); err != nil {
		return err
	}
	return d.Memory.Mkdir(name)
}

type fullFile struct {
	audit.File
	disk *fullDisk
}

func (f fullFile) Write(b []byte) (int, error) {
	if err := f.disk.full(); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

func (f fullFile) Sync() error {
	if err := f.disk.full(); err != nil {
		return err
	}
	return f.File.Sync()
}
