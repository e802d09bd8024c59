package ofs

import "net/http"

// Transport is what a client and its tokens send through: one connection per request for requests that
// change something, kept-alive connections for those that only ask.
//
// Any RoundTripper can stand below the gate if it keeps the contract of net/http's own: it calls
// httptrace.ClientTrace.GotConn once, in RoundTrip's goroutine, when the connection stands and before anything is
// sent; when the request's context is done after that, it sends nothing and returns an error. If it calls
// GotFirstResponseByte, it calls WroteHeaders first.
type Transport struct{ Mutating, Reading http.RoundTripper }

// TLS is how a server is trusted and how we show who we are. The zero value trusts the host's certificate authorities.
type TLS struct {
	CAFile             string // PEM, trusted beside the host's own; a server's own certificate may stand here too
	CertFile, KeyFile  string // PEM, mutual TLS; both or neither
	InsecureSkipVerify bool   // trust anybody
}

// NewTransport makes the real transport. The proxy is taken from the environment (HTTPS_PROXY, NO_PROXY).
func NewTransport(t TLS) (Transport, error) { panic("") }

// CloseIdle closes connections that wait for another use.
func (t Transport) CloseIdle() {}
