package itest

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ory/fosite"

	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/plan/fact"
	"ofsplan/runner/drive"
)

const one = `
version: 1
name: one
steps:
  - id: load
    trigger: {batch: LOAD}
`

// What RFC 6749 section 5.2 lets a server say no with, and the words for it that exit code 5 comes with. A password
// is shown once: who shows it twice locks the account.
func TestCredentialsThatAreRefused(t *testing.T) {
	always := func(err *fosite.RFC6749Error) func(*identity) {
		return func(id *identity) {
			id.turns.meet = func(w http.ResponseWriter, r *http.Request) bool {
				id.note("refused")
				id.provider.WriteAccessError(r.Context(), w, nil, err)
				return true
			}
		}
	}
	tests := []struct {
		name  string
		grant ofs.Grant
		auth  func(*ofs.Auth)
		serve func(*identity)
		kind  ofs.Kind
		says  string // parts of the message, with | between them
	}{
		{"wrong client secret", "", func(a *ofs.Auth) { a.ClientSecret = secret.New("another " + clientSecret) }, nil, ofs.KindUnauthorized,
			"invalid_client|HTTP 401|auth.client_id and auth.client_secret"},
		{"unknown client", ofs.GrantClient, func(a *ofs.Auth) { a.ClientID = secret.New("nobody") }, nil, ofs.KindUnauthorized,
			"invalid_client|auth.client_id and auth.client_secret"},
		{"wrong password", "", func(a *ofs.Auth) { a.Password = secret.New("another " + password) }, nil, ofs.KindUnauthorized,
			"grant password|invalid_grant|check auth.username and auth.password|is the account locked"},
		{"locked account", "", nil, func(id *identity) { id.store.locked[username] = true }, ofs.KindUnauthorized,
			"invalid_grant|locked after too many attempts|auth.password"},
		{"client may not use the grant", "", nil, func(id *identity) { id.client.GrantTypes = []string{"client_credentials"} }, ofs.KindUnauthorized,
			"unauthorized_client|let the client use grant password|set another auth.grant"},
		{"scope the client has not", ofs.GrantClient, nil, func(id *identity) { id.client.Scopes = nil }, ofs.KindUnauthorized,
			"invalid_scope|check the scopes"},
		{"a gateway that loses the form", "", nil, func(id *identity) {
			id.turns.meet = func(_ http.ResponseWriter, r *http.Request) bool {
				r.Body, r.ContentLength = http.NoBody, 0
				return false
			}
		}, ofs.KindUnauthorized, "invalid_request|check iam and auth"},
		{"grant the server has not", "", nil, always(fosite.ErrUnsupportedGrantType), ofs.KindUnauthorized,
			"unsupported_grant_type|set another auth.grant"},
		{"access denied", "", nil, always(fosite.ErrAccessDenied), ofs.KindUnauthorized, "access_denied|what the user and the client may do"},
		{"server error", "", nil, always(fosite.ErrServerError), ofs.KindLost, "HTTP 500|unexpected condition"},
		{"down for a while", ofs.GrantClient, nil, always(fosite.ErrTemporarilyUnavailable), ofs.KindLost, "503|maintenance"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			night{life: time.Minute, grant: tt.grant, change: tt.auth}.play(t, func(t *testing.T, s *stage) {
				if tt.serve != nil {
					tt.serve(s.identity)
				}
				result, err := s.run(one)
				if !errors.Is(err, drive.ErrNoContact) || result.End != nil {
					t.Fatalf("got %+v, %v", result, err)
				}
				if call, ok := errors.AsType[*ofs.CallError](err); !ok || call.Kind != tt.kind {
					t.Errorf("got %#v", call)
				}
				for part := range strings.SplitSeq(tt.says, "|") {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%q does not say %q", err, part)
					}
				}
				s.discreet(err.Error())
				s.lawful(0)
				if len(s.identity.asked) != 1 {
					t.Errorf("asked for: %s", s.identity.calls())
				}
			})
		})
	}
}

// A token with the wrong scope is refused for good (403): another would be no better. Nothing was carried out.
func TestATokenThatMayNotDoThis(t *testing.T) {
	night{life: time.Hour}.play(t, func(t *testing.T, s *stage) {
		s.guard.want = "urn:opc:batch"
		result, err := s.run(one)
		if err != nil || result.End == nil || result.End.Outcome != fact.Failed {
			t.Fatalf("got %+v, %v", result, err)
		}
		if text := s.text(); !strings.Contains(text, "HTTP 403") || !strings.Contains(text, "BATCH_EXEC") {
			t.Errorf("the journal does not say why:\n%s", text)
		}
		s.lawful(0)
		if s.identity.calls() != "password" {
			t.Errorf("asked for: %s", s.identity.calls())
		}
	})
}

// Tokens that are never good: one new token, one new request, and then the step fails. It is not tried for ever,
// and nothing was carried out.
func TestTokensThatAreNeverGood(t *testing.T) {
	night{life: time.Hour, grant: ofs.GrantClient}.play(t, func(t *testing.T, s *stage) {
		s.guard.identity = newIdentity(t, time.Hour) // which knows none of them
		result, err := s.run(one)
		if err != nil || result.End == nil || result.End.Outcome != fact.Failed {
			t.Fatalf("got %+v, %v", result, err)
		}
		if text := s.text(); !strings.Contains(text, `"kind":"unauthorized"`) {
			t.Errorf("the journal does not say why:\n%s", text)
		}
		s.lawful(0)
		if got := s.guard.unknown.Load(); got != 2 {
			t.Errorf("%d requests", got)
		}
	})
}

// The refusals of RFC 6750 section 3.1, as requests and as looks.
func TestBearerTokensThatAreRefused(t *testing.T) {
	tests := []struct {
		name   string
		status int
		reason string
		kind   ofs.Kind
		again  bool // another token may help
	}{
		{"no token seen", 401, "", ofs.KindUnauthorized, true},
		{"invalid_token", 401, "invalid_token", ofs.KindUnauthorized, true},
		{"insufficient_scope", 403, "insufficient_scope", ofs.KindRefused, false},
		{"invalid_request", 400, "invalid_request", ofs.KindRefused, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			night{life: time.Hour}.play(t, func(t *testing.T, s *stage) {
				s.street.houses["ofs.example.com"].server.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					refuse(w, tt.status, tt.reason)
				})
				s.fetch(t.Context())
				order, err := s.client.Trigger(ofs.Order{Code: "LOAD", Object: ofs.Batch})
				if err != nil {
					t.Fatal(err)
				}
				r := s.client.Send(t.Context(), order, "k", func() error { return nil })
				if r.Class != ofs.Refused || r.HTTP != tt.status || r.Unauthorized != tt.again || s.tokens.Fresh(0) == tt.again {
					t.Errorf("the request: %+v", r)
				}
				s.fetch(t.Context())
				look, err := s.client.Status("LOAD_2026-11-20_1795222800000_1", nil)
				if err != nil {
					t.Fatal(err)
				}
				_, err = s.client.Ask(t.Context(), look)
				if e, ok := errors.AsType[*ofs.CallError](err); !ok || e.Kind != tt.kind || s.tokens.Fresh(0) == tt.again {
					t.Errorf("the look: %#v", e)
				}
				s.lawful(0)
			})
		})
	}
}
