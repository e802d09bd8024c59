package ofs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ofsplan/internal/secret"
)

// identity is a token endpoint that plays answers one after the other, the last one for ever, and keeps what it
// was asked.
type identity struct {
	*httptest.Server
	mu      sync.Mutex
	asked   []url.Values
	clients []string // what stood in Basic authorization, decoded
	answers []string // status, a space, the body
}

func newIdentity(t *testing.T, answers ...string) *identity {
	t.Helper()
	id := &identity{answers: answers}
	id.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id.mu.Lock()
		defer id.mu.Unlock()
		if err := r.ParseForm(); err != nil || r.URL.Path != defaultTokenPath {
			t.Errorf("%s: %v", r.URL, err)
		}
		id.asked = append(id.asked, r.PostForm)
		user, pw, _ := r.BasicAuth()
		id.clients = append(id.clients, user+":"+pw)
		status, body, _ := strings.Cut(id.answers[min(len(id.asked), len(id.answers))-1], " ")
		code := 0
		_, _ = fmt.Sscan(status, &code)
		w.Header().Set("Content-Type", "application/json")
		if code >= 300 && code < 400 {
			w.Header().Set("Location", "http://elsewhere.example.com/")
		}
		if code == 429 || code == 503 {
			w.Header().Set("Retry-After", "7")
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(id.Close)
	return id
}

// grants are the grants asked for so far.
func (id *identity) grants() string {
	id.mu.Lock()
	defer id.mu.Unlock()
	var all []string
	for _, v := range id.asked {
		g := v.Get("grant_type")
		if r := v.Get("refresh_token"); r != "" {
			g += "(" + r + ")"
		}
		all = append(all, g)
	}
	return strings.Join(all, " ")
}

const (
	nastyUser   = "jörg@example.com"
	nastySecret = `s3cr3t@&+% ="x"`
)

func auth(iam string, g Grant) Auth {
	return Auth{Grant: g, IAM: iam, Credentials: Credentials{
		ClientID: secret.New("client&id"), ClientSecret: secret.New(nastySecret),
		Username: secret.New(nastyUser), Password: secret.New("p" + nastySecret),
	}, TokenBounds: TokenBounds{Filter: secret.NewFilter()}}
}

// clock is set by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func tokens(t *testing.T, a Auth) (*Tokens, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	tok, err := NewTokens(a, c.now, transport(t, TLS{}, nil).Reading)
	if err != nil {
		t.Fatal(err)
	}
	return tok, c
}

func held(t *testing.T, tok *Tokens) string {
	t.Helper()
	access, _, err := tok.current()
	if err != nil {
		t.Fatal(err)
	}
	return access
}

// The first token comes by password, the next by refresh with the newest refresh token, and when that is
// refused, by password again; every secret arrives as it was written.
func TestPasswordGrant(t *testing.T) {
	id := newIdentity(t,
		`200 {"access_token":"a1","token_type":"Bearer","expires_in":3600,"refresh_token":"r1"}`,
		`200 {"access_token":"a2","token_type":"Bearer","expires_in":"3600","refresh_token":"r2"}`,
		`200 {"access_token":"a3","token_type":"Bearer","expires_in":3600}`,
		`400 {"error":"invalid_grant"}`,
		`200 {"access_token":"a4","token_type":"Bearer","expires_in":3600,"refresh_token":"r4"}`,
		`503 {}`,
		`200 {"access_token":"a5","token_type":"Bearer","expires_in":3600}`)
	tok, c := tokens(t, auth(id.URL+"/", GrantPassword))
	if tok.Fresh(0) {
		t.Error("fresh before anything was fetched")
	}
	for i, want := range []string{"a1", "a2", "a3", "a4", "", "a5"} {
		err := tok.Fetch(t.Context())
		if want == "" {
			if e, ok := errors.AsType[*CallError](err); !ok || e.Kind != KindLost || e.RetryAfter != 7*time.Second || held(t, tok) != "a4" {
				t.Errorf("fetch %d: %v", i, err)
			}
			continue
		}
		if err != nil || held(t, tok) != want {
			t.Fatalf("fetch %d: %v, %q", i, err, held(t, tok))
		}
		c.at = c.at.Add(time.Hour)
	}
	if got, want := id.grants(), "password refresh_token(r1) refresh_token(r2) refresh_token(r2) password refresh_token(r4) refresh_token(r4)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	first := id.asked[0]
	if first.Get("username") != nastyUser || first.Get("password") != "p"+nastySecret || first.Get("scope") != "urn:opc:idm:__myscopes__ offline_access" || id.asked[1].Get("scope") != "urn:opc:idm:__myscopes__" {
		t.Errorf("asked with %q", first)
	}
	if want := "client&id:" + nastySecret; id.clients[0] != want {
		t.Errorf("client %q, want %q", id.clients[0], want)
	}
}

// A dead refresh token is not tried a second time, also when the password grant after it fails.
func TestDeadRefreshTokenIsDropped(t *testing.T) {
	id := newIdentity(t, `200 {"access_token":"a1","refresh_token":"r1","expires_in":60}`, `401 {"error":"invalid_token"}`, `500 {}`, `200 {"access_token":"a2"}`)
	tok, _ := tokens(t, auth(id.URL, GrantPassword))
	for _, fails := range []bool{false, true, false} {
		if err := tok.Fetch(t.Context()); (err != nil) != fails {
			t.Errorf("got %v", err)
		}
	}
	if got, want := id.grants(), "password refresh_token(r1) password password"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestClientCredentialsGrant(t *testing.T) {
	id := newIdentity(t, `200 {"access_token":"a1","token_type":"Bearer","expires_in":3600}`)
	a := auth(id.URL, GrantClient)
	a.Scopes = []string{"urn:opc:resource:expiry=7200", "x"}
	tok, _ := tokens(t, a)
	for range 2 {
		if err := tok.Fetch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := id.grants(); got != "client_credentials client_credentials" || id.asked[0].Get("scope") != "urn:opc:resource:expiry=7200 x" || id.asked[0].Has("username") {
		t.Errorf("got %s, %q", got, id.asked[0])
	}
}

// Expiry is reckoned by our clock, from before the question, with a margin.
func TestFresh(t *testing.T) {
	tests := []struct {
		answer  string
		elapsed time.Duration
		atLeast time.Duration
		want    bool
	}{
		{`"expires_in":3600`, 0, 0, true},
		{`"expires_in":3600`, 58 * time.Minute, 0, true},
		{`"expires_in":3600`, 59 * time.Minute, 0, false},
		{`"expires_in":3600`, 50 * time.Minute, 10 * time.Minute, false},
		{`"expires_in":3600`, 40 * time.Minute, 10 * time.Minute, true},
		{`"expires_in":"3600"`, 58 * time.Minute, 0, true},
		{`"expires_in":31536000`, 300 * 24 * time.Hour, 0, true},
		{`"x":1`, 58 * time.Minute, 0, true}, // not said: an hour
		{`"x":1`, 59 * time.Minute, 0, false},
		{`"expires_in":-5`, 58 * time.Minute, 0, true},
		{`"expires_in":1e300`, 58 * time.Minute, 0, false},
		{`"expires_in":30`, 14 * time.Second, time.Hour, true}, // too short for any wish: good for half its life
		{`"expires_in":30`, 15 * time.Second, time.Hour, false},
		{`"expires_in":0`, 0, 0, true}, // rounded down: good for the call at hand
		{`"expires_in":0`, time.Second, 0, false},
	}
	for _, tt := range tests {
		id := newIdentity(t, `200 {"access_token":"a",`+tt.answer+`}`)
		tok, c := tokens(t, auth(id.URL, GrantPassword))
		if err := tok.Fetch(t.Context()); err != nil {
			if tt.want {
				t.Errorf("%s: %v", tt.answer, err)
			}
			continue
		}
		c.at = c.at.Add(tt.elapsed)
		if got := tok.Fresh(tt.atLeast); got != tt.want {
			t.Errorf("%s after %v, for %v: got %v", tt.answer, tt.elapsed, tt.atLeast, got)
		}
		tok.Spoil()
		if tok.Fresh(0) {
			t.Error("fresh after Spoil")
		}
	}
}

// A token that took longer to come than half its life can be used all the same: the next would be no better.
func TestAShortTokenFromASlowServiceIsUsed(t *testing.T) {
	c := &clock{at: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	rt := roundTripper(func(*http.Request) (*http.Response, error) {
		c.at = c.at.Add(900 * time.Millisecond)
		return &http.Response{
			StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(`{"access_token":"a","expires_in":1}`)),
		}, nil
	})
	tok, err := NewTokens(auth("https://iam.example.com", GrantClient), c.now, rt)
	if err != nil {
		t.Fatal(err)
	}
	if err := tok.Fetch(t.Context()); err != nil || !tok.Fresh(0) {
		t.Errorf("%v: it would be fetched for ever", err)
	}
	c.at = c.at.Add(500 * time.Millisecond)
	if tok.Fresh(0) {
		t.Error("fresh past half its life")
	}
}

// Whoever asks while a fetch is under way waits for it and shares its end, well or badly.
func TestOneFetchAtATime(t *testing.T) {
	for _, status := range []int{200, 400} {
		entered, leave := make(chan bool, 100), make(chan bool)
		rt := roundTripper(func(r *http.Request) (*http.Response, error) {
			entered <- true
			<-leave
			resp := response(status, `{"access_token":"a","error_description":"x"}`)
			resp.Header.Set("Content-Type", "application/json")
			return resp, nil
		})
		c := &clock{time.Now()}
		tok, err := NewTokens(auth("http://iam", GrantPassword), c.now, rt)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		fetch := func() {
			if err := tok.Fetch(t.Context()); (err == nil) != (status == 200) {
				t.Errorf("got %v", err)
			}
		}
		wg.Go(fetch)
		<-entered
		for range 20 {
			wg.Go(fetch)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if e, ok := errors.AsType[*CallError](tok.Fetch(ctx)); !ok || e.Trouble != Stopped {
			t.Errorf("got %v", e)
		}
		close(leave) // those not yet waiting fetch themselves, which the closed channel allows
		wg.Wait()
		if len(entered) > 20 {
			t.Errorf("%d fetches", len(entered))
		}
	}
}

// The token a call used is spoilt by its 401, and a newer one is not.
func TestUnauthorizedSpoilsTheTokenThatWasUsed(t *testing.T) {
	id := newIdentity(t, `200 {"access_token":"a1"}`, `200 {"access_token":"a2"}`)
	s, _ := scheduler(t, false, 401, "")
	tr := transport(t, TLS{}, nil)
	tok, _ := tokens(t, auth(id.URL, GrantClient))
	c, err := New(config(s.URL), tok, tr)
	if err != nil {
		t.Fatal(err)
	}
	if err := tok.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); !r.Unauthorized || tok.Fresh(0) {
		t.Errorf("got %+v, fresh %v", r, tok.Fresh(0))
	}
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != NotSent || r.Unauthorized {
		t.Errorf("with a spoilt token: %+v", r)
	}
	if err := tok.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	tok.spoil(1)
	if !tok.Fresh(0) {
		t.Error("a late 401 spoilt the newer token")
	}
	if _, err := c.Ask(t.Context(), frozen(t, c, OpStatus)); err == nil || tok.Fresh(0) {
		t.Errorf("got %v, fresh %v", err, tok.Fresh(0))
	}
	if got := id.grants(); got != "client_credentials client_credentials" {
		t.Errorf("nobody but Fetch fetches: %s", got)
	}
}

// A ready token has no known end; after a 401 it is read again, and the same one is no help.
func TestReadyToken(t *testing.T) {
	now := "t1\n"
	broken := error(nil)
	a := Auth{Grant: GrantToken, Credentials: Credentials{Ready: func(context.Context) (secret.Value, error) { return secret.New(now), broken }}}
	tok, c := tokens(t, a)
	if err := tok.Fetch(t.Context()); err != nil || held(t, tok) != "t1" {
		t.Fatal(err)
	}
	c.at = c.at.Add(1000 * time.Hour)
	if !tok.Fresh(time.Hour) {
		t.Error("not fresh")
	}
	tok.Spoil()
	err := tok.Fetch(t.Context())
	if e, ok := errors.AsType[*CallError](err); !ok || e.Kind != KindUnauthorized || tok.Fresh(0) {
		t.Errorf("got %v", err)
	}
	now = "t2"
	if err := tok.Fetch(t.Context()); err != nil || held(t, tok) != "t2" {
		t.Error(err)
	}
	for _, now = range []string{"", "two words", "é"} {
		if err := tok.Fetch(t.Context()); err == nil {
			t.Errorf("%q was taken", now)
		}
	}
	broken = errors.New("file is gone")
	if err := tok.Fetch(t.Context()); err == nil || !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
