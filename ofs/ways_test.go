package ofs

import (
	"bytes"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A way is how a connection comes to a server.
type way struct {
	name   string
	secure bool
	via    func(*testing.T) *url.URL // the proxy; nil: none, or the server is the proxy itself
	plain  bool                      // the server is the proxy, of requests that are not encrypted
}

// ways are all that lead to a server: in the open and encrypted, directly and through proxies that ask for a
// password.
var ways = []way{
	{name: "http", secure: false},
	{name: "https", secure: true},
	{name: "http by a forward proxy", plain: true},
	{name: "https by CONNECT", secure: true, via: proxy},
	{name: "http by SOCKS5", via: socks},
	{name: "https by SOCKS5", secure: true, via: socks},
}

// lay is a client whose connections come that way to a server that does talk with them.
func (w way) lay(t *testing.T, talk func(net.Conn, *count)) (*Client, *count) {
	t.Helper()
	at, cert, n := peer(t, w.secure, talk)
	return w.client(t, at, cert), n
}

func (w way) client(t *testing.T, at string, cert *httptest.Server) *Client {
	t.Helper()
	var through *url.URL
	switch {
	case w.plain:
		through, _ = url.Parse(at)
		through.User = url.UserPassword("me", "p@ss")
		at = "http://ofs.example.com"
	case w.via != nil:
		through = w.via(t)
	}
	c, err := New(config(at), nil, transport(t, trusting(t, cert), func(*http.Request) (*url.URL, error) { return through, nil }))
	if err != nil {
		t.Fatal(err)
	}
	return c
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

// socks is a SOCKS5 proxy that asks for a name and a password (RFC 1928, RFC 1929).
func socks(t *testing.T) *url.URL {
	t.Helper()
	at, _, _ := peer(t, false, func(conn net.Conn, _ *count) {
		hello := make([]byte, 2)
		if _, err := io.ReadFull(conn, hello); err != nil {
			return
		}
		methods := make([]byte, hello[1])
		if _, err := io.ReadFull(conn, methods); err != nil || !slices.Contains(methods, 2) {
			return
		}
		_, _ = conn.Write([]byte{5, 2})
		who := make([]byte, len("\x01\x02me\x04p@ss"))
		if _, err := io.ReadFull(conn, who); err != nil || string(who) != "\x01\x02me\x04p@ss" {
			_, _ = conn.Write([]byte{1, 1})
			return
		}
		_, _ = conn.Write([]byte{1, 0})
		want := make([]byte, 10) // CONNECT to an IPv4 address
		if _, err := io.ReadFull(conn, want); err != nil || !bytes.HasPrefix(want, []byte{5, 1, 0, 1}) {
			return
		}
		up, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: want[4:8], Port: int(want[8])<<8 | int(want[9])})
		if err != nil {
			_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = io.Copy(up, conn); up.Close(); conn.Close() })
		wg.Go(func() { _, _ = io.Copy(conn, up); up.Close(); conn.Close() })
		wg.Wait()
	})
	u, err := url.Parse("socks5" + strings.TrimPrefix(at, "http"))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("me", "p@ss")
	return u
}
