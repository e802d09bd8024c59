package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
)

var (
	keyA = strings.Repeat("a", 64)
	keyB = strings.Repeat("b", 64)
)

func TestAOnceKeyIsHeldByOneAtATime(t *testing.T) {
	f := NewFolder(audit.RealDisk{}, filepath.Join(t.TempDir(), "state"))
	lock, err := f.Once(keyA)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Once(keyA); !errors.Is(err, ErrLocked) {
		t.Errorf("the same key: got %v, want ErrLocked", err)
	}
	other, err := f.Once(keyB)
	if err != nil {
		t.Errorf("another key: %v", err)
	}
	if who, locked, err := LockedBy(f.OnceFile(keyA)); !locked || who.PID != os.Getpid() || err != nil {
		t.Errorf("got %v, %v, %v", who, locked, err)
	}
	if err := errors.Join(lock.Close(), other.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := f.Once(keyA)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoOnceKeyNeverBecomesAPath(t *testing.T) {
	for _, key := range []string{"", "..", strings.Repeat("a", 63), strings.Repeat("A", 64), strings.Repeat("/", 64)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken for a key", key)
				}
			}()
			NewFolder(&audit.Memory{}, "state").OnceFile(key)
		}()
	}
}

// The ledger names runs in the order in which they began; a run it does not name is asked itself, and its id tells its place.
func TestClaimsAreTheRunsOfAKey(t *testing.T) {
	f := NewFolder(&audit.Memory{}, "state")
	ids := []string{
		"20261123T020000Z-nightly-0001", "20261122T020000Z-nightly-0002", "20261124T020000Z-nightly-0003",
		"20261125T020000Z-nightly-0004", "20261126T020000Z-nightly-0005", "20261127T020000Z-nightly-0006",
	}
	keep := func(run, key string, count int64) {
		l := f.Ledger()
		l.Claim(key)
		if err := l.Keep(audit.Head{Run: run, Count: count, Hash: audit.Genesis, Time: time.Unix(1, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range ids[:5] {
		if _, err := f.Begin(id); err != nil {
			t.Fatal(err)
		}
	}
	keep(ids[0], keyA, 1)
	keep(ids[1], keyA, 1)
	keep(ids[2], keyB, 1)
	keep(ids[0], "", 5)   // by a process that did not know the key
	keep(ids[5], keyA, 3) // and its folder is gone
	var asked []string
	claims, err := f.Claims(keyA, func(run string) (string, error) {
		asked = append(asked, run)
		if run == ids[3] {
			return "", fs.ErrNotExist
		}
		return keyA, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range claims {
		got = append(got, c.Run)
	}
	if want := []string{ids[0], ids[1], ids[4], ids[5]}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if claims[0].Head.Count != 5 || claims[3].Head.Count != 3 || claims[2].Head != nil {
		t.Errorf("got heads %+v, %+v, %+v", claims[0].Head, claims[2].Head, claims[3].Head)
	}
	if want := ids[3:5]; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
	broken := errors.New("input/output error")
	if _, err := f.Claims(keyA, func(string) (string, error) { return "", broken }); !errors.Is(err, broken) {
		t.Errorf("a run that cannot be asked: got %v", err)
	}
	if claims, err := f.Simulated().Claims(keyA, nil); claims != nil || err != nil {
		t.Errorf("simulated runs count: %v, %v", claims, err)
	}
}
