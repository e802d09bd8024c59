package ofs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
	"time"
)

// Trouble is a sort of trouble on the way. It never decides a class; it chooses the advice a person gets.
type Trouble string

// The troubles. The zero value means none, or none we can name.
const (
	Unreachable Trouble = "unreachable" // no such host, nobody listens, no route
	Untrusted   Trouble = "untrusted"   // the server's certificate, or ours, is not accepted
	Slow        Trouble = "slow"        // no answer in time
	Garbled     Trouble = "garbled"     // an answer that is not the scheduler's: a web page, cut off, doubled, too large
	Stopped     Trouble = "stopped"     // the caller stopped it
	Proxied     Trouble = "proxied"     // a proxy does not let us through
	Ours        Trouble = "ours"        // a limit of our own process
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
	RetryAfter time.Duration // 0: not said. Of refused credentials: until they are shown again, if they do not change
	Withheld   bool          // nothing was asked: the credentials were refused before, and it is not time to show them again
	Trouble    Trouble
	Err        error // the cause, for errors.Is; may be nil. Its text is not part of Error()
	Answer     Raw   // what came, as it came
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

// trouble sorts an error by its type. It chooses advice and never a class.
func trouble(err error) Trouble {
	if err == nil {
		return ""
	}
	if _, ok := errors.AsType[stopError](err); ok || errors.Is(err, context.Canceled) {
		return Stopped
	}
	if untrusted(err) {
		return Untrusted
	}
	if ours(err) {
		return Ours
	}
	if _, ok := errors.AsType[*proxyError](err); ok {
		return Proxied
	}
	if errors.Is(err, errTimeout) || errors.Is(err, context.DeadlineExceeded) {
		return Slow
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return Slow
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return Unreachable
	}
	for _, no := range []syscall.Errno{syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN} {
		if errors.Is(err, no) {
			return Unreachable
		}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return Unreachable
	}
	if errors.Is(err, errTooLarge) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Garbled
	}
	return ""
}

// garbled is the trouble with an answer that came and could not be used: Garbled, unless its body came too slowly.
func garbled(err error) Trouble {
	if t := trouble(err); t != "" {
		return t
	}
	return Garbled
}

// untrusted reports an error of certificates, the server's or ours.
func untrusted(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*certificateError](err); ok {
		return true
	}
	number, ok := alertOf(err)
	return ok && certificateAlert(number)
}
