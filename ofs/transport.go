package ofs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// Transport is what a client and its tokens send through: one connection per request for requests that
// change something, kept-alive connections for those that only ask.
//
// Any RoundTripper can stand below the gate if it keeps the contract of net/http's own: it calls
// httptrace.ClientTrace.GotConn once, in RoundTrip's goroutine, when the connection stands and before anything is
// sent; when the request's context is done after that, it sends nothing and returns an error. If it calls
// GotFirstResponseByte, it calls WroteHeaders first.
type Transport struct {
	Mutating, Reading http.RoundTripper
	// Asked reports whether the server has asked for a client certificate in a handshake. Nil: it never does.
	Asked func() bool
}

// TLS is how a server is trusted and how we show who we are. The zero value trusts the host's certificate authorities.
type TLS struct {
	CAFile             string // PEM, trusted beside the host's own; a server's own certificate may stand here too
	CertFile, KeyFile  string // PEM, mutual TLS; both or neither
	InsecureSkipVerify bool   // trust anybody
}

// Limits of the way to a server. Until the connection stands nothing was sent, so a short limit only costs another try.
const (
	dialLimit      = 30 * time.Second
	handshakeLimit = 20 * time.Second
	idleLimit      = 4 * time.Second // less than any server waits: a question and its closing of the connection do not cross
	maxHeader      = 1 << 20         // bytes in an answer's headers, 1xx ones included
	// A whole head fits into the write buffer, so that nothing was sent when its last byte was not written.
	// Access tokens reach 4 KB.
	writeBuffer = 16 << 10
)

// NewTransport makes the real transport and reads the files of t. The proxy is taken from the environment
// (HTTPS_PROXY, NO_PROXY).
func NewTransport(t TLS) (Transport, error) { return newTransport(t, http.ProxyFromEnvironment) }

func newTransport(t TLS, proxy func(*http.Request) (*url.URL, error)) (Transport, error) {
	own := &ownCertificate{certFile: t.CertFile, keyFile: t.KeyFile, now: time.Now}
	conf, err := t.config(own)
	if err != nil {
		return Transport{}, err
	}
	plain := func() proxied {
		only1 := new(http.Protocols)
		only1.SetHTTP1(true)
		c := conf.Clone()
		c.NextProtos = []string{"http/1.1"}
		return proxied{&http.Transport{
			Proxy:           proxy,
			DialContext:     (&net.Dialer{Timeout: dialLimit, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig: c,
			OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
				return throughProxy(proxy, answer)
			},
			TLSHandshakeTimeout:    handshakeLimit,
			DisableCompression:     true, // what is cut off or blown up shows as it is
			MaxResponseHeaderBytes: maxHeader,
			WriteBufferSize:        writeBuffer,
			Protocols:              only1,
		}, proxy}
	}
	mutating, reading := plain(), plain()
	mutating.DisableKeepAlives = true
	reading.MaxIdleConns, reading.MaxIdleConnsPerHost, reading.IdleConnTimeout = 128, 64, idleLimit
	return Transport{Mutating: mutating, Reading: reading, Asked: own.asked.Load}, nil
}

// CloseIdle closes connections that wait for another use.
func (t Transport) CloseIdle() {
	for _, rt := range []http.RoundTripper{t.Mutating, t.Reading} {
		if c, ok := rt.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}

// config reads the files, of which own follows those of our certificate. Both transports share the cache of TLS sessions: a fresh connection then costs no full
// handshake.
func (t TLS) config(own *ownCertificate) (*tls.Config, error) {
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: t.InsecureSkipVerify,
		ClientSessionCache: sessions{own, tls.NewLRUClientSessionCache(64)},

		GetClientCertificate: own.show,
	}
	if t.CAFile != "" {
		pool, err := authorities(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("tls.ca_file: %w", err)
		}
		conf.RootCAs = pool
	}
	return conf, own.read()
}

// authorities are the host's, and those in a PEM file.
func authorities(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a host without any
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%q holds no certificate in PEM form", path)
	}
	return pool, nil
}
