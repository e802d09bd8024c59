package ofs

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// The gate is the one place between "nothing has left" and "it may have been carried out":
//
//	dial, proxy, TLS ─▶ GotConn: commit ─▶ the first byte leaves ─▶ the answer
//	   not sent      │      gate       │          in doubt            a class
//
// net/http calls GotConn in RoundTrip's own goroutine, after the connection stands and strictly before anything
// is written on it, so what commit wrote is on disk before the first byte leaves. Commit must not be hung on
// the connection's first write instead: a balancer that speaks first would be taken for our answer meanwhile.

// gate is the innermost RoundTripper for requests that change something. It stands directly above a transport
// that never uses a connection twice.
type gate struct{ next http.RoundTripper }

// The reasons for which the gate stays shut or an answer is not believed, beside commit's own.
var (
	errNoPass  = errors.New("a request came to the gate without a pass")
	errReused  = errors.New("the connection had been used before, and a request on such a one may be sent twice")
	errTwice   = errors.New("the gate was asked to open a second time")
	errTimeout = errors.New("no complete answer in time")
	errEarly   = errors.New("what came back had begun before the request was written, so it answers something else")
	// ErrBroken is the cause in a Receipt of class Broken.
	ErrBroken = errors.New("an answer came through a gate that was never opened: the transport below breaks its contract, and what it carried out is unknown")
)

// RoundTrip makes the exchange that the pass in the request's context is for.
func (g gate) RoundTrip(req *http.Request) (*http.Response, error) {
	p := passOf(req.Context())
	if p == nil || !p.used.CompareAndSwap(false, true) {
		return nil, errNoPass
	}
	resp, err := g.next.RoundTrip(p.through(req))
	p.answered = resp != nil
	return stay(resp, err)
}

// stay keeps http.Client from looking where a redirect leads: it reports an unreadable Location in place of the
// answer. The place moves to a key that only we know.
func stay(resp *http.Response, err error) (*http.Response, error) {
	if resp != nil && err != nil { // not allowed, and http.Client would write to the standard logger about it
		_ = resp.Body.Close()
		resp = nil
	}
	if resp == nil {
		return nil, err
	}
	if to := resp.Header.Get("Location"); to != "" && resp.StatusCode >= 300 && resp.StatusCode < 400 {
		resp.Header[movedKey] = []string{to}
		resp.Header.Del("Location")
	}
	return resp, nil
}

// movedKey is not in canonical form, so that no server can set it.
const movedKey = "moved to"

// stayer is stay for transports that have no gate.
type stayer struct{ next http.RoundTripper }

func (s stayer) RoundTrip(req *http.Request) (*http.Response, error) {
	return stay(s.next.RoundTrip(dressed(req)))
}

// A pass is one request's way through the gate, and what is known of it afterwards.
type pass struct {
	commit func() error
	patience

	outer  context.Context // the caller's, which can stop the request until the gate opens
	cancel context.CancelCauseFunc
	detach func() (stopped bool) // takes the caller's hand off the request

	used, opened, wrote, early atomic.Bool
	verdict
}

// patience is the time limit of an answer, which begins when the gate opens.
type patience struct {
	timer   Timer
	timeout time.Duration
	disarm  func() // stops the timer; nil before the gate opened
}

// verdict is what RoundTrip's goroutine learns.
type verdict struct {
	refusal  error // why the gate stayed shut; nil too when it was never asked
	sealed   bool  // nothing can have left on the refused connection: it was a real one, and we closed it
	answered bool  // the transport brought an answer, believable or not
}

type passKey struct{}

func passOf(ctx context.Context) *pass {
	p, _ := ctx.Value(passKey{}).(*pass)
	return p
}

// newPass is a pass and the context to send with. Call close when the answer has been read.
func newPass(ctx context.Context, timer Timer, timeout time.Duration, commit func() error) (*pass, context.Context) {
	p := &pass{commit: commit, patience: patience{timer: timer, timeout: timeout}, outer: ctx}
	// The request lives in a context of its own, which follows the caller's only until the gate opens.
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	p.cancel = cancel
	p.detach = context.AfterFunc(ctx, func() { cancel(stopError{context.Cause(ctx)}) })
	return p, context.WithValue(inner, passKey{}, p)
}

// through is req with the gate in its trace and without the means to send its body again.
func (p *pass) through(req *http.Request) *http.Request {
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn:              p.gotConn,
		WroteHeaders:         func() { p.wrote.Store(true) },
		GotFirstResponseByte: func() { p.early.Store(!p.wrote.Load()) },
	})
	r := dressed(req.Clone(ctx))
	r.GetBody = nil
	r.Header.Del("Idempotency-Key") // net/http sends a request that has one again
	return r
}

// gotConn opens the gate, or cancels and closes: net/http hands a request to its connection even when its context
// is done, so that canceling alone would not keep it from being written.
func (p *pass) gotConn(info httptrace.GotConnInfo) {
	err := p.open(info)
	if err == nil {
		return
	}
	if !p.opened.Load() { // else a request may be on its way already, and its fate stands
		p.refusal = err
	}
	p.cancel(err)
	if info.Conn != nil {
		_ = info.Conn.Close()
	}
	switch info.Conn.(type) {
	case *net.TCPConn, *tls.Conn:
		p.sealed = true
	}
}

func (p *pass) open(info httptrace.GotConnInfo) error {
	switch {
	case p.opened.Load() || p.refusal != nil:
		return errTwice
	case info.Reused:
		return errReused
	case !p.detach() || p.outer.Err() != nil:
		return stopError{context.Cause(p.outer)}
	}
	if err := p.commit(); err != nil {
		return err
	}
	p.opened.Store(true)
	p.disarm = p.timer(p.timeout, func() { p.cancel(errTimeout) })
	return nil
}

// stopError says that the caller's context ended an exchange.
type stopError struct{ cause error }

func (e stopError) Error() string { return "stopped: " + e.cause.Error() }
func (e stopError) Unwrap() error { return e.cause }

// ended is why ctx is done: our own time limit, or the caller.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errTimeout) {
		return cause
	}
	return stopError{cause}
}

// close frees what the pass holds. The answer cannot be read any further.
func (p *pass) close() {
	p.detach()
	if p.disarm != nil {
		p.disarm()
	}
	p.cancel(context.Canceled)
}
