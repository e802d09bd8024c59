package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
)

// fatalSignals would end the process with exit code 2, which says that nothing was sent, when somebody sends them: a hung program is asked
// for its stacks so. A fault of the program itself is a panic, whoever is notified.
var fatalSignals = []os.Signal{
	syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP,
}

// Main runs one command line and returns its exit code. Results go to stdout, everything else to stderr.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	terminal.CrashWithoutCore()
	std := terminal.New(stdin, stdout, stderr)
	fatal := make(chan os.Signal, 1)
	signal.Notify(fatal, fatalSignals...)
	defer signal.Stop(fatal)
	done := make(chan exitcode.Code, 1)
	go func() { done <- guarded(std, func() exitcode.Code { return execute(std, args) }) }()
	select {
	case code := <-done:
		return int(code)
	case <-std.Left():
		std.FlushAtOnce()
		return int(exitcode.Detached)
	case sig := <-fatal:
		return int(died(std, fmt.Sprintf("it was ended by signal %q", sig), stacks()))
	}
}

// guarded is the exit code of a command, also when it panics.
func guarded(std *terminal.Streams, command func() exitcode.Code) (code exitcode.Code) {
	defer func() {
		if v := recover(); v != nil {
			code = died(std, fmt.Sprintf("panic: %v", v), debug.Stack())
		}
	}()
	return command()
}

// died says that the program failed, what becomes of the batches, and where it was: for who maintains it. Secrets do not pass the
// filter, whatever it was about.
func died(std *terminal.Streams, why string, where []byte) exitcode.Code {
	fmt.Fprintf(std.Err, "%s\nthe program failed: %s\n\tthe batches it started go on, and nothing more is started; carry on with: ofsplan resume --unfinished\n\ttell who maintains it, with the lines above\n", where, why)
	std.FlushAtOnce()
	return exitcode.Broken
}

// stacks is where all goroutines are.
func stacks() []byte {
	b := make([]byte, 1<<20)
	return b[:runtime.Stack(b, true)]
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
