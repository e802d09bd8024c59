package itest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"testing"
)

// A street is a network without sockets, so that it can live where the clock is not the real one: hosts are
// reached by name, over pipes. What runs on it are net/http's own server and transport.
type street struct{ houses map[string]*house }

// A house is one host.
type house struct {
	server *http.Server
	door   chan net.Conn
	closed chan struct{}

	mu   sync.Mutex
	away bool
	ends []net.Conn // the server's ends of all connections
}

// newStreet serves handlers by host name until the test ends.
func newStreet(t testing.TB, handlers map[string]http.Handler) *street {
	s := &street{houses: map[string]*house{}}
	var done sync.WaitGroup
	for name, handler := range handlers {
		h := &house{door: make(chan net.Conn), closed: make(chan struct{})}
		h.server = &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
		s.houses[name] = h
		done.Go(func() { h.server.Serve(h) })
	}
	t.Cleanup(func() {
		for _, h := range s.houses {
			h.server.Close()
		}
		done.Wait()
	})
	return s
}

// transport is one as the program's own, but for the street it goes through.
func (s *street) transport(t testing.TB, keep bool) *http.Transport {
	only1 := new(http.Protocols)
	only1.SetHTTP1(true)
	rt := &http.Transport{
		DialContext: s.dial, DisableKeepAlives: !keep, DisableCompression: true, WriteBufferSize: 16 << 10,
		MaxIdleConnsPerHost: 64, Protocols: only1,
	}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}

func (s *street) dial(ctx context.Context, _, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	h := s.houses[name]
	if h == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	ours, theirs := net.Pipe()
	if !h.admit(theirs) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	select {
	case h.door <- theirs:
		return ours, nil
	case <-h.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (h *house) admit(end net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.away {
		h.ends = append(h.ends, end)
	}
	return !h.away
}

// leave breaks every connection and refuses new ones, until it is called with false.
func (h *house) leave(away bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = away
	for _, end := range h.ends {
		end.Close()
	}
	h.ends = nil
}

// Accept, Close and Addr make a house a net.Listener.
func (h *house) Accept() (net.Conn, error) {
	select {
	case conn := <-h.door:
		return conn, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *house) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closed:
	default:
		close(h.closed)
	}
	return nil
}

func (h *house) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
