package ofs

import (
	"bufio"
	"context"
	"encoding/base64"
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
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%v", secure), func(t *testing.T) {
			looked := make(chan int64, 1)
			url, cert, n := peer(t, secure, func(conn net.Conn, n *count) {
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
			c := client(t, url, cert)
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

// A commit that fails leaves the server without a single byte, on plain connections and above TLS.
func TestFailingCommitSendsNothing(t *testing.T) {
	full := errors.New("disk full")
	for _, secure := range []bool{false, true} {
		ended := make(chan bool, 50)
		url, cert, n := peer(t, secure, func(conn net.Conn, _ *count) { drain(conn); ended <- true })
		c := client(t, url, cert)
		f := frozen(t, c, OpTrigger)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				r := c.Send(t.Context(), f, "k", func() error { return full })
				if r.Class != NotSent || !errors.Is(r.Err, full) || r.HTTP != 0 {
					t.Errorf("tls=%v: got %+v", secure, r)
				}
			})
		}
		wg.Wait()
		for range 50 {
			<-ended
		}
		if n.bytes.Load() != 0 || n.conns.Load() != 50 {
			t.Errorf("tls=%v: %d bytes on %d connections", secure, n.bytes.Load(), n.conns.Load())
		}
	}
}

// A server or balancer that speaks first is not believed, whatever it says and however the commit ends.
func TestServersThatSpeakFirst(t *testing.T) {
	log.SetOutput(io.Discard) // net/http tells of each greeting
	defer log.SetOutput(os.Stderr)
	for _, greeting := range []string{fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(accepted)) + accepted, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "220 mail ESMTP\r\n"} {
		for _, fails := range []bool{false, true} {
			for _, secure := range []bool{false, true} {
				spoken := make(chan bool, 1)
				url, cert, n := peer(t, secure, func(conn net.Conn, n *count) {
					_, _ = io.WriteString(conn, greeting)
					spoken <- true
					drain(conn)
				})
				c := client(t, url, cert)
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
					t.Errorf("%.15q, fails=%v, tls=%v: got %+v, %d bytes", greeting, fails, secure, r, n.bytes.Load())
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

// Cancellation stops a request until the gate opens, and nothing afterwards.
func TestCancelBeforeDuringAndAfterTheGate(t *testing.T) {
	left := errors.New("the operator left")
	answer := "HTTP/1.1 200 OK\r\n\r\n" + accepted

	t.Run("before it begins", func(t *testing.T) {
		url, _, n := peer(t, false, answering(answer))
		c := client(t, url, nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(left)
		r := c.Send(ctx, frozen(t, c, OpTrigger), "k", func() error { t.Error("commit ran"); return nil })
		if r.Class != NotSent || !errors.Is(r.Err, left) || r.Trouble != Stopped || n.conns.Load() != 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("in a stalled handshake", func(t *testing.T) {
		reached := make(chan bool, 1)
		url, _, _ := peer(t, false, func(conn net.Conn, _ *count) {
			_, _ = conn.Read(make([]byte, 1))
			reached <- true
			drain(conn)
		})
		c := client(t, "https"+strings.TrimPrefix(url, "http"), nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { <-reached; cancel(left) }()
		r := c.Send(ctx, frozen(t, c, OpTrigger), "k", func() error { t.Error("commit ran"); return nil })
		if r.Class != NotSent || !errors.Is(r.Err, left) || r.Trouble != Stopped {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("during commit", func(t *testing.T) {
		url, _, n := peer(t, false, answering(answer))
		c := client(t, url, nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		r := c.Send(ctx, frozen(t, c, OpTrigger), "k", func() error { cancel(left); return nil })
		if r.Class != Accepted || n.carried.Load() != 1 {
			t.Errorf("the record was written, so it goes on: got %+v", r)
		}
	})
	t.Run("after the gate", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		url, cert, n := peer(t, true, func(conn net.Conn, n *count) {
			if carry(conn, n) {
				cancel(left)
				_, _ = io.WriteString(conn, answer)
			}
		})
		c := client(t, url, cert)
		if r := c.Send(ctx, frozen(t, c, OpTrigger), "k", committed); r.Class != Accepted || n.carried.Load() != 1 {
			t.Errorf("got %+v", r)
		}
	})
}

// Two hundred requests at once, over plain connections, TLS, and through a proxy that wants credentials: each
// on a connection of its own, each carried out once, each with its own mark.
func TestManyAtOnce(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, proxied := range []bool{false, true} {
			t.Run(fmt.Sprintf("tls=%v, proxy=%v", secure, proxied), func(t *testing.T) {
				var mu sync.Mutex
				marks := map[string]int{}
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					marks[Mark(r.UserAgent())]++
					_, _ = io.WriteString(w, accepted)
				}))
				var conns atomic.Int64
				s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
					if state == http.StateNew {
						conns.Add(1)
					}
				}
				if secure {
					s.StartTLS()
				} else {
					s.Start()
				}
				defer s.Close()
				via := func(*http.Request) (*url.URL, error) { return nil, nil }
				if proxied {
					p := proxy(t)
					via = func(*http.Request) (*url.URL, error) { return p, nil }
				}
				c, err := New(config(s.URL), nil, transport(t, trusting(t, s), via))
				if err != nil {
					t.Fatal(err)
				}
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
}

// proxy is a forward proxy that takes CONNECT and plain requests and asks for a password.
func proxy(t *testing.T) *url.URL {
	t.Helper()
	forward := &http.Transport{DisableKeepAlives: true}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("me:p@ss")) {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.Method != http.MethodConnect {
			r.RequestURI = ""
			resp, err := forward.RoundTrip(r)
			if err != nil {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			defer resp.Body.Close()
			w.WriteHeader(resp.StatusCode)
			_, _ = io.Copy(w, resp.Body)
			return
		}
		up, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		down, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = io.Copy(up, down); up.Close(); down.Close() })
		wg.Go(func() { _, _ = io.Copy(down, up); up.Close(); down.Close() })
		wg.Wait()
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("me", "p@ss")
	return u
}

// A proxy that refuses the tunnel, or speaks no HTTP, has carried nothing out.
func TestProxyThatRefuses(t *testing.T) {
	for _, answer := range []string{"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "HTTP/1.1 503 No\r\n\r\n", "what?\r\n\r\n", ""} {
		at, _, _ := peer(t, false, answering(answer))
		via, _ := url.Parse(at)
		via.User = url.UserPassword("me", "hush-hush")
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
