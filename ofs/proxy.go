package ofs

import (
	"fmt"
	"net/http"
	"net/url"
)

// A proxyError is a proxy that does not let us through to a server behind TLS.
type proxyError struct {
	proxy  string // host and port
	status int
}

// proxied is the way to servers, where there is a proxy through it. A proxy answers in the place of a server without TLS, so
// an answer that may be its own is marked.
type proxied struct {
	*http.Transport
	proxy func(*http.Request) (*url.URL, error)
}

// proxyKey is where an answer that may be a proxy's holds which. It is not in canonical form, so that no server can set it.
const proxyKey = "by proxy"

// RoundTrip makes one exchange.
func (p proxied) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := p.Transport.RoundTrip(req)
	if resp == nil || p.proxy == nil || req.URL.Scheme != "http" || resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusProxyAuthRequired {
		return resp, err
	}
	if at, _ := p.proxy(req); at != nil {
		resp.Header[proxyKey] = []string{at.Host}
	}
	return resp, err
}

// whose says whose an answer may be, behind what is said of its status: a proxy's; empty: the server's own.
func whose(status int, h http.Header) string {
	at := h[proxyKey]
	switch {
	case status == http.StatusProxyAuthRequired && len(at) == 0:
		return "; a proxy on the way wants a user and password"
	case status == http.StatusProxyAuthRequired:
		return fmt.Sprintf("; the proxy %s wants a user and password: write them into HTTP_PROXY, http://USER:PASSWORD@%[1]s, or name the host in NO_PROXY", plain(at[0]))
	case len(at) > 0:
		return fmt.Sprintf("; it went through the proxy %s, which may have said so: have it allow the host, or name the host in NO_PROXY", plain(at[0]))
	}
	return ""
}

// throughProxy is told how a proxy answers CONNECT.
func throughProxy(proxy *url.URL, answer *http.Response) error {
	if answer.StatusCode/100 == 2 {
		return nil
	}
	return &proxyError{proxy.Host, answer.StatusCode}
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s answered %s", plain(e.proxy), statusText(e.status))
}

func (e *proxyError) hint() string {
	switch e.status {
	case http.StatusProxyAuthRequired:
		return "it wants a user and password: write them into HTTPS_PROXY, http://USER:PASSWORD@" + plain(e.proxy) + ", or name the host in NO_PROXY"
	case http.StatusForbidden, http.StatusMethodNotAllowed:
		return "it does not let us through: have it allow the host, or name the host in NO_PROXY"
	}
	return "it did not reach the host: check the address, or name the host in NO_PROXY"
}
