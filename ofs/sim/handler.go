package sim

import (
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// mostBody is the longest request body that is read.
const mostBody = 16 << 20

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

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, mostBody))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusRequestEntityTooLarge)
		return
	}
	asked := Request{Method: req.Method, Path: req.URL.Path, Header: req.Header, Body: body}
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
