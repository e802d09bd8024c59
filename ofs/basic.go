package ofs

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"ofsplan/internal/secret"
)

// BasicForm is how client id and secret are written under HTTP Basic, where both are put into one text before that is put into
// base64. They come out alike unless id or secret holds anything but letters, digits and - _ . ~. Only one of them is ever sent:
// a second try in the other form would be a second wrong password.
type BasicForm string

// The forms.
const (
	BasicRaw     BasicForm = ""     // as they are, as in the samples of the guide: RFC 7617
	BasicEncoded BasicForm = "form" // each form-encoded first: RFC 6749 section 2.3.1
)

// basic is what stands behind "Basic". The scheduler itself is never a server of RFC 6749.
func (a Auth) basic() string {
	id, pass := a.ClientID.Reveal(), a.ClientSecret.Reveal()
	if a.Basic == BasicEncoded && a.Grant != GrantBasic {
		id, pass = url.QueryEscape(id), url.QueryEscape(pass)
	}
	return base64.StdEncoding.EncodeToString([]byte(id + ":" + pass))
}

// BasicDiffers reports whether the two forms of HTTP Basic are not the same for these credentials, so that a server which wants
// the other one refuses them.
func (a Auth) BasicDiffers() bool {
	if a.Grant != GrantPassword && a.Grant != GrantClient {
		return false
	}
	both := a.ClientID.Reveal() + a.ClientSecret.Reveal()
	return url.QueryEscape(both) != both
}

// other says which form was sent and which was not.
func (f BasicForm) other() string {
	if f == BasicEncoded {
		return "they were sent form-encoded, and not raw"
	}
	return "they were sent raw, and not form-encoded (form)"
}

// checkID refuses an id that a server would read as a shorter one and the beginning of the secret.
func (a Auth) checkID(id secret.Value) error {
	if !strings.Contains(id.Reveal(), ":") || a.Basic == BasicEncoded && a.Grant != GrantBasic {
		return nil
	}
	return errors.New("auth.client_id holds a colon, and what comes behind it would be taken for the secret (RFC 7617)\n\tis it id and secret in one? auth.client_secret is for the secret")
}

// learn makes the credentials known to the filter, the way they are sent among them.
func (a Auth) learn() {
	a.Filter.AddNames(a.ClientID, a.Username)
	a.Filter.Add(a.ClientSecret, a.Password)
	if !a.ClientSecret.Empty() {
		a.Filter.Add(secret.New(a.basic()))
	}
}

// tokenHeaders are the headers of a token call.
func (a Auth) tokenHeaders() http.Header {
	return http.Header{
		"Content-Type":  {"application/x-www-form-urlencoded"},
		"Accept":        {"application/json"},
		"User-Agent":    {a.Agent},
		"Authorization": {"Basic " + a.basic()},
	}
}

// scheme comes before what [Tokens] hold in the header Authorization.
func (g Grant) scheme() string {
	if g == GrantBasic {
		return "Basic "
	}
	return "Bearer "
}

// basicLogin is what GrantBasic shows the scheduler with each request. After a refusal the credentials are read again.
func (t *Tokens) basicLogin(ctx context.Context, had token) (token, *CallError) {
	if had.spoilt {
		t.changed(ctx)
	}
	return t.shown(t.auth.basic(), had, &CallError{
		Kind: KindUnauthorized, HTTP: http.StatusUnauthorized,
		Message: "the scheduler did not accept the client id and secret",
		Hint:    "check auth.client_id and auth.client_secret of the target; is HTTP Basic what it wants?",
	})
}
