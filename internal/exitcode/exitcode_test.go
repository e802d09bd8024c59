package exitcode_test

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"ofsplan/internal/exitcode"
)

// A code never changes meaning, so what has been published stands here once more.
func TestCodesKeepTheirMeaning(t *testing.T) {
	const published = `Exit codes:
  0   succeeded, or had already succeeded
  1   the plan failed
  2   wrong usage, invalid plan, parameters or configuration: nothing was sent
  3   in doubt: a person must say what happened
  4   canceled by an operator, or rejected by one
  5   the scheduler or the identity service could not be reached or refused the
      credentials, and nothing was started
  6   already running
  7   audit log damaged or cannot be written
  8   succeeded, but late (deadline)
  9   batch status, batch wait, audit verify: still going on or incomplete
  10  batch status, batch wait: held
  70  the program failed: batches go on; resume
  75  stopped and resumable (signal)
  128+n ended by signal n (134: it crashed, 137: killed): batches go on; resume
`
	if got := exitcode.Help(); got != published {
		t.Errorf("the help says\n%s", got)
	}
	if got, ok := exitcode.Code(11).Row(); ok {
		t.Errorf("11 has the row %+v", got)
	}
}

func TestEveryRowIsComplete(t *testing.T) {
	rows := exitcode.Table()
	if !slices.IsSortedFunc(rows, func(a, b exitcode.Row) int { return int(a.Code - b.Code) }) {
		t.Error("the table is not in order of its codes")
	}
	for _, r := range rows {
		if r.Name == "" || r.Help == "" || r.Meaning == "" {
			t.Errorf("a text is missing: %+v", r)
		}
		if got, ok := r.Code.Row(); !ok || got != r {
			t.Errorf("%d has the row %+v", r.Code, got)
		}
		if r.Driven && r.Scheduler == "" {
			t.Errorf("a run ends with %d, and nobody says what who started it should do", r.Code)
		}
		if r.Again && r.Code != exitcode.Unreachable {
			t.Errorf("a machine may start a plan again after %d, where something may have been started", r.Code)
		}
		for line := range strings.Lines(r.Help) {
			if len(line) > 76 {
				t.Errorf("the help of %d is too wide: %q", r.Code, line)
			}
		}
	}
}

// Of several runs the worst counts, whatever their number.
func TestTheWorstCounts(t *testing.T) {
	order := []exitcode.Code{7, 3, 2, 70, 75, 4, 5, 1, 6, 8, 0}
	for i, worse := range order {
		for _, better := range order[i:] {
			if got := exitcode.Worst(better, worse, better); got != worse {
				t.Errorf("of %d and %d: got %d", better, worse, got)
			}
		}
	}
	if got := exitcode.Worst(); got != exitcode.Succeeded {
		t.Errorf("of none: got %d", got)
	}
}

// own is an error of another package that knows its code by itself.
type own struct{}

func (own) Error() string           { return "own" }
func (own) ExitCode() exitcode.Code { return exitcode.Held }

func TestErrorCarriesItsCode(t *testing.T) {
	plain := errors.New("the disk is full")
	full := exitcode.With(exitcode.AuditLog, plain)
	helper := exec.Command("sh", "-c", "exit 7").Run()
	if _, ok := errors.AsType[*exec.ExitError](helper); !ok {
		t.Fatalf("the helper ends with %v", helper)
	}
	for _, c := range []struct {
		name  string
		err   error
		want  exitcode.Code
		quiet bool
	}{
		{"nothing went wrong", nil, exitcode.Succeeded, false},
		{"nobody gave it one", plain, exitcode.Usage, false},
		{"its own", full, exitcode.AuditLog, false},
		{"wrapped", fmt.Errorf("run 7f3c: %w", full), exitcode.AuditLog, false},
		{"the outer one hides the inner", exitcode.With(exitcode.Failed, full), exitcode.Failed, false},
		{"joined, the first counts", errors.Join(plain, full, exitcode.Quiet(exitcode.Failed)), exitcode.AuditLog, false},
		{"a type of another package", fmt.Errorf("batch: %w", own{}), exitcode.Held, false},
		{"all has been said", exitcode.Quiet(exitcode.InDoubt), exitcode.InDoubt, true},
		{"all has been said, joined with nothing", errors.Join(nil, exitcode.Quiet(exitcode.InDoubt)), exitcode.InDoubt, true},
		{"all has been said, and succeeded", exitcode.Quiet(exitcode.Succeeded), exitcode.Succeeded, false},
		{"no error, with a code", exitcode.With(exitcode.Failed, nil), exitcode.Succeeded, false},
		{"how a helper ended is not how we end", fmt.Errorf("secret: %w", helper), exitcode.Usage, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := exitcode.Of(c.err); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
			if got := exitcode.IsQuiet(c.err); got != c.quiet {
				t.Errorf("quiet is %t, want %t", got, c.quiet)
			}
		})
	}
	if !errors.Is(full, plain) || full.Error() != plain.Error() {
		t.Errorf("the error itself is lost: %v", full)
	}
}
