package sim

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tokens are what the identity service has given out.
type tokens struct {
	seed    uint64
	given   int
	access  map[string]time.Duration // until when it counts, since the night began
	refresh map[string]bool          // those not used yet
}

func newTokens(seed uint64) tokens {
	return tokens{seed: seed, access: map[string]time.Duration{}, refresh: map[string]bool{}}
}

// good reports whether an access token counts.
func (t *tokens) good(token string, at time.Duration) bool {
	until, known := t.access[token]
	return known && at < until
}

// void ends all access tokens; a refresh token still gets another.
func (t *tokens) void() { clear(t.access) }

// next makes a token text, the same in every night with this seed.
func (t *tokens) next(kind string) string {
	t.given++
	a, b := chance(t.seed, kind, "a", t.given), chance(t.seed, kind, "b", t.given)
	return fmt.Sprintf("%s%013x%013x", kind, uint64((a+1)*(1<<51)), uint64((b+1)*(1<<51)))
}

// longest is the longest life an access token can be asked to have.
const longest = 31536000 * time.Second

// token answers the token endpoint.
func (s *Scheduler) token(c *call) Reply {
	status, body := s.grant(c)
	r := Reply{Status: status, Header: jsonHeader.Clone(), Body: body}
	if status == http.StatusUnauthorized {
		r.Header.Set("WWW-Authenticate", `Basic realm="identity"`)
	}
	return r
}

func (s *Scheduler) grant(c *call) (int, []byte) {
	kind, _, err := mime.ParseMediaType(headerOf(c.Header, "Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return grantRefused("invalid_request", "the body is no form")
	}
	form, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return grantRefused("invalid_request", "the form cannot be read")
	}
	basic := http.Request{Header: http.Header{"Authorization": {headerOf(c.Header, "Authorization")}}}
	id, secret, ok := basic.BasicAuth()
	if !ok || !s.opts.reads(s.opts.ClientID, id) || !s.takesSecret(secret, c.at) {
		return grantRefused("invalid_client", "client id and secret do not fit")
	}
	switch form.Get("grant_type") {
	case "password":
		if !accepts(s.opts.Username, form.Get("username")) || !accepts(s.opts.Password, form.Get("password")) {
			return grantRefused("invalid_grant", "user name and password do not fit")
		}
	case "refresh_token":
		if old := form.Get("refresh_token"); !s.tokens.refresh[old] {
			return grantRefused("invalid_grant", "the refresh token is unknown or was used before")
		}
		delete(s.tokens.refresh, form.Get("refresh_token"))
	case "client_credentials":
	case "":
		return grantRefused("invalid_request", "grant_type is missing")
	default:
		return grantRefused("unsupported_grant_type", "password, refresh_token or client_credentials")
	}
	return s.give(c, form)
}

// give makes the tokens. Client credentials never come with a refresh token.
func (s *Scheduler) give(c *call, form url.Values) (int, []byte) {
	life, err := s.life(form.Get("scope"))
	if err != nil {
		return grantRefused("invalid_scope", err.Error())
	}
	given := struct {
		AccessToken  string `json:"access_token"`
		TokenType    string `json:"token_type"`
		ExpiresIn    int64  `json:"expires_in"`
		RefreshToken string `json:"refresh_token,omitempty"`
	}{s.tokens.next("access"), "Bearer", int64(life / time.Second), ""}
	s.tokens.access[given.AccessToken] = c.at + time.Duration(float64(life)*s.opts.Speed)
	renewed := form.Get("grant_type") == "refresh_token"
	asked := form.Get("grant_type") == "password" && slices.Contains(strings.Fields(form.Get("scope")), "offline_access")
	if renewed || asked {
		given.RefreshToken = s.tokens.next("refresh")
		s.tokens.refresh[given.RefreshToken] = true
	}
	body, err := json.Marshal(given)
	if err != nil {
		panic(err) // our own struct
	}
	return http.StatusOK, body
}

// life is how long a token lives, in the caller's time: as the scope asks, else as the options say.
func (s *Scheduler) life(scope string) (time.Duration, error) {
	for word := range strings.FieldsSeq(scope) {
		text, asked := strings.CutPrefix(word, "urn:opc:resource:expiry=")
		if !asked {
			continue
		}
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds < 1 || seconds > int64(longest/time.Second) {
			return 0, fmt.Errorf("%s is no life for a token", text)
		}
		return time.Duration(seconds) * time.Second, nil
	}
	return s.opts.TokenLife, nil
}

// accepts reports whether what was given is what is wanted; anything but nothing, when nothing is wanted.
func accepts(want, got string) bool { return got != "" && (want == "" || want == got) }

// The forms of what stands under HTTP Basic: as it is, as in the guide's sample, or form-encoded, as RFC 6749 section 2.3.1 has it.
const (
	BasicRaw  = "raw"
	BasicForm = "form"
)

// reads reports whether an id or a secret under HTTP Basic is what is wanted. A server that holds to one form and takes any text
// refuses what was plainly written in the other.
func (c Credentials) reads(want, got string) bool {
	plain, err := url.QueryUnescape(got)
	encoded := err == nil && url.QueryEscape(plain) == got
	switch c.Basic {
	case BasicRaw:
		return accepts(want, got) && (want != "" || !encoded || plain == got)
	case BasicForm:
		return encoded && accepts(want, plain)
	}
	return accepts(want, got) || encoded && accepts(want, plain)
}

// grantRefused is an error as RFC 6749 section 5.2 has it.
func grantRefused(code, description string) (int, []byte) {
	status := http.StatusBadRequest
	if code == "invalid_client" {
		status = http.StatusUnauthorized
	}
	body, err := json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, description})
	if err != nil {
		panic(err) // two texts
	}
	return status, body
}
