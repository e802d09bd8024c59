package operate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/ofs"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

// lookLimit is how long the scheduler has to answer about batch runs before something is said about them.
const lookLimit = 30 * time.Second

// looksAtOnce is how many batch runs are asked about at a time.
const looksAtOnce = 8

// A BesideError refuses to start a batch while a batch run of it goes on.
type BesideError struct {
	runner.Look
	Run   string        // whose step started it
	About fact.BatchRef // the batch run
	May   bool          // the step may watch it on instead (adopt)
	Where string        // the target that it is at
}

// Error says what goes on, and what there is to do.
func (e *BesideError) Error() string {
	stop := fmt.Sprintf("ofsplan batch interrupt %s --code %s", e.BatchRunID, e.About.Code)
	if e.About.Object == fact.Group {
		stop += " --group"
	}
	text := fmt.Sprintf("batch run %s of step %q is %s, and another one would be started beside it, so nothing was done", e.BatchRunID, e.Step, readable.Words(e.Status))
	if e.May {
		text += fmt.Sprintf("\n\tto watch it on: ofsplan adopt %s %s %s --reason \"WHY\"", e.Run, audit.Quote(e.Step), e.BatchRunID)
	}
	return text + fmt.Sprintf("\n\tto stop it: %s --target %s\n\tonce it has ended, the same command again; --unchecked starts another one beside it", stop, e.Where)
}

// An AskError says that the scheduler could not be asked about a batch run.
type AskError struct {
	BatchRunID string
	err        error
}

// Error says which and why.
func (e *AskError) Error() string {
	return fmt.Sprintf("whether batch run %s goes on could not be asked, so nothing was done: %v\n\tmend that, or look at the scheduler's monitor and add --unchecked when you are sure that it is over: your word alone counts then", e.BatchRunID, e.err)
}

// Unwrap is why.
func (e *AskError) Unwrap() error { return e.err }

// ExitCode is that of a scheduler that cannot be reached, unless it said that it knows no such batch run.
func (e *AskError) ExitCode() exitcode.Code {
	if refusedToTell(e.err) {
		return exitcode.Usage
	}
	return exitcode.Unreachable
}

// refusedToTell reports whether the scheduler answered, and would not tell of a batch run.
func refusedToTell(err error) bool {
	call, ok := errors.AsType[*ofs.CallError](err)
	return ok && call.Kind == ofs.KindRefused
}

// ask asks the scheduler about one batch run.
func ask(ctx context.Context, desk *dispatch.Desk, batchRun string) (runner.BatchObserved, error) {
	seen, _, err := desk.Look(ctx, batchRun, nil, runner.BatchObserved{})
	return seen, err
}

// withToken is a desk that may ask, and the context within which it has to.
func withToken(ctx context.Context, desk *dispatch.Desk) (context.Context, context.CancelFunc, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lookLimit, fmt.Errorf("no answer in %s", readable.Duration(lookLimit)))
	if !desk.Ready() {
		if err := desk.Fetch(ctx); err != nil {
			return ctx, cancel, err
		}
	}
	return ctx, cancel, nil
}

// lookAt asks the scheduler about batch runs beside which others would be started. One that cannot be asked about is an
// [AskError]. That one goes on is no error here.
func lookAt(ctx context.Context, desk *dispatch.Desk, about []runner.Startable) ([]runner.Look, error) {
	if len(about) == 0 {
		return nil, nil
	}
	ctx, cancel, err := withToken(ctx, desk)
	defer cancel()
	if err != nil {
		return nil, &AskError{about[0].Run.RunID, err}
	}
	looks, errs := make([]runner.Look, len(about)), make([]error, len(about))
	var all sync.WaitGroup
	free := make(chan struct{}, looksAtOnce)
	for i, a := range about {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			seen, err := ask(ctx, desk, a.Run.RunID)
			if err != nil {
				errs[i] = &AskError{a.Run.RunID, err}
				return
			}
			looks[i] = runner.Look{Step: a.Step, BatchRunID: a.Run.RunID, Status: seen.Status, Code: seen.Code}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return looks, nil
}

// unchecked are the looks that nobody made.
func unchecked(about []runner.Startable) []runner.Look {
	var looks []runner.Look
	for _, a := range about {
		looks = append(looks, runner.Look{Step: a.Step, BatchRunID: a.Run.RunID})
	}
	return looks
}

// besides is the first of looks at a batch run that goes on, as an error; nil: none does. Target is where it is.
func besides(run, target string, about []runner.Startable, looks []runner.Look, adoptable func(step string) bool) error {
	for i, l := range looks {
		if !l.Unchecked() && !l.Status.Final() {
			return &BesideError{Look: l, Run: run, About: about[i].Run, May: adoptable(l.Step), Where: target}
		}
	}
	return nil
}

// distinct are the batch runs among those that several statements name, each once.
func distinct(about []runner.Startable) []runner.Startable {
	var out []runner.Startable
	seen := map[string]bool{}
	for _, a := range about {
		if !seen[a.Run.RunID] {
			seen[a.Run.RunID] = true
			out = append(out, a)
		}
	}
	return out
}
