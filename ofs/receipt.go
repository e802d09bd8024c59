package ofs

import "time"

// Class is what is known of a request that changes something.
type Class string

// The classes. Broken is none of the scheduler's doing: an answer came though the gate was never opened, so the
// transport broke the one law everything rests on, and the run must stop.
const (
	Accepted Class = "accepted"
	Refused  Class = "refused"
	NotSent  Class = "not_sent"
	InDoubt  Class = "in_doubt"
	Broken   Class = "broken"
)

// A Receipt is what became of one request that changes something.
type Receipt struct {
	Class        Class
	HTTP         int           // 0 when no answer came
	Code         string        // the call's own statusCode, empty when the answer held none
	Summary      string        // the scheduler's words, one line, made safe to print
	BatchRunID   string        // with Accepted: never empty
	Message      string        // why it is not Accepted, in our words, with what to configure where that helps
	Unauthorized bool          // with Refused: HTTP 401; the token that was used has been spoilt
	RetryAfter   time.Duration // 0: not said
	Trouble      Trouble       // with NotSent and InDoubt: what sort of trouble, as far as an error's type tells
	Err          error         // with NotSent, InDoubt and Broken: the cause; with NotSent it may be commit's own error
}

// Trouble is a sort of trouble on the way. It never decides a class; it chooses the advice a person gets.
type Trouble string

// The troubles. The zero value means none, or none we can name.
const (
	Unreachable Trouble = "unreachable" // no such host, nobody listens, no route
	Untrusted   Trouble = "untrusted"   // the server's certificate, or ours, is not accepted
	Slow        Trouble = "slow"        // no answer in time
	Garbled     Trouble = "garbled"     // an answer that is not the scheduler's: a web page, cut off, doubled, too large
	Stopped     Trouble = "stopped"     // the caller stopped it
)

// Kind is what a caller does about a failed call that changes nothing.
type Kind string

// The kinds.
const (
	KindLost         Kind = "lost"         // ask again later
	KindRefused      Kind = "refused"      // a definite no: asking again brings the same
	KindUnauthorized Kind = "unauthorized" // the token or the credentials are not accepted
)

// CallError is why a status or token call brought nothing.
type CallError struct {
	Kind       Kind
	HTTP       int           // 0 when no answer came
	Code       string        // the scheduler's statusCode, or the identity service's error; empty when there was none
	Message    string        // what happened, in our words
	Hint       string        // what to do or configure; may be empty
	RetryAfter time.Duration // 0: not said
	Trouble    Trouble
	Err        error // the cause, for errors.Is; may be nil. Its text is not part of Error()
}

// Error tells what happened and, on a second line, what to do.
func (e *CallError) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + "\n\t" + e.Hint
}

// Unwrap is the cause.
func (e *CallError) Unwrap() error { return e.Err }
