//go:build unix

package local

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ofsplan/plan/fact"
)

// A FIFO is told of, and nothing waits for whoever writes into it.
func TestAFIFOIsNoFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "txn.dat")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{name: "a FIFO", filepath.Dir(name): "a folder", "/dev/null": "a device"} {
		got := (&Senses{}).Look(t.Context(), fact.Sought{File: &fact.SoughtFile{Path: path}})
		if got.File == nil || got.File.NotFile != want {
			t.Errorf("%s: got %s, want %s", path, text(got), want)
		}
	}
}

// A check that takes too long ends with all that it has started: the pipe that a child of it holds is let go.
func TestACheckThatTakesTooLongIsEnded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "held")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	c := script(t, "(exec 9>"+name+"; echo begun; sleep 60) & sleep 60")
	c.Timeout = time.Second
	s := &Senses{Checks: map[string]Command{"rows": c}, Env: []string{"PATH=/bin:/usr/bin"}}
	got := s.Look(t.Context(), fact.Sought{Check: &fact.SoughtCheck{Name: "rows"}})
	if got.Trouble != "check rows took longer than 1s: begun" {
		t.Errorf("got %s", text(got))
	}
	if err := held.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := held.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("what it had started goes on: %v", err)
	}
}
