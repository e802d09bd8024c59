package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEachLineHoldsTheHashOfTheLineBefore(t *testing.T) {
	b, head := goldenBytes(t)
	prev := Genesis
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	for i, line := range lines {
		r, err := Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if r.Prev != prev || r.Seq != int64(i+1) || r.Run != testRun {
			t.Errorf("record %d: got seq %d, run %s, prev %s, want prev %s", i+1, r.Seq, r.Run, r.Prev, prev)
		}
		sum := sha256.Sum256([]byte(line))
		prev = hex.EncodeToString(sum[:])
	}
	want := Head{Run: testRun, Count: int64(len(lines)), Hash: prev, Size: int64(len(b)), Time: head.Time}
	if head != want {
		t.Errorf("head: got %+v, want %+v", head, want)
	}
}

func TestDurableIsWhatWasSyncedWhenTheLineWasWritten(t *testing.T) {
	b, _ := goldenBytes(t)
	var got []int64
	for line := range strings.Lines(string(b)) {
		r, err := Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Durable)
	}
	if want := "[0 0 2 3 4 4 4 7 7]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestRealJournalIsItsOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "runs", testRun)
	j, err := Create(RealDisk{}, dir, testRun)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for path, want := range map[string]fs.FileMode{j.Path(): 0o600, dir: 0o700 | fs.ModeDir} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s: got mode %v, want %v", path, info.Mode(), want)
		}
	}
	if _, err := Create(RealDisk{}, dir, testRun); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second journal in the same folder: got %v, want fs.ErrExist", err)
	}
}

func TestEntriesThatCannotBeWrittenAreRefusedAndLeaveNoTrace(t *testing.T) {
	var disk Memory
	j := golden(t, &disk)
	before := j.Head()
	for _, bad := range []Entry{
		{},
		{Time: testStart},
		{Type: "run.started"},
		entry(1, "a", `{"open":`),
		entry(1, "a", `{} {}`),
		entry(1, "a", "{}\n{}"),
	} {
		if err := j.Append(entry(1, "good", `{}`), bad); err == nil || errors.Is(err, ErrPoisoned) {
			t.Errorf("append %+v: got %v, want a refusal that does not poison", bad, err)
		}
	}
	if err := j.Sync(); err != nil || j.Head() != before {
		t.Errorf("got head %+v, %v, want %+v: a refused batch must not be written in part", j.Head(), err, before)
	}
}

// faulty is a disk whose files fail when told to.
type faulty struct {
	Disk
	write, sync error
	short       bool
	writes      int
}

type faultyFile struct {
	File
	disk *faulty
}

func (d *faulty) Create(name string) (File, error) {
	f, err := d.Disk.Create(name)
	return faultyFile{f, d}, err
}

func (f faultyFile) Write(b []byte) (int, error) {
	f.disk.writes++
	switch {
	case f.disk.write != nil:
		return 0, f.disk.write
	case f.disk.short:
		return f.File.Write(b[:len(b)/2])
	}
	return f.File.Write(b)
}

func (f faultyFile) Sync() error {
	if f.disk.sync != nil {
		f.File.(*memHandle).Forget()
		return f.disk.sync
	}
	return f.File.Sync()
}

func TestOneAppendIsOneWrite(t *testing.T) {
	disk := &faulty{Disk: &Memory{}}
	j, err := Create(disk, "runs/a", "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(entry(1, "a", `{}`), entry(2, "b", `{}`), entry(3, "c", `{}`)); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(); err != nil {
		t.Fatal(err)
	}
	if disk.writes != 1 {
		t.Errorf("got %d writes, want 1", disk.writes)
	}
}

func TestFailurePoisonsForGood(t *testing.T) {
	boom := errors.New("no space left on device")
	tests := []struct {
		name string
		make func(*faulty)
		mend func(*faulty)
	}{
		{"write", func(d *faulty) { d.write = boom }, func(d *faulty) { d.write = nil }},
		{"short write", func(d *faulty) { d.short = true }, func(d *faulty) { d.short = false }},
		{"sync", func(d *faulty) { d.sync = boom }, func(d *faulty) { d.sync = nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			disk := &faulty{Disk: &Memory{}}
			j, err := Create(disk, "runs/a", "a")
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(j.Append(entry(1, "a", `{}`)), j.Sync()); err != nil {
				t.Fatal(err)
			}
			good := j.Head()
			tt.make(disk)
			err = j.Append(entry(2, "b", `{}`))
			if err == nil {
				err = j.Sync()
			}
			if !errors.Is(err, ErrPoisoned) || !strings.Contains(err.Error(), "after record 1") {
				t.Fatalf("got %v, want poison that names the last durable record", err)
			}
			tt.mend(disk)
			writes := disk.writes
			if err := j.Append(entry(3, "c", `{}`)); !errors.Is(err, ErrPoisoned) {
				t.Errorf("append after the fault was mended: got %v, want ErrPoisoned", err)
			}
			if err := j.Sync(); !errors.Is(err, ErrPoisoned) {
				t.Errorf("sync after the fault was mended: got %v, want ErrPoisoned", err)
			}
			if disk.writes != writes || j.Head() != good || j.Err() == nil {
				t.Errorf("a poisoned journal was written, or its head moved: %+v", j.Head())
			}
		})
	}
}

func TestCreateFailsWhenItsNameCannotBeMadeDurable(t *testing.T) {
	boom := errors.New("input/output error")
	if _, err := Create(&faulty{Disk: &Memory{}, sync: boom}, "runs/a", "a"); !errors.Is(err, boom) {
		t.Errorf("got %v, want %v", err, boom)
	}
}

// A cleaner of old files, or a hand, may meet a log that is being written.
func TestALogThatIsTakenAwayIsNotWrittenOn(t *testing.T) {
	for name, take := range map[string]func(path string) error{
		"removed": os.Remove,
		"moved":   func(path string) error { return os.Rename(path, path+".1") },
		"emptied": func(path string) error { return os.Truncate(path, 0) },
	} {
		for how, sync := range map[string]func(*Journal) error{
			"sync": (*Journal).Sync,
			"flush": func(j *Journal) error {
				sync, settle := j.Flush()
				return settle(sync())
			},
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				j, err := Create(RealDisk{}, t.TempDir(), "r")
				if err != nil {
					t.Fatal(err)
				}
				defer j.Close()
				entry := Entry{Time: time.Unix(0, 0), Type: "run.started"}
				if err := errors.Join(j.Append(entry), sync(j), take(j.Path()), j.Append(entry)); err != nil {
					t.Fatal(err)
				}
				if err := sync(j); !errors.Is(err, ErrPoisoned) {
					t.Errorf("got %v, want ErrPoisoned", err)
				}
				if n := j.Durable(); n != 1 {
					t.Errorf("%d records are said to be durable, want 1", n)
				}
			})
		}
	}
}

// flushed appends a record and begins to flush it.
func flushed(t *testing.T, j *Journal) (sync func() error, settle func(error) error) {
	t.Helper()
	if err := j.Append(Entry{Time: time.Unix(1, 0), Type: "run.started"}); err != nil {
		t.Fatal(err)
	}
	return j.Flush()
}

func TestAFlushCoversWhatWasAppendedBeforeIt(t *testing.T) {
	j, err := Create(&Memory{}, "/runs/r", "r")
	if err != nil {
		t.Fatal(err)
	}
	if sync, settle := j.Flush(); sync != nil || settle != nil {
		t.Error("there is something to flush in an empty journal")
	}
	sync, settle := flushed(t, j)
	if err := j.Append(Entry{Time: time.Unix(2, 0), Type: "clock.reached"}); err != nil { // meanwhile
		t.Fatal(err)
	}
	if j.Durable() != 0 {
		t.Error("durable before the sync")
	}
	if err := settle(sync()); err != nil || j.Durable() != 1 || j.Head().Count != 1 {
		t.Errorf("%v; %d records durable, want 1: the second came after the flush began", err, j.Durable())
	}
}

func TestAFlushThatFailsPoisonsTheJournal(t *testing.T) {
	j, err := Create(&Memory{}, "/runs/r", "r")
	if err != nil {
		t.Fatal(err)
	}
	_, settle := flushed(t, j)
	full := errors.New("input/output error")
	if err := settle(full); !errors.Is(err, ErrPoisoned) || !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := j.Append(Entry{Time: time.Unix(2, 0), Type: "clock.reached"}); !errors.Is(err, ErrPoisoned) {
		t.Errorf("appended: %v", err)
	}
	sync, settle := j.Flush()
	if err := settle(sync()); !errors.Is(err, ErrPoisoned) || j.Durable() != 0 {
		t.Errorf("a later flush: %v, %d durable", err, j.Durable())
	}
}
