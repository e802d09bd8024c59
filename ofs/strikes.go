package ofs

import (
	"context"
	"time"

	"ofsplan/internal/secret"
)

// Credentials that were refused are read again before they are shown again. Those that have not changed are shown after 10
// minutes, after 30 more, and then each hour: who shows them oftener locks the account that somebody is about to mend. Those
// that have changed are shown at once.

// strikes are how often credentials were refused since they last changed or were accepted.
type strikes struct {
	n    int
	next time.Time  // when they may be shown again, unless they change
	last *CallError // what the last refusal said; nil: there was none
}

// pause is how long credentials are not shown after so many refusals.
func pause(refusals int) time.Duration {
	switch refusals {
	case 1:
		return 10 * time.Minute
	case 2:
		return 30 * time.Minute
	}
	return time.Hour
}

// strike notes a refusal, and says in it when the credentials are shown again.
func (s *strikes) strike(now time.Time, refusal *CallError) *CallError {
	s.n++
	s.next = now.Add(pause(s.n))
	s.last = refusal
	refusal.RetryAfter = max(refusal.RetryAfter, pause(s.n))
	return refusal
}

// withheld is the last refusal, told in place of asking for another.
func (s *strikes) withheld(now time.Time) *CallError {
	e := *s.last
	e.Withheld, e.RetryAfter = true, s.next.Sub(now)
	return &e
}

// grant asks for a token with the credentials, unless these were refused and it is not time to show them again.
func (t *Tokens) grant(ctx context.Context) (token, *CallError) {
	if t.strikes.n > 0 && !t.changed(ctx) && t.now().Before(t.strikes.next) {
		return token{}, t.strikes.withheld(t.now())
	}
	got, fail := t.exchange(ctx, t.auth.Grant, secret.Value{})
	if fail != nil && fail.Kind == KindUnauthorized && t.changed(ctx) { // they were replaced since they were read
		got, fail = t.exchange(ctx, t.auth.Grant, secret.Value{})
	}
	switch {
	case fail == nil:
		t.strikes = strikes{}
	case fail.Kind == KindUnauthorized:
		fail = t.strikes.strike(t.now(), fail)
	}
	return got, fail
}

// changed reads the credentials again and reports whether they are others than those that were refused. Those that cannot
// be read have not changed.
func (t *Tokens) changed(ctx context.Context) bool {
	if t.auth.Again == nil {
		return false
	}
	now, err := t.auth.Again(ctx)
	if err != nil || now.same(t.auth.Credentials) || t.auth.checkID(now.ClientID) != nil {
		return false
	}
	now.Ready, now.Again = t.auth.Ready, t.auth.Again
	t.auth.Credentials = now
	t.auth.learn()
	t.strikes = strikes{}
	return true
}

// same reports whether what is shown is the same.
func (c Credentials) same(other Credentials) bool {
	return c.ClientID.Reveal() == other.ClientID.Reveal() && c.ClientSecret.Reveal() == other.ClientSecret.Reveal() &&
		c.Username.Reveal() == other.Username.Reveal() && c.Password.Reveal() == other.Password.Reveal()
}
