package cli

import (
	"context"
	"fmt"
	"io"

	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
)

// Main runs one command line and returns its exit code. Results go to stdout, everything else to stderr.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	std := terminal.New(stdin, stdout, stderr)
	done := make(chan exitcode.Code, 1)
	go func() { done <- execute(std, args) }()
	select {
	case code := <-done:
		return int(code)
	case <-std.Left():
		std.FlushAtOnce()
		return int(exitcode.Detached)
	}
}

// execute builds the tree, runs the command and prints its error.
func execute(std *terminal.Streams, args []string) exitcode.Code {
	root := newRoot(std, args)
	root.SetArgs(args)
	root.SetIn(std.In)
	root.SetOut(std.Out)
	root.SetErr(std.Err)
	err := root.ExecuteContext(context.Background())
	if err != nil && !exitcode.IsQuiet(err) {
		fmt.Fprintln(std.Err, err)
	}
	std.Flush()
	return exitcode.Of(err)
}
