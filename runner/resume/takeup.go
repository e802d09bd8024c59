package resume

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// ErrNothingPinned means that a journal ends before the plan was recorded: nothing was started, and there is nothing to
// go on with.
var ErrNothingPinned = errors.New("its audit log ends before the plan was recorded, so nothing was started: there is nothing to go on with")

// A Run is one that was begun before and that this process has made its own. It belongs to one goroutine.
type Run struct {
	*state.Run
	Replayed
	ID      string
	Records []audit.Record // as they were found
	Added   []record.Turn  // what this process has added
	Store   state.Store    // where it is kept
	clock   func() time.Time
}

// An Answer is what somebody answers for about a journal that would not be taken up without it. The zero Answer is
// nobody's.
type Answer struct {
	state.Accept
	runner.Statement
	// Tidy takes the run's secrets out of the reason, once its parameters are known; nil: there are none.
	Tidy func(params []runner.Param, reason string) string
}

// TakeUp makes a run this process's own, holds its journal against the ledger, and replays it. Nothing is written but what
// becomes of a bad last line: a torn one is set aside, another one only when somebody answers for it; and into the ledger the head of a
// run that has ended, if it is not there. The clock is the caller's.
//
// Errors carry an exit code. They wrap [state.ErrLocked] when another process has the run, [audit.ErrBroken] and
// [state.ErrCopied] of a journal that is not taken up as it is, [ErrNothingPinned], and those of [Replay].
func TakeUp(store state.Store, id string, by Answer, clock func() time.Time) (*Run, error) {
	own, records, err := store.TakeUp(id, by.Accept)
	switch {
	case errors.Is(err, state.ErrLocked):
		return nil, exitcode.With(exitcode.AlreadyRunning, err)
	case errors.Is(err, audit.ErrBroken):
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s is not taken up: %w\n\tlook at it with: ofsplan audit verify %s", id, err, id))
	case err != nil:
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s is not taken up: %w", id, err))
	}
	r := &Run{Run: own, ID: id, Records: records, Store: store, clock: clock}
	err = r.replay(by)
	if err == nil {
		err = r.keepEnd()
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// keepEnd puts the head of a run that has ended into the ledger, where its process died before it could: nobody goes on with such a run, so
// nobody else would.
func (r *Run) keepEnd() error {
	if r.Outcome() == nil {
		return nil
	}
	kept, err := state.HeadOf(r.Store.Ledger(), r.ID)
	if err != nil || kept != nil && kept.Count >= r.Head().Count {
		return exitcode.With(exitcode.AuditLog, err)
	}
	return r.Keep()
}

// replay brings the run to where its journal left it, and settles what was set aside of the journal.
func (r *Run) replay(by Answer) (err error) {
	if !slices.ContainsFunc(r.Records, func(r audit.Record) bool { return r.Type == runner.FilePinned{}.Type() }) {
		return nothingPinned(r.ID)
	}
	if r.Replayed, err = Replay(r.Records); errors.Is(err, ErrNothingPinned) {
		return nothingPinned(r.ID)
	}
	if err != nil {
		code := exitcode.AuditLog
		if errors.Is(err, ErrOtherMachine) {
			code = exitcode.Usage
		}
		return exitcode.With(code, fmt.Errorf("run %s: %w", r.ID, err))
	}
	if by.Tidy != nil {
		by.Reason = by.Tidy(r.Started.Params, by.Reason)
	}
	if torn := r.Aside(); torn != nil {
		if err := r.Note(record.JournalTorn, torn); err != nil {
			return err
		}
	}
	if r.Copied {
		err := r.Note(record.CopyAccepted, Acceptance{By: by.By, Reason: by.Reason, From: by.From, Tool: by.Tool})
		if err = errors.Join(err, r.Keep()); err != nil {
			return err
		}
	}
	return r.accept(by)
}

func nothingPinned(run string) error {
	return fmt.Errorf("run %s: %w\n\trun the plan again", run, ErrNothingPinned)
}

// withCode gives the error of a journal that cannot be written its exit code.
func withCode(err error) error {
	if errors.Is(err, drive.ErrJournal) {
		return exitcode.With(exitcode.AuditLog, err)
	}
	return err
}

// Now is the time as records have it, never before the last turn.
func (r *Run) Now() time.Time { return r.at(r.clock()) }

// Note writes a note and makes it durable.
func (r *Run) Note(kind record.NoteKind, data any) error {
	entry, err := record.NoteEntry(r.Now(), kind, runner.Key{}, data)
	if err == nil {
		err = errors.Join(r.Append(entry), r.Sync())
	}
	return exitcode.With(exitcode.AuditLog, err)
}

// Outcome is how the run has ended or stopped, nil while there is something left to do.
func (r *Run) Outcome() *runner.End {
	if !r.Machine.Status().Ended {
		return nil
	}
	return r.End
}

// Keep puts the head into the ledger, if there is one.
func (r *Run) Keep() error {
	if ledger := r.Store.Ledger(); ledger != nil {
		return exitcode.With(exitcode.AuditLog, ledger.Keep(r.Head(), AboutRun(r.Started)))
	}
	return nil
}

// AboutRun is what the ledger says of a run besides its head.
func AboutRun(e runner.RunStarted) state.About { return state.About{Plan: e.Plan, Once: e.OnceKey()} }

// A Refusal is an error of the machine as people read it: what it is about, and not that it was unexpected.
type Refusal struct{ error }

// Error is the machine's reason.
func (r Refusal) Error() string { return runner.Reason(r.error) }

// Unwrap is the machine's error.
func (r Refusal) Unwrap() error { return r.error }
