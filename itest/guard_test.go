package itest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
)

// A guard stands before the scheduler and lets through who brings a bearer token that the identity service calls
// active, asked each time (RFC 7662). It refuses as RFC 6750 section 3 has it.
type guard struct {
	identity *identity
	next     http.Handler
	want     string       // a scope a token must have; "": none
	unknown  atomic.Int64 // tokens that were not active
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !bearer:
		refuse(w, http.StatusUnauthorized, "")
		return
	case strings.ContainsAny(token, ` ,"`):
		refuse(w, http.StatusBadRequest, "invalid_request")
		return
	}
	facts, err := g.introspect(token)
	switch {
	case err != nil:
		http.Error(w, "the identity service cannot be asked", http.StatusBadGateway)
	case !facts.Active:
		g.unknown.Add(1)
		refuse(w, http.StatusUnauthorized, "invalid_token")
	case g.want != "" && !strings.Contains(" "+facts.Scope+" ", " "+g.want+" "):
		refuse(w, http.StatusForbidden, "insufficient_scope")
	default:
		g.next.ServeHTTP(w, r)
	}
}

// refuse answers as RFC 6750 has it; without a reason to one who brought no token at all.
func refuse(w http.ResponseWriter, status int, reason string) {
	challenge := `Bearer realm="scheduler"`
	if reason != "" {
		challenge += fmt.Sprintf(`, error="%s", error_description="see RFC 6750"`, reason)
	}
	w.Header().Set("WWW-Authenticate", challenge)
	w.WriteHeader(status)
}

// facts are what introspection tells of a token.
type facts struct {
	Active bool   `json:"active"`
	Scope  string `json:"scope"`
}

func (g *guard) introspect(token string) (facts, error) {
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	w := g.identity.post("/oauth2/v1/introspect", guardID, guardSecret, form)
	var f facts
	if w.Code != http.StatusOK {
		return f, fmt.Errorf("HTTP %d", w.Code)
	}
	return f, json.Unmarshal(w.Body.Bytes(), &f)
}

// post asks the identity service something, without a network.
func (id *identity) post(path, client, secret string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(client), url.QueryEscape(secret))
	w := httptest.NewRecorder()
	id.ServeHTTP(w, r)
	return w
}
