package ofs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// everyOp are all operations, the one that only asks too.
var everyOp = append([]string{OpStatus}, mutating...)

// payload is a good answer to an operation.
func payload(op string) string {
	if op == OpStatus {
		return batchAnswer
	}
	return accepted
}

// ask makes one exchange. A status call has no class of its own: one that was answered counts as accepted, one that
// was refused as refused, and lost contact as in doubt, which is what it leaves us in.
func ask(t *testing.T, c *Client, op string) Receipt {
	t.Helper()
	if op != OpStatus {
		return c.Send(t.Context(), frozen(t, c, op), "k", committed)
	}
	_, err := c.Ask(t.Context(), frozen(t, c, op))
	if err == nil {
		return Receipt{Class: Accepted}
	}
	e, ok := errors.AsType[*CallError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	r := Receipt{Class: InDoubt, HTTP: e.HTTP, Trouble: e.Trouble, Err: e.Err, Message: e.Error()}
	if e.Kind != KindLost {
		r.Class = Refused
	}
	return r
}

// A broken answer is what stands on the wire, and what it is taken for.
type brokenAnswer struct {
	name, text string
	want       Class
}

// brokenAnswers are what a server can do beyond answering well-formed HTTP, around a body that is good.
func brokenAnswers(body string) []brokenAnswer {
	ok := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	whole := ok + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
	chunked := ok + "Transfer-Encoding: chunked\r\n\r\n"
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
	return []brokenAnswer{
		{"whole", whole, Accepted},
		{"whole, without a length", ok + "\r\n" + body, Accepted},
		{"whole, in chunks", chunked + chunk + "0\r\n\r\n", Accepted},
		{"100 first", "HTTP/1.1 100 Continue\r\n\r\n" + whole, Accepted},
		{"103 first", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + whole, Accepted},
		{"both first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + whole, Accepted},
		{"endless 1xx", strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("y", 1000)+"\r\n\r\n", 2000) + whole, InDoubt},
		{"switching protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + body, InDoubt},
		{"only 100", "HTTP/1.1 100 Continue\r\n\r\n", InDoubt},
		{"only 102", "HTTP/1.1 102 Processing\r\n\r\n", InDoubt},
		{"only 103", "HTTP/1.1 103 Early Hints\r\n\r\n", InDoubt},
		{"nothing", "", InDoubt},
		{"half a status line", "HTTP/1.1 20", InDoubt},
		{"half a header", ok + "Content-Le", InDoubt},
		{"refused, half a status line", "HTTP/1.1 40", InDoubt},
		{"refused, half a status code", "HTTP/1.1 4\r\n\r\n", InDoubt},
		{"refused, half a header", "HTTP/1.1 400 Bad Request\r\nContent-Le", InDoubt},
		{"body shorter than told", ok + "Content-Length: 5000\r\n\r\n" + body, InDoubt},
		{"body longer than told", ok + "Content-Length: 10\r\n\r\n" + body, InDoubt},
		{"chunks without end", chunked + chunk, InDoubt},
		{"a chunk cut short", chunked + fmt.Sprintf("%x\r\n%s", len(body)+40, body), InDoubt},
		{"a chunk of no size", chunked + "size\r\n" + body + "\r\n0\r\n\r\n", InDoubt},
		{"lengths that differ", ok + "Content-Length: 10\r\nContent-Length: 11\r\n\r\n" + body, InDoubt},
		{"not HTTP", "SSH-2.0-OpenSSH_9.6\r\n", InDoubt},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", InDoubt},
		{"huge header", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 2<<20) + "\r\n\r\n", InDoubt},
		{"compressed though not asked for", ok + "Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00", InDoubt},
		{"huge body", ok + "\r\n{\"a\":\"" + strings.Repeat("x", 9<<20), InDoubt},
		{"two values", ok + "\r\n" + body + body, InDoubt},
		{"a key twice", ok + "\r\n" + strings.Replace(body, "{", `{"statusCode":"-4",`, 1), InDoubt},
		{"a web page", ok + "\r\n<html><body>Sign in</body></html>", InDoubt},
		{"redirect to nonsense", "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n", Refused},
	}
}

func TestAnswersThatBreakOff(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, op := range everyOp {
		for _, tt := range brokenAnswers(payload(op)) {
			for _, secure := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s, tls=%v", op, tt.name, secure), func(t *testing.T) {
					url, cert, n := peer(t, secure, answering(tt.text))
					c := client(t, url, cert)
					if r := ask(t, c, op); r.Class != tt.want {
						t.Errorf("got %+v, want %s", r, tt.want)
					}
					if n.conns.Load() != 1 || n.carried.Load() != 1 {
						t.Errorf("%d connections, %d requests", n.conns.Load(), n.carried.Load())
					}
				})
			}
		}
	}
}

// A request that is reset once it was read, or whose half was read, may have been carried out and is not sent again.
func TestAnswerThatIsReset(t *testing.T) {
	for _, op := range everyOp {
		for _, half := range []bool{false, true} {
			url, _, n := peer(t, false, func(conn net.Conn, n *count) {
				if half {
					_, _ = io.ReadFull(conn, make([]byte, 40))
				} else {
					carry(conn, n)
				}
				_ = conn.(counted).Conn.(*net.TCPConn).SetLinger(0)
			})
			c := client(t, url, nil)
			r := ask(t, c, op)
			if r.Class != InDoubt || n.conns.Load() != 1 || !half && n.carried.Load() != 1 {
				t.Errorf("%s, half %v: got %+v after %d requests", op, half, r, n.carried.Load())
			}
		}
	}
}

// An answer that does not come, and one that never ends, are ended by the answer's time limit, which starts at
// the gate; a status line that came stays known.
func TestAnswerTimeLimit(t *testing.T) {
	for _, op := range everyOp {
		for _, text := range []string{"", "HTTP/1.1 200 OK\r\n\r\n{\"statusCode\":\"0\",", "HTTP/1.1 20", "HTTP/1.1 103 Early Hints\r\n\r\n"} {
			url, _, n := peer(t, false, func(conn net.Conn, n *count) {
				answering(text)(conn, n)
				drain(conn)
			})
			h := newHand()
			c := client(t, url, nil, func(cfg *Config) { cfg.Timer, cfg.AnswerTimeout = h.timer, 7*time.Minute })
			got := make(chan Receipt)
			go func() { got <- ask(t, c, op) }()
			h.expire()
			r := <-got
			if r.Class != InDoubt || r.Trouble != Slow || !errors.Is(r.Err, errTimeout) || h.after != 7*time.Minute {
				t.Errorf("%s, %q: got %+v after %v", op, text, r, h.after)
			}
			if n.conns.Load() > 1 || n.carried.Load() > 1 {
				t.Errorf("%s, %q: %d connections, %d requests", op, text, n.conns.Load(), n.carried.Load())
			}
		}
	}
}

// A body without end is read as far as an answer may reach and then left alone, however good it looks.
func TestABodyWithoutEnd(t *testing.T) {
	for _, op := range everyOp {
		for _, secure := range []bool{false, true} {
			wrote := make(chan int64, 1)
			url, cert, n := peer(t, secure, func(conn net.Conn, n *count) {
				if !carry(conn, n) {
					return
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"+payload(op))
				blanks := bytes.Repeat([]byte(" "), 64<<10)
				sum := int64(0)
				for {
					k, err := conn.Write(blanks)
					if sum += int64(k); err != nil {
						wrote <- sum
						return
					}
				}
			})
			c := client(t, url, cert)
			if r := ask(t, c, op); r.Class != InDoubt {
				t.Errorf("%s: got %+v", op, r)
			}
			if sum := <-wrote; sum > 64<<20 || n.carried.Load() != 1 || n.conns.Load() != 1 {
				t.Errorf("%s: %d bytes were taken, of %d requests", op, sum, n.carried.Load())
			}
		}
	}
}

// Redirects are told and not followed, wherever they lead: elsewhere, to another path, to where we are.
func TestRedirectsAreNotFollowed(t *testing.T) {
	other, seen := scheduler(t, false, 200, accepted)
	for _, op := range everyOp {
		for _, status := range []int{300, 301, 302, 303, 305, 307, 308} {
			for _, to := range []string{other.URL + "/x", "//" + strings.TrimPrefix(other.URL, "http://") + "/y", "/z", "?", ""} {
				s, n := scheduler(t, false, status, "", "Location", to)
				c := client(t, s.URL, nil)
				r := ask(t, c, op)
				want := InDoubt
				if status >= 307 {
					want = Refused
				}
				if r.Class != want || r.HTTP != status || n.carried.Load() != 1 || seen.carried.Load() != 0 {
					t.Errorf("%s, %d to %q: got %+v, %d here, %d there", op, status, to, r, n.carried.Load(), seen.carried.Load())
				}
				if op != OpStatus {
					contains(t, r.Message, to, "not followed")
				}
			}
		}
	}
}

// A look is answered by 200 alone. What is refused for good is told from lost contact, at every status there is.
func TestLooksAtEveryStatus(t *testing.T) {
	for _, status := range statuses() {
		for _, body := range []string{"whatever", "", batchAnswer, `{"statusCode":"0"`} {
			s, n := scheduler(t, false, status, body)
			c := client(t, s.URL, nil)
			_, err := c.Ask(t.Context(), frozen(t, c, OpStatus))
			e, ok := errors.AsType[*CallError](err)
			want := KindLost
			switch {
			case status == 401:
				want = KindUnauthorized
			case refusing[status] && status != 429:
				want = KindRefused
			}
			if !ok || e.Kind != want || e.HTTP != status || n.carried.Load() != 1 {
				t.Errorf("%d, %q: got %#v, want %s, after %d requests", status, body, err, want, n.carried.Load())
			}
		}
	}
}
