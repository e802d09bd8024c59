package ofs

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What the identity service says no with, told with the grant and what to configure, and without any secret even
// where the service repeats them. A password is posted once.
func TestTokenErrors(t *testing.T) {
	echo := strings.ReplaceAll(nastySecret, `"`, `\"`) + " " + url.QueryEscape("p"+nastySecret)
	tests := []struct {
		name, answer string
		grant        Grant
		kind         Kind
		code, says   string
	}{
		{"wrong password", `400 {"error":"invalid_grant","error_description":"Bad ` + echo + `"}`, GrantPassword, KindUnauthorized, "invalid_grant", "check auth.username and auth.password"},
		{"wrong client", `401 {"error":"invalid_client"}`, GrantClient, KindUnauthorized, "invalid_client", "check auth.client_id and auth.client_secret"},
		{"grant not allowed", `400 {"error":"unauthorized_client"}`, GrantPassword, KindUnauthorized, "unauthorized_client", "let the client use grant password"},
		{"grant unknown", `400 {"error":"unsupported_grant_type"}`, GrantClient, KindUnauthorized, "unsupported_grant_type", "let the client use grant client_credentials"},
		{"scope", `400 {"error":"invalid_scope"}`, GrantClient, KindUnauthorized, "invalid_scope", "scopes"},
		{"bad request", `400 {"error":"invalid_request"}`, GrantClient, KindUnauthorized, "invalid_request", "check iam and auth"},
		{"error with 200", `200 {"error":"invalid_grant"}`, GrantPassword, KindUnauthorized, "invalid_grant", "auth.password"},
		{"401 without a word", `401 nope ` + nastySecret, GrantClient, KindUnauthorized, "", "check auth.client_id"},
		{"down for a while", `503 {"error":"temporarily_unavailable"}`, GrantClient, KindLost, "temporarily_unavailable", "503"},
		{"server error", `500 <html>` + nastySecret, GrantClient, KindLost, "", "500"},
		{"too many", `429 {}`, GrantClient, KindLost, "", "429"},
		{"no such page", `404 <html>`, GrantClient, KindLost, "", "check iam"},
		{"redirect", `307 {}`, GrantPassword, KindLost, "", "elsewhere.example.com"},
		{"web page", `200 <html>` + nastySecret, GrantPassword, KindLost, "", "check iam of the target: is it the identity domain?"},
		{"no token", `200 {"expires_in":3600}`, GrantClient, KindLost, "", "not one of a token service"},
		{"token nobody can send", `200 {"access_token":"a\nb"}`, GrantClient, KindLost, "", "no usable access token"},
		{"cut short", `200 {"access_token":"a`, GrantClient, KindLost, "", "not one of a token service"},
		{"cursor movement", `400 {"error":"invalid_grant","error_description":"\u001b[2Jx"}`, GrantPassword, KindUnauthorized, "invalid_grant", "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := newIdentity(t, tt.answer)
			tok, _ := tokens(t, auth(id.URL, tt.grant))
			err := tok.Fetch(t.Context())
			e, ok := errors.AsType[*CallError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if e.Kind != tt.kind || e.Code != tt.code {
				t.Errorf("got %+v", e)
			}
			text := fmt.Sprintf("%v %+v %#v %v", err, *e, e, e.Err)
			contains(t, err.Error(), tt.says, "grant "+string(tt.grant))
			for _, hidden := range []string{nastySecret, url.QueryEscape(nastySecret), "s3cr3t", "\x1b"} {
				if strings.Contains(text, hidden) {
					t.Errorf("%q holds %q", text, hidden)
				}
			}
			if got := id.grants(); got != string(tt.grant) {
				t.Errorf("asked %q", got)
			}
			if tok.Fresh(0) {
				t.Error("fresh after a failure")
			}
		})
	}
}

func TestIdentityServiceThatIsNotThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	tok, _ := tokens(t, auth("http://"+l.Addr().String(), GrantPassword))
	err = tok.Fetch(t.Context())
	if e, ok := errors.AsType[*CallError](err); !ok || e.Kind != KindLost || e.Trouble != Unreachable {
		t.Errorf("got %#v", err)
	}
	contains(t, err.Error(), "grant password", "connection refused", "check iam of the target")

	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	defer s.Close()
	tok, _ = tokens(t, auth(s.URL, GrantPassword))
	err = tok.Fetch(t.Context())
	if e, ok := errors.AsType[*CallError](err); !ok || e.Trouble != Untrusted {
		t.Errorf("got %#v", err)
	}
	contains(t, err.Error(), "tls.ca_file")

	h := newHand()
	url, _, _ := peer(t, false, func(conn net.Conn, n *count) { carry(conn, n); drain(conn) })
	a := auth(url, GrantPassword)
	a.Timer = h.timer
	tok, _ = tokens(t, a)
	failed := make(chan error)
	go func() { failed <- tok.Fetch(t.Context()) }()
	h.expire()
	if e, ok := errors.AsType[*CallError](<-failed); !ok || e.Trouble != Slow {
		t.Errorf("got %#v", e)
	}
}

func TestAuthIsChecked(t *testing.T) {
	rt := http.DefaultTransport
	_, err := NewTokens(Auth{Grant: GrantPassword}, time.Now, rt)
	if err == nil {
		t.Fatal("accepted")
	}
	contains(t, err.Error(), "auth.username", "auth.password", "auth.client_id", "auth.client_secret", "iam is missing")
	for _, bad := range []Auth{{Grant: "magic"}, {Grant: GrantToken}, auth("idcs.example.com", GrantClient), auth("https://me:pw@x", GrantClient), auth("", GrantClient)} {
		if _, err := NewTokens(bad, time.Now, rt); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	tok, err := NewTokens(Auth{}, time.Now, rt)
	if err != nil || !tok.Fresh(time.Hour) || tok.Fetch(t.Context()) != nil {
		t.Errorf("no grant: %v", err)
	}
	if access, _, err := tok.current(); access != "" || err != nil {
		t.Errorf("no grant: %q, %v", access, err)
	}
}
