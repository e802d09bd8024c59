package ofs

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

const ongoing = `{"batchRunId":"` + runID + `","status":"success","statusCode":"0","batchStatus":"ON-GOING","batchStatusCode":"2"}`

// closing answers so many requests of each connection, and then reads one more and says what last is, before it closes.
func closing(after int, last string) func(net.Conn, *count) {
	return func(conn net.Conn, n *count) {
		r := bufio.NewReader(conn)
		for range after {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			n.carried.Add(1)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "+strconv.Itoa(len(ongoing))+"\r\n\r\n"+ongoing)
		}
		if req, err := http.ReadRequest(r); err == nil {
			_, _ = io.Copy(io.Discard, req.Body)
			n.carried.Add(1)
			_, _ = io.WriteString(conn, last)
		}
	}
}

// A look on a used connection that the server closed just then is asked again at once on a fresh one; once, and only when no
// byte came.
func TestALookOnAUsedConnectionIsAskedAgain(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, tt := range []struct {
			name  string
			after int    // looks that a connection answers
			last  string // what comes of the next
			looks int
			lost  int // of them
			conns int64
			asked int64
		}{
			{"closed after each", 1, "", 6, 0, 6, 11}, // each but the first is asked twice: the fresh connection is not kept
			{"closed at once", 0, "", 3, 3, 3, 3},     // on a fresh one it is not asked again
			{"half an answer", 1, "HTTP/1.1 200", 2, 1, 1, 2},
		} {
			url, cert, n := peer(t, secure, closing(tt.after, tt.last))
			c := client(t, url, cert)
			lost := 0
			for range tt.looks {
				if _, err := c.Ask(t.Context(), frozen(t, c, OpStatus)); err != nil {
					lost++
				}
			}
			if tt.name == "closed after each" { // the kept connection is gone: look, asked again, look, and so on
				if lost != 0 {
					t.Errorf("%s, TLS %v: %d looks lost", tt.name, secure, lost)
				}
				continue
			}
			if lost != tt.lost || n.conns.Load() != tt.conns || n.carried.Load() != tt.asked {
				t.Errorf("%s, TLS %v: %d lost, %d connections, asked %d times", tt.name, secure, lost, n.conns.Load(), n.carried.Load())
			}
		}
	}
}

// What changes something is never asked again, and a token neither: its connection is a fresh one anyway.
func TestOnlyALookIsAskedAgain(t *testing.T) {
	url, cert, n := peer(t, false, closing(0, ""))
	c := client(t, url, cert)
	for i, op := range mutating {
		if r := c.Send(t.Context(), frozen(t, c, op), "k", committed); r.Class != InDoubt || n.carried.Load() != int64(i+1) {
			t.Errorf("%s: %+v, sent %d times", op, r, n.carried.Load())
		}
	}
	used := &http.Transport{}
	defer used.CloseIdleConnections()
	url, _, n = peer(t, false, closing(1, ""))
	tok, err := NewTokens(auth(url, GrantPassword), time.Now, used)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := tok.Fetch(t.Context()); err == nil {
			t.Error("that is no token")
		}
	}
	if n.carried.Load() != 2 {
		t.Errorf("asked for a token %d times", n.carried.Load())
	}
}

// Connections are not kept longer than servers keep them.
func TestIdleConnectionsAreClosedSoon(t *testing.T) {
	tr, ok := transport(t, TLS{}, nil).Reading.(proxied)
	if !ok || tr.IdleConnTimeout != 4*time.Second {
		t.Errorf("kept for %v", tr.IdleConnTimeout)
	}
}

// A body that cannot be had a second time is not sent a second time.
func TestALookWithoutItsBodyIsNotAskedAgain(t *testing.T) {
	url, _, n := peer(t, false, closing(1, ""))
	tr := transport(t, TLS{}, nil)
	a := asker{tr.Reading, tr.Mutating}
	for i := range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, io.NopCloser(strings.NewReader("{}")))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := a.RoundTrip(req)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		if (err == nil) != (i == 0) || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if n.carried.Load() != 2 {
		t.Errorf("asked %d times", n.carried.Load())
	}
}
