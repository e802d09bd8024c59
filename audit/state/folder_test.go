package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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

func TestNewRunID(t *testing.T) {
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.FixedZone("CET", 3600))
	tests := []struct{ name, plan, suffix, want string }{
		{"usual", "nightly_aml", "7f3c", "20261123T020000Z-nightly_aml-7f3c"},
		{"a name that is no folder's", "../Nightly AML", "7f3c", "20261123T020000Z-___nightly_aml-7f3c"},
		{"no name", "", "7f3c", "20261123T020000Z-plan-7f3c"},
		{"a long name", strings.Repeat("x", 100), "7f3c", "20261123T020000Z-" + strings.Repeat("x", 40) + "-7f3c"},
		{"a short suffix", "a", "7f3", ""},
		{"a suffix that leaves the folder", "a", "7f3c/..", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := NewRunID(at, tt.plan, tt.suffix)
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestFolderFindsRuns(t *testing.T) {
	f := NewFolder(&audit.Memory{}, "state")
	if _, err := f.Find(Last); !errors.Is(err, ErrNoRun) {
		t.Errorf("an empty folder: got %v", err)
	}
	ids := []string{"20261122T020000Z-nightly_aml-0001", "20261123T020000Z-nightly_aml-7f3c", "20261123T020000Z-nightly_aml-7f3d"}
	for _, id := range ids {
		if _, err := f.Begin(id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Simulated().Begin("20261124T020000Z-nightly_aml-ffff"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Begin(ids[0]); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an id that is taken: got %v, want fs.ErrExist", err)
	}
	for word, want := range map[string]string{
		ids[1]: ids[1], Last: ids[2], "20261122": ids[0], ids[1][:len(ids[1])-1] + "d": ids[2],
		"20261123": "", "20261124": "", "": "", "..": "",
	} {
		got, err := f.Find(word)
		if got != want || (want == "") != errors.Is(err, ErrNoRun) {
			t.Errorf("find %q: got %q, %v, want %q", word, got, err, want)
		}
	}
	if got, err := f.Simulated().Find(Last); got != "20261124T020000Z-nightly_aml-ffff" || err != nil {
		t.Errorf("the other root: got %q, %v", got, err)
	}
	if f.Simulated().Ledger() != nil {
		t.Error("simulated runs have a ledger")
	}
}

func TestFolderBeginsAndResumesARun(t *testing.T) {
	f := NewFolder(audit.RealDisk{}, filepath.Join(t.TempDir(), "state"))
	j, err := f.Begin(testRun)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Append(entry(1, "run.started", `{}`)), j.Sync()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.TakeUp(testRun, Accept{}); !errors.Is(err, ErrLocked) {
		t.Errorf("resume while it runs: got %v, want ErrLocked", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	again, records, err := f.TakeUp(testRun, Accept{})
	if err != nil || len(records) != 1 || again.Head() != j.Head() {
		t.Fatalf("got %d records, %v", len(records), err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Find("20261123"); err != nil {
		t.Error(err)
	}
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
		if err := os.Remove(f.LockFile(testRun)); err != nil {
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

func TestFolderNoticesDeletedRunsAndOldCopies(t *testing.T) {
	var disk audit.Memory
	f := NewFolder(&disk, "state")
	j, err := f.Begin(testRun)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Append(entry(1, "a", `{}`)), j.Sync(), f.Ledger().Keep(j.Head())); err != nil {
		t.Fatal(err)
	}
	backup := readAll(t, &disk, j.Path())
	if err := errors.Join(j.Append(entry(2, "b", `{}`)), j.Sync(), f.Ledger().Keep(j.Head())); err != nil {
		t.Fatal(err)
	}
	if losses, err := f.Losses(); len(losses) != 0 || err != nil {
		t.Errorf("nothing is lost: got %+v, %v", losses, err)
	}
	h, err := disk.Append(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Truncate(int64(len(backup))); err != nil {
		t.Fatal(err)
	}
	gone := head("20261101T020000Z-nightly_aml-aaaa", 4)
	if err := f.Ledger().Keep(gone); err != nil {
		t.Fatal(err)
	}
	losses, err := f.Losses()
	if err != nil || len(losses) != 2 || losses[0].Head != j.Head() || losses[1].Head != gone {
		t.Fatalf("got %+v, %v", losses, err)
	}
	if !strings.Contains(losses[0].What, "old copy") || !strings.Contains(losses[1].What, "gone") {
		t.Errorf("got %q, %q", losses[0].What, losses[1].What)
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
	if err := errors.Join(j.Append(entry(1, "a", `{}`), entry(2, "b", `{}`)), j.Sync(), f.Ledger().Keep(j.Head())); err != nil {
		t.Fatal(err)
	}
	word := Acknowledgment{By: "ops@batch01", Reason: `the "{"run":"` + `" of a test`, At: testStart}
	if err := f.Acknowledge(testRun, word); !errors.Is(err, ErrNoRun) {
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
		losses, err := f.Losses()
		if err != nil || len(losses) != 1 || losses[0].Head != j.Head() {
			t.Fatalf("got %+v, %v", losses, err)
		}
		return losses[0]
	}
	if l := cut(100); l.Acknowledged != nil {
		t.Errorf("nobody said a word: got %+v", l)
	}
	if err := f.Acknowledge(testRun, word); err != nil {
		t.Fatal(err)
	}
	word.Size = 100
	if l := cut(100); l.Acknowledged == nil || *l.Acknowledged != word {
		t.Errorf("got %+v, want %+v", l.Acknowledged, word)
	}
	if l := cut(50); l.Acknowledged != nil {
		t.Errorf("more is missing than was acknowledged: got %+v", l)
	}
	if h, err := f.Ledger().Head(testRun); err != nil || *h != j.Head() {
		t.Errorf("the head after it: got %+v, %v", h, err)
	}
}
