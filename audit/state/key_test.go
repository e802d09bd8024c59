package state

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ofsplan/audit"
)

func TestAKeyIsMadeOnce(t *testing.T) {
	f := NewFolder(audit.RealDisk{}, filepath.Join(t.TempDir(), "state"))
	if _, err := f.KeptKey(); !errors.Is(err, ErrNoKey) {
		t.Errorf("a folder without a key: %v", err)
	}
	const many = 32
	digests := make([]string, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			k, err := f.Key()
			if err != nil {
				t.Error(err)
				return
			}
			digests[i] = k.Digest("run", "pin", "4711")
		})
	}
	all.Wait()
	for _, d := range digests {
		if d != digests[0] {
			t.Errorf("processes that race got several keys: %s and %s", d, digests[0])
		}
	}
	names, err := os.ReadDir(f.Where())
	if err != nil || len(names) != 1 || names[0].Name() != "digest.key" {
		t.Errorf("the folder holds %v, %v", names, err)
	}
	if info, err := os.Stat(f.keyFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestADigestNeedsItsKey(t *testing.T) {
	f, g := NewFolder(audit.RealDisk{}, t.TempDir()), NewFolder(audit.RealDisk{}, t.TempDir())
	k, err := f.Key()
	if err != nil {
		t.Fatal(err)
	}
	other, err := g.Key()
	if err != nil {
		t.Fatal(err)
	}
	d := k.Digest("run-1", "pin", "4711")
	if same, err := k.Matches(d, "run-1", "pin", "4711"); !same || err != nil {
		t.Errorf("its own digest: %v, %v", same, err)
	}
	for _, c := range [][3]string{{"run-1", "pin", "4712"}, {"run-2", "pin", "4711"}, {"run-1", "pan", "4711"}} {
		if same, err := k.Matches(d, c[0], c[1], c[2]); same || err != nil {
			t.Errorf("%v: %v, %v", c, same, err)
		}
	}
	if _, err := other.Matches(d, "run-1", "pin", "4711"); !errors.Is(err, ErrOtherKey) {
		t.Errorf("another key: %v", err)
	}
	hash := func(d string) string { return d[strings.LastIndexByte(d, ':')+1:] }
	if hash(other.Digest("run-1", "pin", "4711")) == hash(d) {
		t.Error("a digest does not depend on the key")
	}
}

func TestAKeyThatOthersCanReadIsRefused(t *testing.T) {
	f := NewFolder(audit.RealDisk{}, t.TempDir())
	if _, err := f.Key(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(f.keyFile(), 0o660); err != nil { // as Kubernetes makes every file of a volume with an fsGroup
		t.Fatal(err)
	}
	if _, err := f.Key(); err != nil {
		t.Errorf("one that its group can read, as a secret file may be: %v", err)
	}
	for _, mode := range []os.FileMode{0o604, 0o644, 0o602, 0o666} {
		if err := os.Chmod(f.keyFile(), mode); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Key(); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
	for _, text := range []string{"", "abcd\n", strings.Repeat("z", 64)} {
		if err := errors.Join(os.WriteFile(f.keyFile(), []byte(text), 0o600), os.Chmod(f.keyFile(), 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Key(); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%q is taken for a key: %v", text, err)
		}
	}
}
