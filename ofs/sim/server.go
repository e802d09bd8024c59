package sim

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// ServeOptions say how a server listens. The zero options are plain HTTP on a free port.
type ServeOptions struct {
	Port int  // on 127.0.0.1; 0: a free one
	TLS  bool // HTTPS with a certificate made for this server
	// ClientCAs are PEM certificates. When there are some, a client must show a certificate one of them
	// signed (mutual TLS).
	ClientCAs []byte
}

// A Server is a scheduler on a loopback socket.
type Server struct {
	URL   string // http://127.0.0.1:port, also of the identity service
	CAPEM []byte // what a client must trust; nil without TLS

	handler handler
	tls     *tls.Config
	address string
	speed   float64
	began   time.Time // in real time
	origin  time.Time // the same moment in the night
	lifetime
}

// lifetime is how a server is brought to its end, once.
type lifetime struct {
	close sync.Once
	done  sync.WaitGroup
}

// Serve starts a server. The night begins now, or at the scenario's start, and passes Options.Speed times as
// fast as real time. While the scenario says the scheduler is down, nobody listens.
func Serve(s *Scheduler, opts ServeOptions) (*Server, error) {
	v := &Server{
		speed: s.opts.Speed, began: time.Now(), origin: s.sc.Start,
		handler: handler{s: s, closing: make(chan struct{})},
	}
	if v.origin.IsZero() {
		v.origin = v.began
	}
	v.handler.now = v.Now
	if opts.TLS {
		if err := v.secure(opts.ClientCAs); err != nil {
			return nil, fmt.Errorf("simulated scheduler: %w", err)
		}
	}
	v.address = net.JoinHostPort("127.0.0.1", strconv.Itoa(opts.Port))
	listener, err := v.listen()
	if err != nil {
		return nil, fmt.Errorf("simulated scheduler: %w", err)
	}
	v.address = listener.Addr().String()
	v.URL = "http://" + v.address
	if opts.TLS {
		v.URL = "https://" + v.address
	}
	outages := s.start(v.origin)
	v.done.Go(func() { v.live(listener, outages) })
	return v, nil
}

// Now is the time of the night.
func (v *Server) Now() time.Time {
	passed := time.Since(v.began)
	return v.origin.Add(time.Duration(float64(passed) * v.speed)).UTC()
}

// Close stops listening, gives the answers under way a second to leave, and ends what hangs.
func (v *Server) Close() {
	v.close.Do(func() { close(v.handler.closing) })
	v.done.Wait()
}

func (v *Server) secure(clientCAs []byte) error {
	cert, pem, err := certificate(v.began)
	if err != nil {
		return err
	}
	v.CAPEM = pem
	v.tls = &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}
	if len(clientCAs) > 0 {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(clientCAs) {
			return errors.New("the client CAs hold no certificate")
		}
		v.tls.ClientCAs, v.tls.ClientAuth = pool, tls.RequireAndVerifyClientCert
	}
	return nil
}

func (v *Server) listen() (net.Listener, error) {
	l, err := net.Listen("tcp4", v.address)
	if err != nil || v.tls == nil {
		return l, err
	}
	return tls.NewListener(l, v.tls), nil
}

// live serves until the server is closed, and is gone in each outage.
func (v *Server) live(l net.Listener, outages []outage) {
	for _, o := range outages {
		if !v.serve(l, v.left(o.from)) || !v.rest(v.left(o.to)) {
			return
		}
		var err error
		for l, err = v.listen(); err != nil; l, err = v.listen() {
			if !v.rest(50 * time.Millisecond) { // somebody took the port meanwhile
				return
			}
		}
	}
	v.serve(l, Forever)
}

// serve answers for that long, and reports whether the server is to live on.
func (v *Server) serve(l net.Listener, d time.Duration) bool {
	hs := &http.Server{
		Handler: &v.handler, ReadHeaderTimeout: readLimit,
		ErrorLog: log.New(io.Discard, "", 0), // handshakes that clients break off are theirs to report
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, usesKey{}, new(atomic.Int64))
		},
	}
	var done sync.WaitGroup
	done.Go(func() { hs.Serve(l) })
	goesOn := v.rest(d)
	if !goesOn {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		hs.Shutdown(ctx)
		cancel()
	}
	hs.Close()
	done.Wait()
	return goesOn
}

// rest waits, and reports whether the server is to live on.
func (v *Server) rest(d time.Duration) bool {
	timer := time.NewTimer(max(0, d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-v.handler.closing:
		return false
	}
}

// left is how much real time there is until a time of the night.
func (v *Server) left(at time.Duration) time.Duration {
	if at == never {
		return Forever
	}
	return time.Duration(float64(v.origin.Add(at).Sub(v.Now())) / v.speed)
}

// An outage is a time in which nobody listens, from the beginning of the night.
type outage struct{ from, to time.Duration }

// outages lists when nobody listens for anything, in order and without overlaps.
func (n *night) outages() []outage {
	var list []outage
	for _, p := range n.faults {
		if p.Do == Down && p.On == "" {
			for _, w := range p.windows {
				list = append(list, outage(w))
			}
		}
	}
	slices.SortFunc(list, func(a, b outage) int { return cmp.Compare(a.from, b.from) })
	var merged []outage
	for _, o := range list {
		if last := len(merged) - 1; last >= 0 && o.from <= merged[last].to {
			merged[last].to = max(merged[last].to, o.to)
		} else {
			merged = append(merged, o)
		}
	}
	return merged
}

// certificate makes a key and a certificate for loopback that is its own authority, good for a month from now.
// Nothing of it touches a disk.
func certificate(now time.Time) (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "ofsplan simulated scheduler"},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.AddDate(0, 1, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, ca, nil
}

// Bounds of what a client can ask of a desk's memory. The longest body that a plan makes has some thousand codes and values.
const (
	mostBody  = 2 << 20          // the longest request body that is read
	readLimit = 10 * time.Second // for the head of a request, and as long again for its body
)

// Handler is the scheduler as an HTTP handler. now is the time of the night, which passes Options.Speed times as
// fast as the real one that answers are delayed by. Faults of the connection need HTTP/1.
func (s *Scheduler) Handler(now func() time.Time) http.Handler {
	return &handler{s: s, now: now}
}

type handler struct {
	s       *Scheduler
	now     func() time.Time
	closing chan struct{} // nil, or closed when the server wants its handlers back
}

// usesKey is where a connection counts its requests.
type usesKey struct{}

// kept counts a request of a connection, and reports whether there was one before.
func kept(req *http.Request) bool {
	uses, ok := req.Context().Value(usesKey{}).(*atomic.Int64)
	return ok && uses.Add(1) > 1
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	patience := http.NewResponseController(w) // of a real connection; a recorder has none
	_ = patience.SetReadDeadline(time.Now().Add(readLimit))
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, mostBody))
	_ = patience.SetReadDeadline(time.Time{})
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusRequestEntityTooLarge)
		return
	}
	asked := Request{Method: req.Method, Path: req.URL.Path, Header: req.Header, Body: body}
	if kept(req) && h.s.races(h.now(), asked) || h.s.refuses(h.now(), asked.Path) {
		panic(http.ErrAbortHandler)
	}
	reply := h.s.Answer(h.now(), asked)
	if !h.pause(req, time.Duration(float64(reply.Delay)/h.s.opts.Speed)) {
		panic(http.ErrAbortHandler)
	}
	switch reply.Cut {
	case Closed:
		panic(http.ErrAbortHandler)
	case BrokenOff:
		reset(w)
		panic(http.ErrAbortHandler)
	case Silent:
		h.pause(req, Forever)
		panic(http.ErrAbortHandler)
	}
	h.write(w, reply)
}

// pause waits, and reports whether somebody still wants an answer.
func (h *handler) pause(req *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-req.Context().Done():
	case <-h.closing:
	}
	return false
}

// write sends the answer, or its first half.
func (h *handler) write(w http.ResponseWriter, r Reply) {
	maps.Copy(w.Header(), r.header(h.s.opts.Speed))
	length := int64(len(r.Body)) + r.Padding
	if r.Body != nil {
		w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	}
	w.WriteHeader(r.Status)
	if r.Cut == Half {
		w.Write(r.Body[:len(r.Body)/2])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	if _, err := io.Copy(w, io.LimitReader(blanks{}, r.Padding)); err != nil {
		return // the client has seen enough
	}
	w.Write(r.Body)
}

// reset ends a connection so that the peer reads an error and not an end.
func reset(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	if inner, ok := conn.(interface{ NetConn() net.Conn }); ok { // under TLS
		conn = inner.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
