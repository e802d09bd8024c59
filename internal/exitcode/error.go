package exitcode

import (
	"errors"
	"fmt"
)

// Error is an error that knows the code it ends the program with. A type of another package may be one by itself.
//
// The method returns a Code, not an int, so that an exec.ExitError somewhere in a chain is none: how a helper that was
// asked for a secret ended is not how we end.
type Error interface {
	error
	ExitCode() Code
}

// With gives an error its code; nil stays nil. An outer code hides an inner one.
func With(code Code, err error) error {
	if err == nil {
		return nil
	}
	return &coded{code, err}
}

// Quiet ends the program with a code when all has been said already. It is nil for Succeeded.
func Quiet(code Code) error {
	if code == Succeeded {
		return nil
	}
	return &coded{code: code}
}

// Of is the code an error ends the program with: that of the outermost Error in it, and Succeeded for nil. What nobody
// gave a code is Usage, since that is what is left before anything was sent.
func Of(err error) Code {
	if err == nil {
		return Succeeded
	}
	if e, ok := errors.AsType[Error](err); ok {
		return e.ExitCode()
	}
	return Usage
}

// IsQuiet tells whether an error has nothing more to say than its code.
func IsQuiet(err error) bool {
	e, ok := errors.AsType[Error](err)
	if !ok {
		return false
	}
	c, ok := e.(*coded)
	return ok && c.err == nil
}

// coded is an error with its code; err is nil when all has been said.
type coded struct {
	code Code
	err  error
}

func (e *coded) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *coded) Unwrap() error  { return e.err }
func (e *coded) ExitCode() Code { return e.code }
