package cli

import (
	"errors"
	"fmt"

	"ofsplan/runner/drive"
)

// The exit codes. They are listed in the help and never change meaning.
const (
	exitSucceeded      = drive.ExitSucceeded   // succeeded, or had already succeeded
	exitFailed         = drive.ExitFailed      // the plan failed
	exitUsage          = 2                     // wrong usage, invalid plan, parameters or configuration: nothing was sent
	exitInDoubt        = drive.ExitInDoubt     // a person must say what happened
	exitCanceled       = drive.ExitCanceled    // canceled by an operator, or an approval was rejected
	exitUnreachable    = drive.ExitUnreachable // no contact or no credentials, and nothing was started
	exitAlreadyRunning = 6                     // the run is held by another process
	exitAuditLog       = drive.ExitAuditLog    // audit log damaged or cannot be written
	exitLate           = 8                     // succeeded, but late
	exitOngoing        = 9                     // batch status, batch wait, audit verify: still going on or incomplete
	exitHeld           = 10                    // batch status, batch wait: held
	exitDetached       = drive.ExitDetached    // stopped and resumable
)

// exitHelp is the table every --help of the top command ends with.
const exitHelp = `Exit codes:
  0   succeeded, or had already succeeded
  1   the plan failed
  2   wrong usage, invalid plan, parameters or configuration: nothing was sent
  3   in doubt: a person must say what happened
  4   canceled by an operator, or an approval was rejected
  5   the scheduler or the identity service could not be reached or refused the
      credentials, and nothing was started
  6   already running
  7   audit log damaged or cannot be written
  8   succeeded, but late (deadline)
  9   batch status, batch wait, audit verify: still going on or incomplete
  10  batch status, batch wait: held
  75  stopped and resumable (signal)
`

// exit is an error that knows its exit code. With a nil err everything has been said already.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// quit ends the command with a code and says nothing more; 0 is no error.
func quit(code int) error {
	if code == exitSucceeded {
		return nil
	}
	return &exit{code: code}
}

// fail gives an error the code it ends the program with.
func fail(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exit{code, err}
}

// codeOf is the exit code of what a command returned. What nobody gave a code is wrong usage, since
// that is what is left before anything was sent.
func codeOf(err error) int {
	if err == nil {
		return exitSucceeded
	}
	if e, ok := errors.AsType[*exit](err); ok {
		return e.code
	}
	return exitUsage
}
