//go:build unix

package terminal

import (
	"context"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// interrupt sends Ctrl-C to this process.
func interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

func TestTheSecondSignalLeavesAtOnce(t *testing.T) {
	s := New(strings.NewReader(""), io.Discard, io.Discard)
	ctx, release := s.StopOnSignal(t.Context())
	defer release()
	interrupt(t)
	<-ctx.Done()
	if cause := context.Cause(ctx); cause == nil || !strings.Contains(cause.Error(), "interrupt") {
		t.Errorf("the context ended because of %v", cause)
	}
	select {
	case <-s.Left():
		t.Fatal("the first signal left at once")
	default:
	}
	interrupt(t)
	<-s.Left()
}
