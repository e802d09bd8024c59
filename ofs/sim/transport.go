package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Transport is the scheduler as an http.RoundTripper, without sockets and without goroutines: everything
// happens in the caller's own. Each request gets a connection of its own, but for a look that keepalive_race hits, and meets, in this order, what it would
// meet on a wire: a dial that may fail, [httptrace.ClientTrace.GotConn], the writing of the request, and only
// then the scheduler. When the context has ended or the connection was closed once GotConn has returned,
// nothing was written and nothing is carried out.
//
// now is the time of the night. wait lets d of it pass and returns nil, or the context's cause when that ends
// first; it is asked for [Forever] when no answer comes.
func (s *Scheduler) Transport(
	now func() time.Time, wait func(ctx context.Context, d time.Duration) error,
) http.RoundTripper {
	return &transport{s: s, now: now, wait: wait, raced: map[string]bool{}}
}

type transport struct {
	s    *Scheduler
	now  func() time.Time
	wait func(ctx context.Context, d time.Duration) error

	mu    sync.Mutex      // guards what follows
	raced map[string]bool // looks, by body, that met a kept connection as it closed: the next one of each is on a fresh one
}

// RoundTrip makes one exchange.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	trace := httptrace.ContextClientTrace(req.Context())
	race := t.race(req)
	if err := t.connect(req, trace, race); err != nil {
		return nil, err
	}
	asked, err := write(req, trace)
	switch {
	case err != nil:
		return nil, err
	case race:
		return nil, errLost
	case t.s.refuses(t.now(), req.URL.Path):
		return nil, alert
	}
	reply := t.s.Answer(t.now(), asked)
	if err := t.receive(req.Context(), reply); err != nil {
		return nil, err
	}
	if trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	return t.response(req, reply), nil
}

// race reports whether a request is a look that leaves on a kept connection as it closes. One whose body can be had only once
// is not: nobody could ask it again.
func (t *transport) race(req *http.Request) bool {
	if req.GetBody == nil || opOf(req.URL.Path) != opStatus {
		return false
	}
	r, err := req.GetBody()
	if err != nil {
		return false
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := string(body)
	if t.raced[key] {
		delete(t.raced, key)
		return false
	}
	if !t.s.races(t.now(), Request{Method: req.Method, Path: req.URL.Path, Body: body}) {
		return false
	}
	t.raced[key] = true
	return true
}

// connect dials, and shows the connection before anything is written to it.
func (t *transport) connect(req *http.Request, trace *httptrace.ClientTrace, kept bool) error {
	ctx := req.Context()
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(req.URL.Host)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if t.s.down(t.now(), req.URL.Path) {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: address{}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	conn := new(connection)
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: conn, Reused: kept})
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case conn.closed.Load():
		return fmt.Errorf("write to the simulated scheduler: %w", net.ErrClosed)
	}
	return nil
}

// wholeBody is the largest body for which room is made at once.
const wholeBody = 64 << 10

// write reads the request off its caller, which is when it leaves.
func write(req *http.Request, trace *httptrace.ClientTrace) (Request, error) {
	asked := Request{Method: req.Method, Path: req.URL.Path, Header: req.Header}
	var err error
	if n := req.ContentLength; n > 0 && n <= wholeBody {
		asked.Body = make([]byte, n)
		_, err = io.ReadFull(req.Body, asked.Body)
	} else if req.Body != nil {
		asked.Body, err = io.ReadAll(req.Body)
	}
	if trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{Err: err})
	}
	return asked, err
}

// errLost is what a transport says when a connection ends before the answer.
var errLost = fmt.Errorf("simulated transport connection broken: %w", io.EOF)

// receive waits for the answer, or for what comes in its place.
func (t *transport) receive(ctx context.Context, r Reply) error {
	if r.Delay > 0 {
		if err := t.wait(ctx, r.Delay); err != nil {
			return err
		}
	}
	switch r.Cut {
	case Closed:
		return errLost
	case BrokenOff:
		return &net.OpError{Op: "read", Net: "tcp", Addr: address{}, Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case Silent:
		if err := t.wait(ctx, Forever); err != nil {
			return err
		}
		return errLost
	}
	return nil
}

// response is the reply as a client sees it.
func (t *transport) response(req *http.Request, r Reply) *http.Response {
	resp := &http.Response{
		Status: strconv.Itoa(r.Status) + " " + http.StatusText(r.Status), StatusCode: r.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header(t.s.opts.Speed), ContentLength: int64(len(r.Body)) + r.Padding, Request: req,
	}
	body := io.Reader(bytes.NewReader(r.Body))
	switch {
	case r.Cut == Half:
		body = io.MultiReader(bytes.NewReader(r.Body[:len(r.Body)/2]), broken{})
	case r.Padding > 0:
		body = io.MultiReader(io.LimitReader(blanks{}, r.Padding), body)
	}
	resp.Body = io.NopCloser(body)
	return resp
}

// header is what the reply says in headers, with times in the caller's seconds.
func (r *Reply) header(speed float64) http.Header {
	h := maps.Clone(r.Header) // whoever sets one of them puts a list of its own in its place
	if h == nil {
		h = http.Header{}
	}
	if r.RetryAfter > 0 {
		seconds := max(1, int64(r.RetryAfter.Seconds()/speed+0.5))
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	return h
}

// down reports whether nobody listens for a request to that path.
func (s *Scheduler) down(now time.Time, path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.since(now)
	return s.night.down(at, opOf(path))
}

// blanks is a reader of spaces without end.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// broken is a body that ends too soon.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// address is where the simulated scheduler is.
type address struct{}

func (address) Network() string { return "tcp" }
func (address) String() string  { return "simulated:443" }

// connection is what GotConn is shown. It can be closed and says so; nothing goes through it.
type connection struct{ closed atomic.Bool }

var errNoWire = errors.New("a simulated connection carries no bytes")

func (c *connection) Close() error                     { c.closed.Store(true); return nil }
func (c *connection) Read([]byte) (int, error)         { return 0, errNoWire }
func (c *connection) Write([]byte) (int, error)        { return 0, errNoWire }
func (c *connection) LocalAddr() net.Addr              { return address{} }
func (c *connection) RemoteAddr() net.Addr             { return address{} }
func (c *connection) SetDeadline(time.Time) error      { return nil }
func (c *connection) SetReadDeadline(time.Time) error  { return nil }
func (c *connection) SetWriteDeadline(time.Time) error { return nil }
