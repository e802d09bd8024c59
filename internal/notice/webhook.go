package notice

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Webhook is an address that messages are posted to.
type Webhook struct {
	URL         Text // may be a secret: those of chat programs hold one
	Secret      Text // of the HMAC; empty: there is none
	Headers     []Header
	ContentType string // empty: application/json
}

// A Header goes with each post.
type Header struct {
	Name  string
	Value Text
}

// The headers of a post that are ours.
const (
	KeyHeader       = "Idempotency-Key"     // the key of the message, in quotes
	SignatureHeader = "X-Ofsplan-Signature" // sha256=HEX, the HMAC-SHA256 of the body
)

// post sends the message. What answers 2xx has it.
func (o *Open) post(ctx context.Context, m Message) error {
	address := o.get(o.Webhook.URL)
	text, err := o.body(m)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(text))
	if err != nil {
		return &Failure{Message: "url: it is not an address"} // the error would repeat it
	}
	o.head(req, m, text)
	client := o.client()
	defer client.CloseIdleConnections()
	answer, err := client.Do(req)
	if err != nil {
		return bare(err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxBody))
	_ = answer.Body.Close()
	return judge(answer)
}

// head writes the headers.
func (o *Open) head(req *http.Request, m Message, body string) {
	for _, h := range o.Webhook.Headers {
		req.Header.Set(h.Name, o.get(h.Value))
	}
	kind := o.Webhook.ContentType
	if kind == "" {
		kind = "application/json"
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "ofsplan")
	req.Header.Set(KeyHeader, strconv.Quote(m.Key))
	if key := o.get(o.Webhook.Secret); key != "" {
		req.Header.Set(SignatureHeader, Sign(key, body))
	}
}

// Sign is the value of [SignatureHeader] for a body.
func Sign(key, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// client makes one request and keeps no connection. A redirect is an answer like any other: who asks us to go elsewhere does not
// get the message there.
func (o *Open) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: o.trust.Clone(), DisableKeepAlives: true, MaxResponseHeaderBytes: maxBody,
			DialContext: (&net.Dialer{Timeout: sendLimit}).DialContext, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// mostPatience is how long a Retry-After is obeyed.
const mostPatience = time.Minute

// judge says what an answer means.
func judge(answer *http.Response) error {
	f := &Failure{Message: fmt.Sprintf("HTTP %d", answer.StatusCode)}
	switch code := answer.StatusCode; {
	case code/100 == 2:
		return nil
	case code/100 == 3:
		f.Message += ", and redirects are not followed"
	case code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code >= 500:
		f.Again = true
		if s, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && s > 0 {
			f.After = min(time.Duration(min(s, 3600))*time.Second, mostPatience)
		}
	}
	return f
}

// bare is an error of the client without the address, which may be a secret.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// reach connects to where a post would go. Nothing is sent to it but what a handshake takes.
func (o *Open) reach(ctx context.Context) error {
	u, err := url.Parse(o.get(o.Webhook.URL))
	if err != nil {
		return &Failure{Message: "url: it is not an address"} // the error would repeat it
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); err != nil || proxy != nil {
		return nil // what stands behind a proxy shows when it is posted to
	}
	conn, err := o.dial(ctx, u.Hostname(), portOf(u), u.Scheme == "https")
	if err != nil {
		return err
	}
	return conn.Close()
}

// portOf is where the address is connected to.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}
