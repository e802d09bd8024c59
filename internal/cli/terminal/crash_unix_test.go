//go:build unix

package terminal

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// What nobody can catch, such as a panic in a goroutine of the runtime or of a library, ends the process by SIGABRT. Go's own exit code for it
// is 2, which would say that nothing was sent.
func TestWhatNobodyCatchesEndsBySIGABRT(t *testing.T) {
	if os.Getenv("OFSPLAN_TEST_CRASHES") != "" {
		CrashWithoutCore()
		go func() { panic("nobody catches this") }()
		select {}
	}
	cmd := exec.Command("/bin/sh", "-c", `ulimit -c unlimited; cd "$1" && exec "$0" -test.run=TestWhatNobodyCatchesEndsBySIGABRT`, os.Args[0], t.TempDir())
	cmd.Env = append(os.Environ(), "OFSPLAN_TEST_CRASHES=1")
	out, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatalf("it ended with %v\n%s", err, out)
	}
	status := exit.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGABRT || status.CoreDump() {
		t.Errorf("it ended with %v, core dumped %t\n%s", status.Signal(), status.CoreDump(), out)
	}
	if !strings.Contains(string(out), "panic: nobody catches this") {
		t.Errorf("it does not say why:\n%s", out)
	}
}
