package drive

import (
	"errors"

	"ofsplan/audit"
	"ofsplan/plan/fact"
)

// The exit codes a run can end with. They never change meaning.
const (
	ExitSucceeded   = 0
	ExitFailed      = 1
	ExitInDoubt     = 3 // a person must say what happened
	ExitCanceled    = 4
	ExitUnreachable = 5 // no contact or no credentials, and nothing was started
	ExitAuditLog    = 7 // the audit log cannot be written
	ExitDetached    = 75
)

// Exit is the exit code of a run that was left so, err being what Run returned with it: the worst that holds.
func (r Result) Exit(err error) int {
	switch {
	case errors.Is(err, ErrJournal), errors.Is(err, audit.ErrNoRoom):
		return ExitAuditLog
	case r.Doubted:
		return ExitInDoubt
	case errors.Is(err, ErrNoContact):
		return ExitUnreachable
	case r.Detached:
		return ExitDetached
	case err != nil || r.End == nil:
		return ExitInDoubt // the program refused to go on: a person must look
	}
	switch {
	case r.End.Outcome == fact.Succeeded:
		return ExitSucceeded
	case r.End.Outcome == fact.InDoubt:
		return ExitInDoubt
	case r.End.Outcome == fact.Canceled:
		return ExitCanceled
	case r.End.NoContact:
		return ExitUnreachable
	}
	return ExitFailed
}
