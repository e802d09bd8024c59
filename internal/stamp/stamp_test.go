package stamp

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAChangedByteShows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program")
	text := []byte("\x7fELF, and whatever a program holds")
	write := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	if _, err := Verify(path); !errors.Is(err, ErrNone) {
		t.Errorf("without a stamp: got %v", err)
	}
	first, err := Stamp(path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Stamp(path); again != first || err != nil {
		t.Errorf("stamped again: got %s, %v, want %s", again, err, first)
	}
	if digest, err := Verify(path); digest != first || err != nil {
		t.Errorf("got %s, %v, want %s", digest, err, first)
	}
	stamped, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range stamped {
		bad := append([]byte(nil), stamped...)
		bad[i] ^= 1
		write(bad)
		if digest, err := Verify(path); err == nil || !errors.Is(err, ErrNone) && !errors.Is(err, ErrChanged) {
			t.Errorf("byte %d changed: got %s, %v", i, digest, err)
		}
	}
	write(stamped[:len(stamped)-1])
	if _, err := Verify(path); !errors.Is(err, ErrNone) {
		t.Errorf("cut: got %v", err)
	}
}
