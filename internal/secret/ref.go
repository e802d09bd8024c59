package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"ofsplan/internal/trust"
)

// Limits of a secret's source.
const (
	CommandLimit = 30 * time.Second // how long a command may take
	maxSize      = 64 << 10         // bytes in a file or printed by a command
	maxComplaint = 1 << 20          // bytes that a command may print on standard error
)

// A Ref says where a secret is kept. Exactly one of its fields is set.
type Ref struct {
	File    string   // its content, without the newline at its end; refused when others can read or change it
	Env     string   // an environment variable, without the newline at its end
	Command []string // argv, run without a shell; what it prints, without the newline at its end
}

// Resolve reads the secret. An empty one is an error. No error holds any of it. The filter says which variables a command does not
// inherit, see [Filter.Environ]; nil: those of ours.
func (r Ref) Resolve(ctx context.Context, filter *Filter) (Value, error) {
	if err := r.check(); err != nil {
		return Value{}, err
	}
	var text string
	var err error
	switch {
	case r.File != "":
		text, err = readFile(r.File)
	case r.Env != "":
		text, err = readEnv(r.Env)
	default:
		text, err = run(ctx, r.Command, filter.Environ(os.Environ()))
	}
	if err != nil {
		return Value{}, fmt.Errorf("secret from %s: %w", r, err)
	}
	if text == "" {
		return Value{}, fmt.Errorf("secret from %s: it is empty", r)
	}
	return New(text), nil
}

// check reports a Ref that names no source, or several.
func (r Ref) check() error {
	n := 0
	for _, set := range []bool{r.File != "", r.Env != "", len(r.Command) > 0} {
		if set {
			n++
		}
	}
	switch {
	case n == 0:
		return errors.New("a secret needs one of file, env, command")
	case n > 1:
		return errors.New("a secret takes only one of file, env, command")
	case len(r.Command) > 0 && r.Command[0] == "":
		return errors.New("a secret's command has no name")
	}
	return nil
}

// String tells where the secret is kept, never what it is. Of a command, the arguments are left out: they may
// say more than they should.
func (r Ref) String() string {
	switch {
	case r.File != "":
		return fmt.Sprintf("file %q", r.File)
	case r.Env != "":
		return fmt.Sprintf("environment variable %q", r.Env)
	case len(r.Command) > 0:
		return fmt.Sprintf("command %q", r.Command[0])
	}
	return "nowhere"
}

// readFile reads a regular file that nobody but its owner and group can reach.
func readFile(path string) (string, error) {
	// A pipe would wait for a writer when opened, so look before.
	if info, err := os.Stat(path); err != nil {
		return "", cause(err)
	} else if !info.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", cause(err)
	}
	if err := trust.Private(info, path); err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return "", cause(err)
	}
	if len(data) > maxSize {
		return "", fmt.Errorf("it is larger than %d KiB", maxSize>>10)
	}
	return chomp(string(data)), nil
}

// cause is a file error without the path, which the caller has named already.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

func readEnv(name string) (string, error) {
	text, ok := os.LookupEnv(name)
	if !ok {
		return "", errors.New("it is not set")
	}
	return chomp(text), nil
}

// run is what a command prints. Its standard input is empty.
func run(ctx context.Context, argv, environ []string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, CommandLimit, fmt.Errorf("it took longer than %v", CommandLimit))
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(context.Canceled)
	out := &head{keep: maxSize, most: maxSize, full: func() { stop(fmt.Errorf("it printed more than %d KiB", maxSize>>10)) }}
	complaint := &head{keep: 1, most: maxComplaint, full: func() {
		stop(fmt.Errorf("it said more than %d MiB on standard error", maxComplaint>>20))
	}}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Env = out, complaint, environ
	cmd.WaitDelay = time.Second // a grandchild that holds the pipes does not hold us
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success():
		// It has ended well, and what it started goes on with its output in hand, as agents and ssh's ControlPersist do.
		if !strings.Contains(string(out.kept), "\n") {
			return "", errors.New("it ended, but a program that it started keeps its output open, and it said no whole line\n\tend the line, or redirect the output of that program")
		}
	case err != nil && len(complaint.kept) > 0:
		// Some programs repeat there what they were given, in words that no filter can know.
		return "", fmt.Errorf("%w; what it said about that is not shown, since it may hold the secret\n\trun it by hand", err)
	case err != nil:
		return "", err
	}
	return chomp(string(out.kept)), nil
}

// chomp drops one newline at the end, as editors and most tools leave it.
func chomp(s string) string {
	if line, ok := strings.CutSuffix(s, "\n"); ok {
		return strings.TrimSuffix(line, "\r")
	}
	return s
}

// head keeps the beginning of what is written to it, and says when that is too much.
type head struct {
	kept       []byte
	keep, most int // bytes that are kept, and that may come
	came       int
	full       func() // called when more comes than may
}

func (h *head) Write(p []byte) (int, error) {
	h.kept = append(h.kept, p[:min(h.keep-len(h.kept), len(p))]...)
	if h.came += len(p); h.came > h.most {
		h.full()
		return 0, errors.New("too much")
	}
	return len(p), nil
}
