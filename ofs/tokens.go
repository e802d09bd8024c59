package ofs

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"ofsplan/internal/secret"
)

// Tokens holds the one access token of a target and gets the next. It is safe for use by many goroutines.
//
//	none ──Fetch──▶ held ──its time──▶ stale ──Fetch──▶ held
//	                  └──401, Spoil──▶ spoilt ──Fetch──▶ held
//
// It never fetches by itself; when to try is the caller's to say. Refused credentials are withheld for a while whoever asks,
// see strikes.go.
type Tokens struct {
	auth Auth
	now  func() time.Time
	http *http.Client

	fetching chan struct{} // holds one item while a fetch is under way, whose own these are:
	strikes  strikes

	mu     sync.Mutex // guards what follows
	held   token
	number int        // of held; raised by every fetch that brought a token
	round  int        // raised by every fetch that ended
	failed *CallError // how the last fetch ended; nil: well
}

// token is one access token. The zero token is none.
type token struct {
	access, refresh secret.Value
	got             time.Time     // when it was asked for, so before its life began
	came            time.Time     // when it was here
	life            time.Duration // 0: it does not say when it ends
	spoilt          bool
}

// NewTokens checks auth. Nothing is fetched yet. Now is the clock that expiry is reckoned by. Rt carries the calls; it should
// use each connection once, since a call that is lost on a used one may have used up a refresh token.
func NewTokens(auth Auth, now func() time.Time, rt http.RoundTripper) (*Tokens, error) {
	if err := auth.validate(); err != nil {
		return nil, err
	}
	if now == nil || rt == nil {
		return nil, errors.New("tokens need a clock and a transport")
	}
	auth = auth.withDefaults()
	auth.learn()
	return &Tokens{
		auth: auth,
		now:  now,
		http: &http.Client{
			Transport: stayer{rt},
			// A password or a token never goes where somebody else points.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		fetching: make(chan struct{}, 1),
	}, nil
}

// Fresh reports whether there is a token that outlives atLeast and the margin. A token too short-lived for that
// counts as fresh for half its life from its arrival, since another would be no better, however long it took to come.
func (t *Tokens) Fresh(atLeast time.Duration) bool {
	if t.auth.Grant == GrantNone {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held.access.Empty() || t.held.spoilt {
		return false
	}
	if t.held.life == 0 {
		return true
	}
	now := t.now()
	left := t.held.life - now.Sub(t.held.got)
	return left > atLeast+t.auth.Margin || now.Sub(t.held.came) < t.held.life/2
}

// Fetch gets another token, whether the present one is fresh or not. An error is a [*CallError]. One fetch goes
// on at a time: whoever comes meanwhile waits for it and shares its end, so a world of coroutines must not call it twice at once.
func (t *Tokens) Fetch(ctx context.Context) error {
	t.mu.Lock()
	round := t.round
	t.mu.Unlock()
	select {
	case t.fetching <- struct{}{}:
		defer func() { <-t.fetching }()
	case <-ctx.Done():
		err := ended(ctx)
		return &CallError{Kind: KindLost, Message: "no token was fetched: " + plain(err.Error()), Trouble: Stopped, Err: err}
	}
	t.mu.Lock()
	if t.round != round && (t.failed == nil || t.failed.Trouble != Stopped) {
		defer t.mu.Unlock()
		return t.outcome()
	}
	had := t.held
	t.mu.Unlock()

	got, fail := t.next(ctx, had)

	t.mu.Lock()
	defer t.mu.Unlock()
	t.round++
	t.failed = fail
	if fail == nil {
		t.held = got
		t.number++
	}
	return t.outcome()
}

// outcome is how the last fetch ended. It keeps a nil *CallError from becoming an error.
func (t *Tokens) outcome() error {
	if t.failed == nil {
		return nil
	}
	return t.failed
}

// next is the token after had: by refresh where there is something to refresh with, and by the grant where
// there is not or the refresh was refused.
func (t *Tokens) next(ctx context.Context, had token) (token, *CallError) {
	switch {
	case t.auth.Grant == GrantNone:
		return token{}, nil
	case t.auth.Grant == GrantToken:
		return t.ready(ctx, had)
	case t.auth.Grant == GrantBasic:
		return t.basicLogin(ctx, had)
	case !had.refresh.Empty():
		got, fail := t.exchange(ctx, grantRefresh, had.refresh)
		if fail == nil || fail.Kind != KindUnauthorized {
			return got, fail
		}
		t.mu.Lock()
		t.held.refresh = secret.Value{} // dead: what comes next may fail, and then nobody shall try it again
		t.mu.Unlock()
	}
	return t.grant(ctx)
}

// spoil marks the token with that number as refused, unless there is a newer one.
func (t *Tokens) spoil(number int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.number == number {
		t.held.spoilt = true
	}
}

// current is the token to send, without the scheme before it, and its number. A stale one is sent all the same: the scheduler's clock decides.
func (t *Tokens) current() (access string, number int, err error) {
	if t.auth.Grant == GrantNone {
		return "", 0, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held.access.Empty() || t.held.spoilt {
		return "", 0, &CallError{Kind: KindLost, Message: "there is no access token to call with"}
	}
	return t.held.access.Reveal(), t.number, nil
}

// ready reads the ready bearer token.
func (t *Tokens) ready(ctx context.Context, had token) (token, *CallError) {
	v, err := t.auth.Ready(ctx)
	if err != nil {
		return token{}, &CallError{Kind: KindUnauthorized, Message: "auth.token: " + plain(err.Error()), Err: err}
	}
	access := strings.TrimSpace(v.Reveal())
	t.auth.Filter.Renew(v, secret.New(access))
	if !sendable(access) {
		return token{}, &CallError{Kind: KindUnauthorized, Message: "auth.token does not hold a bearer token: only printable ASCII without spaces can be one"}
	}
	return t.shown(access, had, &CallError{
		Kind: KindUnauthorized, HTTP: http.StatusUnauthorized,
		Message: "the scheduler did not accept the ready access token, and auth.token still holds the same one",
		Hint:    "put a new one there, or let another grant fetch them",
	})
}

// shown is what a grant shows that no identity service gives, unless the scheduler has refused that very thing and it is not
// time to show it again.
func (t *Tokens) shown(access string, had token, refused *CallError) (token, *CallError) {
	switch {
	case !had.spoilt || had.access.Reveal() != access:
		t.strikes = strikes{}
	case t.strikes.n > 0 && t.now().Before(t.strikes.next):
		return token{}, t.strikes.withheld(t.now())
	default:
		again := t.strikes.n > 0
		refusal := t.strikes.strike(t.now(), refused)
		if !again {
			return token{}, refusal
		}
	}
	return token{access: secret.New(access), got: t.now()}, nil
}

// sendable reports whether text can stand behind "Bearer". RFC 6750 section 2.1, loosely.
func sendable(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
