package ofs

import (
	"context"
	"errors"
	"testing"
	"time"

	"ofsplan/internal/secret"
)

// Credentials that were refused are withheld for 10 minutes, 30, and then an hour at a time, unless they change; whoever asks
// meanwhile is told how long, and nobody is asked.
func TestRefusedCredentialsAreWithheld(t *testing.T) {
	for _, g := range []Grant{GrantPassword, GrantClient} {
		id := newIdentity(t, `401 {"error":"invalid_client"}`)
		a := auth(id.URL, g)
		source, broken := a.Credentials, error(nil)
		a.Again = func(context.Context) (Credentials, error) { return source, broken }
		tok, c := tokens(t, a)
		fetch := func(shown int, withheld bool, until time.Duration) {
			t.Helper()
			e, ok := errors.AsType[*CallError](tok.Fetch(t.Context()))
			if !ok || e.Kind != KindUnauthorized || e.Withheld != withheld || e.RetryAfter != until || len(id.asked) != shown || e.Hint == "" {
				t.Fatalf("grant %s: %+v, shown %d times, want %d", g, e, len(id.asked), shown)
			}
		}
		fetch(1, false, 10*time.Minute)
		fetch(1, true, 10*time.Minute)
		c.at = c.at.Add(9 * time.Minute)
		fetch(1, true, time.Minute)
		c.at = c.at.Add(time.Minute)
		fetch(2, false, 30*time.Minute)
		c.at = c.at.Add(30 * time.Minute)
		fetch(3, false, time.Hour)
		c.at = c.at.Add(time.Hour)
		fetch(4, false, time.Hour)
		c.at = c.at.Add(59 * time.Minute)
		broken = errors.New("vault is away") // who cannot read them has nothing new to show
		fetch(4, true, time.Minute)
		broken = nil
		source.ClientSecret = secret.New("another one")
		fetch(5, false, 10*time.Minute) // at once, and the count begins anew
		if got := string(a.Filter.Clean([]byte("it is another one"))); got != "it is [redacted]" {
			t.Errorf("the filter leaves %q", got)
		}
		source.Username = secret.New("somebody") // whichever of them changes
		fetch(6, false, 10*time.Minute)
	}
}

// What was replaced before it was refused is shown in the same breath.
func TestCredentialsThatWereReplacedInTimeAreShownAtOnce(t *testing.T) {
	id := newIdentity(t, `401 {"error":"invalid_client"}`, `200 {"access_token":"a1"}`, `401 {"error":"invalid_client"}`, `401 {"error":"invalid_client"}`)
	a := auth(id.URL, GrantClient)
	source := a.Credentials
	a.Again = func(context.Context) (Credentials, error) { return source, nil }
	tok, _ := tokens(t, a)
	source.ClientSecret = secret.New("another one")
	if err := tok.Fetch(t.Context()); err != nil || held(t, tok) != "a1" || len(id.asked) != 2 {
		t.Errorf("got %v after %d calls", err, len(id.asked))
	}
	source.ClientSecret = secret.New("a third one")
	if e, ok := errors.AsType[*CallError](tok.Fetch(t.Context())); !ok || e.Withheld || e.RetryAfter != 10*time.Minute || len(id.asked) != 4 {
		t.Errorf("got %+v after %d calls", e, len(id.asked))
	}
}

// A ready token that was refused is offered again in the same rhythm: the scheduler may have been wrong.
func TestARefusedReadyTokenIsWithheld(t *testing.T) {
	now := "t1"
	a := Auth{Grant: GrantToken, Credentials: Credentials{Ready: func(context.Context) (secret.Value, error) { return secret.New(now), nil }}}
	tok, c := tokens(t, a)
	if err := tok.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{10 * time.Minute, 30 * time.Minute, time.Hour, time.Hour} {
		tok.Spoil()
		if e, ok := errors.AsType[*CallError](tok.Fetch(t.Context())); !ok || e.RetryAfter != wait {
			t.Fatalf("got %+v, want %s", e, wait)
		}
		c.at = c.at.Add(wait - time.Minute)
		if e, ok := errors.AsType[*CallError](tok.Fetch(t.Context())); !ok || !e.Withheld {
			t.Fatalf("got %+v", e)
		}
		c.at = c.at.Add(time.Minute)
		if err := tok.Fetch(t.Context()); err != nil || !tok.Fresh(0) {
			t.Fatal(err)
		}
	}
	tok.Spoil()
	now = "t2"
	if err := tok.Fetch(t.Context()); err != nil || held(t, tok) != "t2" {
		t.Error(err)
	}
	tok.Spoil()
	if e, ok := errors.AsType[*CallError](tok.Fetch(t.Context())); !ok || e.RetryAfter != 10*time.Minute {
		t.Errorf("got %+v", e)
	}
}
