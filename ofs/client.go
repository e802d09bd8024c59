package ofs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/go-resty/resty/v2"
)

// A Client makes exchanges with one scheduler. It is safe for use by many goroutines.
type Client struct {
	cfg     Config
	header  http.Header // of every request, never changed
	base    string      // of every URL, up to the operation
	tokens  *Tokens
	sending *resty.Client // through the gate
	asking  *resty.Client
	asked   func() bool // see Transport

	mu   sync.Mutex // guards what follows
	last map[string]lastAnswer
	look lookHeader
}

// New checks cfg and makes a client. With tokens nil, no Authorization header is sent.
func New(cfg Config, tokens *Tokens, t Transport) (*Client, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if t.Mutating == nil || t.Reading == nil {
		return nil, errors.New("a transport for changing and one for asking are both needed")
	}
	cfg = cfg.withDefaults()
	return &Client{
		cfg:     cfg,
		header:  cfg.headers(),
		base:    strings.TrimRight(cfg.BaseURL, "/") + strings.TrimRight(cfg.Path, "/") + "/",
		tokens:  tokens,
		sending: newResty(gate{t.Mutating}),
		asking:  newResty(asker{kept: t.Reading, fresh: t.Mutating}),
		asked:   t.Asked,
		last:    map[string]lastAnswer{},
	}, nil
}

// newResty is a client that makes one exchange and nothing else: no retry, no redirect, no timeout of its own (it
// would start before the dial), no cookies, no debug output (it would print tokens), and the answer unread.
func newResty(rt http.RoundTripper) *resty.Client {
	return resty.NewWithClient(&http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).SetRetryCount(0).SetDoNotParseResponse(true).SetDisableWarn(true).SetLogger(mute{})
}

// mute is a resty logger that says nothing: what matters is in the receipt.
type mute struct{}

func (mute) Errorf(string, ...any) {}
func (mute) Warnf(string, ...any)  {}
func (mute) Debugf(string, ...any) {}

// exchange is what one HTTP exchange brought. A response whose body broke off keeps its status: err then tells
// about the body.
type exchange struct {
	status int    // 0: no answer
	line   string // the status line
	header http.Header
	body   []byte
	err    error
}

// lost is why there is no answer. It is never nil.
func (x exchange) lost() error {
	if x.err == nil {
		return errors.New("the transport brought neither an answer nor an error")
	}
	return x.err
}

// errTooLarge ends the reading of an answer.
var errTooLarge = errors.New("the answer is too large")

// do makes the exchange. It returns when the answer was read to its end, or cannot be.
func (c *Client) do(ctx context.Context, r *resty.Client, f Frozen, agent, token string) exchange {
	ctx = context.WithValue(ctx, headersKey{}, c.headersOf(f, agent, token))
	req := r.R().SetContext(ctx).SetBody(f.Body)
	maps.Copy(req.Header, lightHeaders)
	resp, err := req.Post(f.URL)
	if resp == nil || resp.RawResponse == nil {
		return exchange{err: err}
	}
	raw := resp.RawResponse
	defer raw.Body.Close()
	x := exchange{status: raw.StatusCode, line: strings.TrimSpace(raw.Proto + " " + raw.Status), header: raw.Header, err: err}
	if err == nil {
		x.body, x.err = c.read(raw.Body)
	}
	return x
}

// headersKey is where the innermost RoundTripper finds the headers of a request.
type headersKey struct{}

// lightHeaders are what resty and net/http see of the headers: each copies them, and would add these if they were
// missing. What leaves are those of the context, as they are.
var lightHeaders = http.Header{"User-Agent": {defaultAgent}, "Content-Type": {"application/json"}, "Accept": {"application/json"}}

// dressed is req with the headers of its context, if it has any there.
func dressed(req *http.Request) *http.Request {
	h, ok := req.Context().Value(headersKey{}).(http.Header)
	if !ok {
		return req
	}
	r := *req
	r.Header = h
	return &r
}

// headersOf are all headers of a request. Those of looks stay the same as long as the token does, and are shared.
func (c *Client) headersOf(f Frozen, agent, token string) http.Header {
	if f.Op != OpStatus {
		return withAuthorization(f.Header, agent, c.authorization(token))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.look.header == nil || c.look.token != token {
		c.look = lookHeader{withAuthorization(f.Header, agent, c.authorization(token)), token}
	}
	return c.look.header
}

// lookHeader is the headers of a look, and the token they hold.
type lookHeader struct {
	header http.Header
	token  string
}

// authorization is what the header of that name says; nothing without a token.
func (c *Client) authorization(token string) string {
	if token == "" {
		return ""
	}
	return c.tokens.auth.Grant.scheme() + token
}

func withAuthorization(frozen http.Header, agent, authorization string) http.Header {
	h := make(http.Header, len(frozen)+1)
	maps.Copy(h, frozen)
	h["User-Agent"] = []string{agent}
	if authorization != "" {
		h["Authorization"] = []string{authorization}
	}
	return h
}

func (c *Client) read(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, c.cfg.MaxAnswer+1))
	if int64(len(body)) > c.cfg.MaxAnswer {
		return nil, fmt.Errorf("%w: more than %d bytes", errTooLarge, c.cfg.MaxAnswer)
	}
	return body, err
}

// bearer is the token to send and its number, to be spoilt by if it is refused. With tokens that fetch, having
// none yet is an error.
func (c *Client) bearer() (token string, number int, err error) {
	if c.tokens == nil {
		return "", 0, nil
	}
	return c.tokens.current()
}

// spoil marks the token with that number as refused, unless there is a newer one already.
func (c *Client) spoil(number int) {
	if c.tokens != nil {
		c.tokens.spoil(number)
	}
}

// marked is the User-Agent of a request that carries mark. What could end the comment early or is not plain ASCII
// becomes an underscore.
func marked(agent, mark string) string {
	if mark == "" {
		return agent
	}
	return agent + " (" + strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '(' || r == ')' || r == '\\' {
			return '_'
		}
		return r
	}, mark) + ")"
}

// Mark is the mark in a User-Agent that Send wrote, or "".
func Mark(userAgent string) string {
	open := strings.LastIndexByte(userAgent, '(')
	if open < 0 || !strings.HasSuffix(userAgent, ")") {
		return ""
	}
	return userAgent[open+1 : len(userAgent)-1]
}
