package cli

import (
	"context"
	"fmt"
	"io"
	"log"
	"sync"

	"github.com/spf13/cobra"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/secret"
)

// Main runs one command line and returns its exit code. Results go to stdout, everything else to stderr.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// net/http tells it what servers send unasked, word for word: no filter, no form, and no use to anybody.
	log.SetOutput(io.Discard)
	a := &app{args: args, in: stdin, out: &stream{raw: stdout}, err: &stream{raw: stderr}, leave: make(chan struct{})}
	done := make(chan int, 1)
	go func() { done <- a.execute() }()
	select {
	case code := <-done:
		return code
	case <-a.leave:
		a.out.flushAtOnce()
		a.err.flushAtOnce()
		return int(exitcode.Detached)
	}
}

// app is one invocation: its streams, and the way out at once.
type app struct {
	args     []string
	in       io.Reader
	out, err *stream
	leave    chan struct{}  // closed by the second signal: Main returns without waiting for anything
	filter   *secret.Filter // before out and err; nil: no secret is known yet
	hidden   []secret.Value // what every filter has to know, beside a target's own secrets
}

// execute builds the tree, runs the command and prints its error.
func (a *app) execute() int {
	root := a.root()
	root.SetArgs(a.args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(context.Background())
	if err != nil && !exitcode.IsQuiet(err) {
		fmt.Fprintln(a.err, err)
	}
	a.out.flush()
	a.err.flush()
	return int(exitcode.Of(err))
}

// guard keeps secrets out of everything printed from here on.
func (a *app) guard(f *secret.Filter) {
	f.Add(a.hidden...)
	a.filter = f
	a.out.through(f)
	a.err.through(f)
}

// stream is an output that a secret filter can be put in front of once the secrets are known. It is safe
// for the loop and its log to write to at once.
type stream struct {
	raw  io.Writer // what the caller of Main handed in
	mu   sync.Mutex
	safe *secret.Writer // nil: no secret is known yet
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.safe != nil {
		return s.safe.Write(p)
	}
	return s.raw.Write(p)
}

// through puts the filter in front.
func (s *stream) through(f *secret.Filter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.safe != nil {
		_ = s.safe.Flush()
	}
	s.safe = f.Writer(s.raw)
}

// flushAtOnce is flush unless somebody is writing, perhaps to a pipe that nobody empties: leaving does not wait.
func (s *stream) flushAtOnce() {
	if !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	if s.safe != nil {
		_ = s.safe.Flush()
	}
}

// flush passes on what the filter held back. Nobody can be told when that fails, and how a run ended does not
// depend on it.
func (s *stream) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.safe != nil {
		_ = s.safe.Flush()
	}
}

// usage marks an error as wrong usage of a command and says where its help is.
func usage(cmd *cobra.Command, err error) error {
	return exitcode.With(exitcode.Usage, fmt.Errorf("%w\n\tsee: %s --help", err, cmd.CommandPath()))
}
