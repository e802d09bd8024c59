package ofs

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	runID    = "DATA_LOAD_2026-11-20_1795222800000_1"
	accepted = `{"severity":"info","summary":"Object triggered successfully","batchRunId":"` + runID + `","status":"success","statusCode":"0"}`
)

// config is the least a client needs.
func config(url string) Config {
	return Config{BaseURL: url, Identity: Identity{Tenant: "acme", Service: "OFS_AMLCS", User: "BATCHUSER"}}
}

// client is a client of the scheduler at url, which trusts the certificate of server if there is one.
func client(t testing.TB, url string, server *httptest.Server, change ...func(*Config)) *Client {
	t.Helper()
	cfg := config(url)
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg, nil, transport(t, trusting(t, server), nil))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func transport(t testing.TB, trust TLS, proxy func(*http.Request) (*url.URL, error)) Transport {
	t.Helper()
	tr, err := newTransport(trust, proxy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.CloseIdle)
	return tr
}

// trusting is TLS with the server's own certificate as ca_file.
func trusting(t testing.TB, server *httptest.Server) TLS {
	t.Helper()
	if server == nil || server.Certificate() == nil {
		return TLS{}
	}
	return TLS{CAFile: file(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))}
}

func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// opGroup is the trigger of a group, beside the operations of a batch.
const opGroup = "trigger of a group"

// mutating are all requests that change something.
var mutating = []string{OpTrigger, opGroup, OpRerun, OpRestart, OpInterrupt}

func frozen(t testing.TB, c *Client, op string) Frozen {
	t.Helper()
	var f Frozen
	var err error
	switch op {
	case OpTrigger:
		f, err = c.Trigger(Order{Object: Batch, Code: "DATA_LOAD", Params: []Pair{{MISDateParam, "2026-11-20"}}})
	case opGroup:
		f, err = c.Trigger(Order{Object: Group, Code: "BG", MISDate: "2026-11-20", Members: []Member{{Code: "DATA_LOAD"}, {Code: "DATA_SCORE"}}})
	case OpInterrupt:
		f, err = c.Interrupt("DATA_LOAD", runID)
	case OpRestart:
		f, err = c.Restart("DATA_LOAD", runID)
	case OpRerun:
		f, err = c.Rerun("DATA_LOAD", runID)
	case OpStatus:
		f, err = c.Status(runID, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func committed() error { return nil }

// count is what a server received: bytes above TLS, and requests it read to their end and so might carry out.
type count struct {
	conns, bytes, carried atomic.Int64
}

// counted is a connection that counts what is read from it.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// peer listens on loopback and gives every connection, behind TLS when secure, to talk. It returns its URL and
// the httptest server whose certificate it shows.
func peer(t testing.TB, secure bool, talk func(net.Conn, *count)) (string, *httptest.Server, *count) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	scheme, cert := "http", (*httptest.Server)(nil)
	if secure {
		scheme = "https"
		cert = httptest.NewTLSServer(http.NotFoundHandler())
		t.Cleanup(cert.Close)
	}
	n := &count{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n.conns.Add(1)
			wg.Go(func() {
				defer conn.Close()
				if secure {
					s := tls.Server(conn, &tls.Config{Certificates: cert.TLS.Certificates})
					if s.Handshake() != nil {
						return
					}
					defer s.Close()
					talk(counted{s, &n.bytes}, n)
					return
				}
				talk(counted{conn, &n.bytes}, n)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return scheme + "://" + l.Addr().String(), cert, n
}

// answering reads one request to its end and writes text.
func answering(text string) func(net.Conn, *count) {
	return func(conn net.Conn, n *count) {
		if carry(conn, n) {
			_, _ = io.WriteString(conn, text)
		}
	}
}

// carry reads one request to its end, and counts it.
func carry(conn net.Conn, n *count) bool {
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return false
	}
	n.carried.Add(1)
	return true
}

// drain reads until the other side is gone.
func drain(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// scheduler answers every request with status and body, and counts.
func scheduler(t testing.TB, secure bool, status int, body string, header ...string) (*httptest.Server, *count) {
	t.Helper()
	n := &count{}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		n.carried.Add(1)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = nil
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s, n
}

// hand is a timer that fires when it is told to.
type hand struct {
	armed chan struct{}
	mu    sync.Mutex
	fire  func()
	after time.Duration
}

func newHand() *hand { return &hand{armed: make(chan struct{}, 10)} }

func (h *hand) timer(d time.Duration, fire func()) func() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fire, h.after = fire, d
	h.armed <- struct{}{}
	return func() {}
}

func (h *hand) expire() {
	<-h.armed
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fire()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !bytes.Contains([]byte(text), []byte(p)) {
			t.Errorf("%q does not say %q", text, p)
		}
	}
}
