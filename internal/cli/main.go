package cli

import (
	"context"
	"fmt"
	"io"
	"log"

	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
)

// Main runs one command line and returns its exit code. Results go to stdout, everything else to stderr.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// net/http tells it what servers send unasked, word for word: no filter, no form, and no use to anybody.
	log.SetOutput(io.Discard)
	a := &app{terminal.New(stdin, stdout, stderr), args}
	done := make(chan int, 1)
	go func() { done <- a.execute() }()
	select {
	case code := <-done:
		return code
	case <-a.Left():
		a.FlushAtOnce()
		return int(exitcode.Detached)
	}
}

// app is one invocation.
type app struct {
	*terminal.Streams
	args []string
}

// execute builds the tree, runs the command and prints its error.
func (a *app) execute() int {
	root := a.root()
	root.SetArgs(a.args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	err := root.ExecuteContext(context.Background())
	if err != nil && !exitcode.IsQuiet(err) {
		fmt.Fprintln(a.Err, err)
	}
	a.Flush()
	return int(exitcode.Of(err))
}
