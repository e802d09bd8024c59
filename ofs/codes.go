package ofs

// The codes a call can be answered with beside 0 and -1. A run or task has the others, see [StatusOf].
// External Scheduler Interface API Guide 25.08.01, status codes.
const (
	CodeNoObject       = -3 // object does not exist
	CodeBadArguments   = -4 // invalid arguments, or too few in the body
	CodeBadHeaders     = -5 // invalid or missing headers
	CodeNoJob          = -6 // no executable job is present
	CodeInterrupted    = -7 // job is already interrupted
	CodeNotInterrupted = -8 // job is not ongoing or aborted
)

// NoCode stands for a run or task code that is missing or not a number.
const NoCode = -1000

// StatusOf is the state of a run or task in our words: not_started, ongoing, succeeded, failed, interrupted,
// aborted, excluded, held, and unknown for every other code.
func StatusOf(code int) string {
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
	return "unknown"
}

// Final reports whether a run or task with that code has ended for good. An unknown code never has.
func Final(code int) bool {
	switch code {
	case 0, -1, -2, 3, 4:
		return true
	}
	return false
}

// Meaning tells a call's code in words, or "" for a code the guide does not know.
func Meaning(code int) string {
	switch code {
	case 0:
		return "success"
	case -1:
		return "failure"
	case CodeNoObject:
		return "object does not exist"
	case CodeBadArguments:
		return "invalid arguments, or too few in the body"
	case CodeBadHeaders:
		return "invalid or missing headers"
	case CodeNoJob:
		return "no executable job is present"
	case CodeInterrupted:
		return "job is already interrupted"
	case CodeNotInterrupted:
		return "job is not ongoing or aborted"
	}
	return ""
}
