// Package callcode is the table of the codes the scheduler answers a call with, and of those it tells of batch runs and tasks.
//
// The client judges answers by it, the machine words its reasons with it, and the audit log keeps both, so the table
// stands apart from all three, and from the language, which warns of codes that no answer holds: it imports nothing of ours,
// knows no request and decides nothing. The codes of a batch run or task are others than those of a call: see [State].
package callcode

import (
	"slices"
	"strconv"
)

// The codes. External Scheduler Interface API Guide 25.08.01, status codes.
const (
	Success        = 0
	Failure        = -1
	NoObject       = -3
	BadArguments   = -4
	BadHeaders     = -5
	NoJob          = -6
	Interrupted    = -7
	NotInterrupted = -8
)

// Meaning tells a code in words, or "" for a code the guide does not know. Recorded decisions hold these words: they
// never change.
func Meaning(code int) string {
	switch code {
	case Success:
		return "success"
	case Failure:
		return "failure"
	case NoObject:
		return "object does not exist"
	case BadArguments:
		return "invalid arguments, or too few in the body"
	case BadHeaders:
		return "invalid or missing headers"
	case NoJob:
		return "no executable job is present"
	case Interrupted:
		return "job is already interrupted"
	case NotInterrupted:
		return "job is not ongoing or aborted"
	}
	return ""
}

// State is what a code says of a batch run or a task, in the words of plans, or "" for a code the guide does not know.
func State(code int) string {
	switch code {
	case 0:
		return "succeeded"
	case -1:
		return "failed"
	case -2:
		return "interrupted"
	case 1:
		return "not_started"
	case 2:
		return "ongoing"
	case 3:
		return "aborted"
	case 4:
		return "excluded"
	case 5:
		return "held"
	}
	return ""
}

// Refuses reports a code that says of any call that nothing was carried out.
func Refuses(code int) bool { return code <= NoObject && code >= NoJob }

// TooLate reports a code that answers an interrupt of what has stopped already.
func TooLate(code int) bool { return code == Interrupted || code == NotInterrupted }

// Parse reads a code as events and errors keep it: the answer's own text. It is false for a text that is no code, such
// as "O", "1.0" or "".
func Parse(text string) (code int, ok bool) {
	code, err := strconv.Atoi(text)
	return code, err == nil && strconv.Itoa(code) == text
}

// Is reports whether a kept text is one of these codes.
func Is(text string, codes ...int) bool {
	code, ok := Parse(text)
	return ok && slices.Contains(codes, code)
}
