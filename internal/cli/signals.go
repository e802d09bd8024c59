package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// errSignal is the cause with which a context ends when the process was told to stop.
type errSignal struct{ os.Signal }

func (e errSignal) Error() string { return fmt.Sprintf("stopped by signal %q", e.Signal.String()) }

// stoppable ends the context with a cause at the first SIGINT or SIGTERM, so that a run detaches, and lets
// Main return at the second. A terminal that goes away counts like them, unless nohup said otherwise; a reader of our
// output that goes away does not: a run is not lost because nobody looks. A file that may not grow any further is an
// error of the write, and no reason to die either. The returned function gives the signals that stop back their usual
// meaning. Those of a failed write stay ignored: what is printed after it must not cost the exit code.
func (a *app) stoppable(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	signal.Notify(make(chan os.Signal, 1), ignored...)
	go func() {
		select {
		case s := <-signals:
			cancel(errSignal{s})
		case <-done:
			return
		}
		select {
		case <-signals:
			close(a.leave)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(context.Canceled)
	}
}
