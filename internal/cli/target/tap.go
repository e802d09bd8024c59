package target

import (
	"crypto/tls"
	"net/http"
	"sync"
	"time"
)

// A tap passes calls on, and keeps what their answers show apart from their content: the server's clock and its certificate.
type tap struct {
	http.RoundTripper
	mu      sync.Mutex
	date    time.Time     // the last Date header
	ahead   time.Duration // how far it was ahead of us
	expires time.Time     // the earliest end of a certificate we were shown
}

// RoundTrip passes one call on.
func (t *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return res, err
	}
	if date, bad := http.ParseTime(res.Header.Get("Date")); bad == nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.date, t.ahead = date, time.Until(date)
	}
	return res, nil
}

// handshake keeps the end of the server's certificate.
func (t *tap) handshake(state tls.ConnectionState, err error) {
	if err != nil || len(state.PeerCertificates) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if end := state.PeerCertificates[0].NotAfter; t.expires.IsZero() || end.Before(t.expires) {
		t.expires = end
	}
}

func (t *tap) certificateEnd() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.expires
}

func (t *tap) skew() (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ahead, !t.date.IsZero()
}
