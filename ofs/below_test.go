package ofs

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
)

// onto is a client that sends into f.
func onto(t *testing.T, f roundTripper) *Client {
	t.Helper()
	c, err := New(config("http://ofs.example.com"), nil, Transport{Mutating: f, Reading: f})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func response(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

type fakeConn struct {
	net.Conn
	closed atomic.Bool
}

func (c *fakeConn) Close() error { c.closed.Store(true); return nil }

// What a transport below the gate may do wrong, and what it is then taken for.
func TestTransportsBelowTheGate(t *testing.T) {
	open := func(req *http.Request, reused bool) *fakeConn {
		conn := &fakeConn{}
		httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{Conn: conn, Reused: reused})
		return conn
	}
	lost := errors.New("lost")
	no := errors.New("no")
	tests := []struct {
		name   string
		rt     roundTripper
		commit error
		want   Class
	}{
		{"keeps the contract", func(r *http.Request) (*http.Response, error) { open(r, false); return response(200, accepted), nil }, nil, Accepted},
		{"opens without a connection to show", func(r *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
			return response(200, accepted), nil
		}, nil, Accepted},
		{"loses the answer", func(r *http.Request) (*http.Response, error) { open(r, false); return nil, lost }, nil, InDoubt},
		{"cannot connect", func(*http.Request) (*http.Response, error) { return nil, lost }, nil, NotSent},
		{"never asks the gate", func(*http.Request) (*http.Response, error) { return response(200, accepted), nil }, nil, Broken},
		{"never asks the gate, refuses", func(*http.Request) (*http.Response, error) { return response(400, ""), nil }, nil, Broken},
		{"heeds no refusal", func(r *http.Request) (*http.Response, error) { open(r, false); return response(200, accepted), nil }, no, Broken},
		{"heeds the refusal", func(r *http.Request) (*http.Response, error) {
			if conn := open(r, false); !conn.closed.Load() || !errors.Is(context.Cause(r.Context()), no) {
				t.Errorf("closed %v, cause %v", conn.closed.Load(), context.Cause(r.Context()))
			}
			return nil, context.Cause(r.Context())
		}, no, NotSent},
		{"offers a used connection", func(r *http.Request) (*http.Response, error) { open(r, true); return nil, lost }, nil, NotSent},
		{"asks twice", func(r *http.Request) (*http.Response, error) { open(r, false); open(r, false); return nil, lost }, nil, InDoubt},
		{"brings nothing at all", func(r *http.Request) (*http.Response, error) { open(r, false); return nil, nil }, nil, InDoubt},
		{"brings an answer and an error", func(r *http.Request) (*http.Response, error) { open(r, false); return response(200, accepted), lost }, nil, InDoubt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			commits := 0
			c := onto(t, tt.rt)
			r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", func() error { commits++; return tt.commit })
			if r.Class != tt.want || commits > 1 {
				t.Errorf("got %+v after %d commits, want %s", r, commits, tt.want)
			}
			if (r.Class == Broken) != errors.Is(r.Err, ErrBroken) {
				t.Errorf("error %v", r.Err)
			}
		})
	}
}

// What comes to the transport: the frozen bytes, no means to send them again, and no header that invites it.
func TestWhatLeaves(t *testing.T) {
	var c *Client
	c = onto(t, func(r *http.Request) (*http.Response, error) {
		f := frozen(t, c, OpTrigger)
		if r.GetBody != nil || r.Header.Get("Idempotency-Key") != "" {
			t.Error("the request can be repeated")
		}
		body, _ := io.ReadAll(r.Body)
		if string(body) != string(f.Body) || r.URL.String() != f.URL || r.Method != http.MethodPost {
			t.Errorf("%s %s %s", r.Method, r.URL, body)
		}
		if got, want := r.UserAgent(), "ofsplan (run/load/1/trigger/1)"; got != want {
			t.Errorf("User-Agent %q, want %q", got, want)
		}
		for key := range r.Header {
			if _, ok := f.Header[key]; !ok {
				t.Errorf("header %q is not in the frozen request", key)
			}
		}
		httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
		return response(200, accepted), nil
	})
	f := frozen(t, c, OpTrigger)
	f.Header.Set("Idempotency-Key", "x")
	if r := c.Send(t.Context(), f, "run/load/1/trigger/1", committed); r.Class != Accepted {
		t.Errorf("got %+v", r)
	}
}

func TestMark(t *testing.T) {
	for in, want := range map[string]string{"a/1/trigger/1": "a/1/trigger/1", "": "", "x) (y\r\nz ä": "x___y__z__"} {
		if got := Mark(marked("ofsplan/1.0 (linux)", in)); in != "" && got != want {
			t.Errorf("Mark of %q = %q, want %q", in, got, want)
		}
	}
	if got := Mark("curl/8"); got != "" {
		t.Errorf("got %q", got)
	}
}

// A stop that comes as the connection stands, and before the gate has opened, is heard there.
func TestCancelAtTheGate(t *testing.T) {
	left := errors.New("the operator left")
	ctx, cancel := context.WithCancelCause(t.Context())
	conn := &fakeConn{}
	c := onto(t, func(req *http.Request) (*http.Response, error) {
		cancel(left)
		httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{Conn: conn})
		return nil, context.Cause(req.Context())
	})
	r := c.Send(ctx, frozen(t, c, OpTrigger), "k", func() error { t.Error("commit ran"); return nil })
	if r.Class != NotSent || !errors.Is(r.Err, left) || !conn.closed.Load() {
		t.Errorf("got %+v, closed %v", r, conn.closed.Load())
	}
}
