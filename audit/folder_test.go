package audit

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func mustRead(t testing.TB, disk Disk, path string) io.Reader {
	t.Helper()
	return strings.NewReader(string(readAll(t, disk, path)))
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
	f := NewFolder(&Memory{}, "state")
	if _, err := f.Find(Last); !errors.Is(err, ErrNoRun) {
		t.Errorf("an empty folder: got %v", err)
	}
	ids := []string{"20261122T020000Z-nightly_aml-0001", "20261123T020000Z-nightly_aml-7f3c", "20261123T020000Z-nightly_aml-7f3d"}
	for _, id := range ids {
		if _, _, err := f.Begin(id); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := f.Simulated().Begin("20261124T020000Z-nightly_aml-ffff"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Begin(ids[0]); !errors.Is(err, fs.ErrExist) {
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
	f := NewFolder(RealDisk{}, filepath.Join(t.TempDir(), "state"))
	j, lock, err := f.Begin(testRun)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Append(entry(1, "run.started", `{}`)), j.Sync()); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := f.Resume(testRun, Reopening{}); !errors.Is(err, ErrLocked) {
		t.Errorf("resume while it runs: got %v, want ErrLocked", err)
	}
	if err := errors.Join(j.Close(), lock.Close()); err != nil {
		t.Fatal(err)
	}
	again, records, lock, err := f.Resume(testRun, Reopening{})
	if err != nil || len(records) != 1 || again.Head() != j.Head() {
		t.Fatalf("got %d records, %v", len(records), err)
	}
	if err := errors.Join(again.Close(), lock.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Find("20261123"); err != nil {
		t.Error(err)
	}
}

// Somebody takes the lock file for one that a dead process left, and removes it.
func TestWhoRemovesALockFileLetsNobodyIn(t *testing.T) {
	f := NewFolder(RealDisk{}, filepath.Join(t.TempDir(), "state"))
	begun, first, err := f.Begin(testRun)
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
		if _, held, err := f.Held(testRun); !held || err != nil {
			t.Errorf("%s: held is %v, %v", while, held, err)
		}
		if _, _, _, err := f.Resume(testRun, Reopening{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "lock file somebody removed") {
			t.Errorf("%s: got %v, want ErrLocked", while, err)
		}
	}
	refused("of a run that began")
	if err := errors.Join(begun.Close(), first.Close()); err != nil {
		t.Fatal(err)
	}
	taken, _, second, err := f.Resume(testRun, Reopening{})
	if err != nil {
		t.Fatal(err)
	}
	refused("of a run that was taken up")
	if err := errors.Join(taken.Close(), second.Close()); err != nil {
		t.Fatal(err)
	}
	if _, held, err := f.Held(testRun); held || err != nil {
		t.Errorf("in the end: held is %v, %v", held, err)
	}
}

func TestFolderNoticesDeletedRunsAndOldCopies(t *testing.T) {
	var disk Memory
	f := NewFolder(&disk, "state")
	j, _, err := f.Begin(testRun)
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
	var disk Memory
	f := NewFolder(&disk, "state")
	j, _, err := f.Begin(testRun)
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
