package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
)

const testRun = "20261123T020000Z-nightly_aml-7f3c"

var testStart = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// entry is the n-th record of the tests: a second after the one before.
func entry(n int, kind, data string) audit.Entry {
	return audit.Entry{Time: testStart.Add(time.Duration(n) * time.Second), Type: kind, Data: json.RawMessage(data)}
}

// head is a head of a run after n records.
func head(run string, n int64) audit.Head {
	return audit.Head{Run: run, Count: n, Hash: fmt.Sprintf("%064d", n), Size: n * 100, Time: testStart.Add(time.Duration(n) * time.Second)}
}

// readAll is all that a file holds.
func readAll(t testing.TB, disk audit.Disk, path string) []byte {
	t.Helper()
	f, err := disk.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Somebody takes the lock file for one that a dead process left, and removes it.
func TestWhoRemovesALockFileLetsNobodyIn(t *testing.T) {
	f := NewFolder(audit.RealDisk{}, filepath.Join(t.TempDir(), "state"))
	begun, err := f.Begin(testRun)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(begun.Append(entry(1, "run.started", `{}`)), begun.Sync()); err != nil {
		t.Fatal(err)
	}
	refused := func(while string) {
		t.Helper()
		if err := os.Remove(f.lockFile(testRun)); err != nil {
			t.Fatal(err)
		}
		if _, locked, err := f.Locked(testRun); !locked || err != nil {
			t.Errorf("%s: locked is %v, %v", while, locked, err)
		}
		if _, _, err := f.TakeUp(testRun, Accept{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "lock file somebody removed") {
			t.Errorf("%s: got %v, want ErrLocked", while, err)
		}
	}
	refused("of a run that began")
	if err := begun.Close(); err != nil {
		t.Fatal(err)
	}
	taken, _, err := f.TakeUp(testRun, Accept{})
	if err != nil {
		t.Fatal(err)
	}
	refused("of a run that was taken up")
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	if _, locked, err := f.Locked(testRun); locked || err != nil {
		t.Errorf("in the end: locked is %v, %v", locked, err)
	}
}

// A word about a loss stands until more is lost; it is kept like a head, and hides none.
func TestFolderKnowsWhichLossesAreAcknowledged(t *testing.T) {
	var disk audit.Memory
	f := NewFolder(&disk, "state")
	j, err := f.Begin(testRun)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Append(entry(1, "a", `{}`), entry(2, "b", `{}`)), j.Sync(), f.Ledger().Keep(j.Head(), About{})); err != nil {
		t.Fatal(err)
	}
	word := Acknowledgment{By: "ops@batch01", Reason: `the "{"run":"` + `" of a test`, At: testStart}
	if err := Acknowledge(f, testRun, word); !errors.Is(err, ErrNoRun) {
		t.Errorf("nothing is missing: got %v", err)
	}
	cut := func(to int64) Loss {
		t.Helper()
		h, err := disk.Append(j.Path())
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Truncate(to); err != nil {
			t.Fatal(err)
		}
		losses, err := Losses(f, time.Time{})
		if err != nil || len(losses) != 1 || losses[0].Head != j.Head() {
			t.Fatalf("got %+v, %v", losses, err)
		}
		return losses[0]
	}
	if l := cut(100); l.Acknowledged != nil {
		t.Errorf("nobody said a word: got %+v", l)
	}
	if err := Acknowledge(f, testRun, word); err != nil {
		t.Fatal(err)
	}
	word.Size = 100
	if l := cut(100); l.Acknowledged == nil || *l.Acknowledged != word {
		t.Errorf("got %+v, want %+v", l.Acknowledged, word)
	}
	if l := cut(50); l.Acknowledged != nil {
		t.Errorf("more is missing than was acknowledged: got %+v", l)
	}
	if h, err := HeadOf(f.Ledger(), testRun); err != nil || *h != j.Head() {
		t.Errorf("the head after it: got %+v, %v", h, err)
	}
}

func TestAFolderWithoutRoomIsRefused(t *testing.T) {
	folder := NewFolder(audit.RealDisk{}, filepath.Join(t.TempDir(), "state", "not", "made", "yet"))
	if err := folder.Room(1); err != nil {
		t.Errorf("a byte is wanted: %v", err)
	}
	err := folder.Room(math.MaxInt64)
	if runtime.GOOS == "linux" && (!errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "make room")) {
		t.Errorf("more is wanted than any disk has: %v", err)
	}
	if err := NewFolder(&audit.Memory{}, "state").Room(math.MaxInt64); err != nil {
		t.Errorf("a disk in memory: %v", err)
	}
}
