package ofs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// While commit writes its record, however long that takes, not a byte of the request has left.
func TestNothingLeavesBeforeCommit(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			looked := make(chan int64, 1)
			c, n := w.lay(t, func(conn net.Conn, n *count) {
				_ = conn.SetReadDeadline(time.Now().Add(60 * time.Millisecond))
				r := bufio.NewReader(conn)
				_, err := r.Peek(1)
				if e, ok := errors.AsType[net.Error](err); !ok || !e.Timeout() {
					t.Errorf("something came before commit ended: %v", err)
				}
				looked <- n.bytes.Load()
				_ = conn.SetReadDeadline(time.Time{})
				if carry(conn, n) {
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"+accepted)
				}
			})
			r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", func() error {
				if early := <-looked + n.bytes.Load(); early != 0 {
					t.Errorf("%d bytes came before commit ended", early)
				}
				return nil
			})
			if r.Class != Accepted || n.carried.Load() != 1 {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// A commit that fails leaves the server without a single byte, whichever way the connection came.
func TestFailingCommitSendsNothing(t *testing.T) {
	full := errors.New("disk full")
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			ended := make(chan bool, 50)
			c, n := w.lay(t, func(conn net.Conn, _ *count) { drain(conn); ended <- true })
			f := frozen(t, c, OpTrigger)
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					r := c.Send(t.Context(), f, "k", func() error { return full })
					if r.Class != NotSent || !errors.Is(r.Err, full) || r.HTTP != 0 {
						t.Errorf("got %+v", r)
					}
				})
			}
			wg.Wait()
			for range 50 {
				<-ended
			}
			if n.bytes.Load() != 0 || n.conns.Load() != 50 {
				t.Errorf("%d bytes on %d connections", n.bytes.Load(), n.conns.Load())
			}
		})
	}
}

// A server or balancer that speaks first is not believed, whatever it says and however the commit ends.
func TestServersThatSpeakFirst(t *testing.T) {
	log.SetOutput(io.Discard) // net/http tells of each greeting
	defer log.SetOutput(os.Stderr)
	for _, greeting := range []string{fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(accepted)) + accepted, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "220 mail ESMTP\r\n"} {
		for _, fails := range []bool{false, true} {
			for _, w := range ways {
				spoken := make(chan bool, 1)
				c, n := w.lay(t, func(conn net.Conn, n *count) {
					_, _ = io.WriteString(conn, greeting)
					spoken <- true
					drain(conn)
				})
				r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", func() error {
					<-spoken
					if fails {
						return errors.New("no")
					}
					return nil
				})
				want := InDoubt
				if fails {
					want = NotSent
				}
				// Once in a long while net/http reads the greeting only after the request was written, and then
				// nobody can tell it from an answer. What must never be is anything after a failed commit.
				if fails && (r.Class != want || n.bytes.Load() != 0) || !fails && r.Class == NotSent || r.Class == Broken {
					t.Errorf("%.15q, fails=%v, %s: got %+v, %d bytes", greeting, fails, w.name, r, n.bytes.Load())
				}
			}
		}
	}
}

// An answer whose first byte was there before our own head was written answers something else. Here the transport
// says so, since over a socket the moment is too short to be hit at will.
func TestAnswerOlderThanItsRequest(t *testing.T) {
	c := onto(t, func(req *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(req.Context())
		trace.GotConn(httptrace.GotConnInfo{})
		trace.GotFirstResponseByte()
		trace.WroteHeaders()
		return response(200, accepted), nil
	})
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != InDoubt || !errors.Is(r.Err, errEarly) {
		t.Errorf("got %+v", r)
	}
}

// Cancellation stops a request until the gate opens, and nothing afterwards, whichever way the connection came.
func TestCancelBeforeDuringAndAfterTheGate(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			t.Run("before it begins", w.cancelBefore)
			t.Run("during commit", w.cancelDuring)
			t.Run("after the gate", w.cancelAfter)
		})
	}
}

var errLeft = errors.New("the operator left")

const goodAnswer = "HTTP/1.1 200 OK\r\n\r\n" + accepted

func (w way) cancelBefore(t *testing.T) {
	c, n := w.lay(t, answering(goodAnswer))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errLeft)
	r := c.Send(ctx, frozen(t, c, OpTrigger), "k", func() error { t.Error("commit ran"); return nil })
	if r.Class != NotSent || !errors.Is(r.Err, errLeft) || r.Trouble != Stopped || n.conns.Load() != 0 {
		t.Errorf("got %+v", r)
	}
}

func (w way) cancelDuring(t *testing.T) {
	c, n := w.lay(t, answering(goodAnswer))
	ctx, cancel := context.WithCancelCause(t.Context())
	r := c.Send(ctx, frozen(t, c, OpTrigger), "k", func() error { cancel(errLeft); return nil })
	if r.Class != Accepted || n.carried.Load() != 1 {
		t.Errorf("the record was written, so it goes on: got %+v", r)
	}
}

func (w way) cancelAfter(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	c, n := w.lay(t, func(conn net.Conn, n *count) {
		if carry(conn, n) {
			cancel(errLeft)
			_, _ = io.WriteString(conn, goodAnswer)
		}
	})
	if r := c.Send(ctx, frozen(t, c, OpTrigger), "k", committed); r.Class != Accepted || n.carried.Load() != 1 {
		t.Errorf("got %+v", r)
	}
}

// A server that takes connections and goes no further: the handshake of TLS, of a proxy's tunnel, of SOCKS never ends.
// Who leaves then has sent nothing.
func TestCancelInAStalledHandshake(t *testing.T) {
	for _, scheme := range []string{"https", "CONNECT", "socks5"} {
		t.Run(scheme, func(t *testing.T) {
			reached := make(chan bool, 1)
			at, _, _ := peer(t, false, func(conn net.Conn, _ *count) {
				_, _ = conn.Read(make([]byte, 1))
				reached <- true
				drain(conn)
			})
			stalled, err := url.Parse(at)
			if err != nil {
				t.Fatal(err)
			}
			base, through := "https://ofs.example.com", stalled
			switch scheme {
			case "https":
				base, through = "https://"+stalled.Host, nil
			case "socks5":
				base, stalled.Scheme = "http://ofs.example.com", scheme
			}
			c, err := New(config(base), nil, transport(t, TLS{}, func(*http.Request) (*url.URL, error) { return through, nil }))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() { <-reached; cancel(errLeft) }()
			r := c.Send(ctx, frozen(t, c, OpTrigger), "k", func() error { t.Error("commit ran"); return nil })
			if r.Class != NotSent || !errors.Is(r.Err, errLeft) || r.Trouble != Stopped {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// Two hundred requests at once, on every way: each on a connection of its own, each carried out once, each with its
// own mark.
func TestManyAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			var mu sync.Mutex
			marks := map[string]int{}
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				marks[Mark(r.UserAgent())]++
				_, _ = io.WriteString(rw, accepted)
			}))
			var conns atomic.Int64
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					conns.Add(1)
				}
			}
			if w.secure {
				s.StartTLS()
			} else {
				s.Start()
			}
			defer s.Close()
			c := w.client(t, s.URL, s)
			f := frozen(t, c, OpTrigger)
			var wg sync.WaitGroup
			for i := range 200 {
				wg.Go(func() {
					if r := c.Send(t.Context(), f, fmt.Sprintf("step/%d/trigger/1", i), committed); r.Class != Accepted {
						t.Errorf("got %+v", r)
					}
				})
			}
			wg.Wait()
			if len(marks) != 200 || conns.Load() != 200 {
				t.Errorf("%d marks on %d connections", len(marks), conns.Load())
			}
			for mark, n := range marks {
				if n != 1 {
					t.Errorf("%s came %d times", mark, n)
				}
			}
		})
	}
}

// A proxy that refuses the tunnel, or speaks another language, has carried nothing out.
func TestProxyThatRefuses(t *testing.T) {
	tunnels := []string{"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "HTTP/1.1 503 No\r\n\r\n", "HTTP/1.1 307 No\r\nLocation: /\r\n\r\n", "what?\r\n\r\n", ""}
	for scheme, answers := range map[string][]string{"http": tunnels, "socks5": {"\x05\xff", "\x05\x02\x01\x01", "\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", "HTTP/1.1 200 OK\r\n\r\n", ""}} {
		for _, answer := range answers {
			at, _, _ := peer(t, false, func(conn net.Conn, n *count) {
				if scheme == "http" {
					answering(answer)(conn, n)
					return
				}
				_, _ = conn.Read(make([]byte, 100))
				_, _ = io.WriteString(conn, answer)
			})
			via, _ := url.Parse(at)
			via.Scheme, via.User = scheme, url.UserPassword("me", "hush-hush")
			c, err := New(config("https://ofs.example.com"), nil, transport(t, TLS{}, func(*http.Request) (*url.URL, error) { return via, nil }))
			if err != nil {
				t.Fatal(err)
			}
			r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", func() error { t.Error("commit ran"); return nil })
			if r.Class != NotSent || strings.Contains(r.Message, "hush") {
				t.Errorf("%q: got %+v", answer, r)
			}
		}
	}
}

// Nobody listens, no such host: nothing was sent, and the reader learns what to check.
func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := client(t, "http://"+l.Addr().String(), nil)
	r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", func() error { t.Error("commit ran"); return nil })
	if r.Class != NotSent || r.Trouble != Unreachable {
		t.Errorf("got %+v", r)
	}
	contains(t, r.Message, "nothing was sent", "connection refused", "check url of the target")
}
