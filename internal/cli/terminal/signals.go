package terminal

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// errSignal is the cause with which a context ends when a signal stops the process.
type errSignal struct{ os.Signal }

func (e errSignal) Error() string { return fmt.Sprintf("stopped by signal %q", e.Signal.String()) }

// DetachOnSignal is for a command that makes a run. Its context ends with a cause at the first SIGINT or SIGTERM, so that the run
// detaches, and [Streams.Left] is closed at the second. A terminal that goes away stops nothing, like a reader of our output that
// goes away: a night is not left because nobody looks. The returned function gives the signals that stop back their
// usual meaning; SIGHUP stays without one, since what is left to do is to print how the run ended.
func (s *Streams) DetachOnSignal(parent context.Context) (context.Context, func()) {
	if !signal.Ignored(syscall.SIGHUP) { // else what we start, such as a command for a password, goes on ignoring it
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	return s.untilSignal(parent, syscall.SIGINT, syscall.SIGTERM)
}

// StopOnSignal is for a command that leaves nothing behind. Its context ends at SIGHUP too, so that it stops when the terminal goes away, unless nohup said otherwise.
func (s *Streams) StopOnSignal(parent context.Context) (context.Context, func()) {
	if signal.Ignored(syscall.SIGHUP) {
		return s.untilSignal(parent, syscall.SIGINT, syscall.SIGTERM)
	}
	return s.untilSignal(parent, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
}

// untilSignal ends the context with a cause at the first of these signals and lets who waits return at the second. A reader of our
// output that goes away is no reason to die, nor is a file that may not grow any further: those are errors of a write,
// and stay ignored to the end, since what is printed after it must not cost the exit code.
func (s *Streams) untilSignal(parent context.Context, stop ...os.Signal) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(signals, stop...)
	signal.Notify(make(chan os.Signal, 1), ignored...)
	go func() {
		select {
		case sig := <-signals:
			cancel(errSignal{sig})
		case <-done:
			return
		}
		select {
		case <-signals:
			close(s.left)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(context.Canceled)
	}
}
