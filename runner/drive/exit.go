package drive

import (
	"errors"

	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/plan/fact"
)

// Exit is the exit code of a run that was left so, err being what Run returned with it: the worst that holds.
func (r Result) Exit(err error) exitcode.Code {
	switch {
	case errors.Is(err, ErrJournal), errors.Is(err, state.ErrNoRoom):
		return exitcode.AuditLog
	case r.Doubted:
		return exitcode.InDoubt
	case errors.Is(err, ErrNoContact):
		return exitcode.Unreachable
	case r.Detached:
		return exitcode.Detached
	case err != nil || r.End == nil:
		return exitcode.InDoubt // the program refused to go on: a person must look
	}
	switch {
	case r.End.Outcome == fact.Succeeded && r.End.Late:
		return exitcode.Late
	case r.End.Outcome == fact.Succeeded:
		return exitcode.Succeeded
	case r.End.Outcome == fact.InDoubt:
		return exitcode.InDoubt
	case r.End.Outcome == fact.Canceled, r.End.Rejected:
		return exitcode.Canceled
	case r.End.NoContact:
		return exitcode.Unreachable
	}
	return exitcode.Failed
}
