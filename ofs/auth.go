package ofs

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"ofsplan/internal/secret"
)

// Grant is how a token is obtained.
type Grant string

// The grants.
const (
	GrantPassword Grant = "password"           // with refresh and rotation when the answer brings a refresh token
	GrantClient   Grant = "client_credentials" // no refresh token
	GrantToken    Grant = "token"              // a ready bearer token
	GrantBasic    Grant = "basic"              // no token: client id and secret go to the scheduler itself, as HTTP Basic
	GrantNone     Grant = ""                   // no Authorization header: mutual TLS alone, or a simulated scheduler

	grantRefresh Grant = "refresh_token"
)

// Auth is what a token is asked for with.
type Auth struct {
	Grant Grant
	// IAM is the identity domain, https://<host>; TokenPath is added to it. Required by GrantPassword and GrantClient, not used
	// by the others.
	IAM       string
	TokenPath string    // empty means /oauth2/v1/token
	Scopes    []string  // empty means urn:opc:idm:__myscopes__, and offline_access with GrantPassword
	Basic     BasicForm // how the identity service wants client id and secret written
	Credentials
	TokenBounds
}

// Credentials are the secrets of a grant.
type Credentials struct {
	ClientID, ClientSecret secret.Value // password, client_credentials, basic
	Username, Password     secret.Value // password
	// Ready reads the ready bearer token, anew each time one is wanted: something else may renew it.
	Ready func(context.Context) (secret.Value, error)
	// Again reads the other four anew, before they are shown again after a refusal: somebody may have replaced them. Nil: they
	// never change.
	Again func(context.Context) (Credentials, error)
}

// TokenBounds are the limits of a token call and what it takes from outside.
type TokenBounds struct {
	Margin  time.Duration  // how long before its expiry a token counts as stale; zero means 1 min
	Timeout time.Duration  // of one call; zero means 1 min
	Timer   Timer          // nil means time.AfterFunc
	Filter  *secret.Filter // learns the credentials and every token that arrives; nil: nobody does
	Agent   string         // User-Agent of token calls; empty means "ofsplan"
}

const (
	defaultTokenPath = "/oauth2/v1/token"
	defaultMargin    = time.Minute
	// defaultLife is how long a token lives whose answer does not say: the identity service's own default.
	defaultLife = time.Hour
)

// validate reports everything that is missing or wrong at once.
func (a Auth) validate() error {
	var errs []error
	need := func(v secret.Value, key string) {
		if v.Empty() {
			errs = append(errs, fmt.Errorf("auth.%s is missing: grant %q needs it", key, a.Grant))
		}
	}
	switch a.Grant {
	case GrantNone:
		return nil
	case GrantToken:
		if a.Ready == nil {
			errs = append(errs, errors.New(`auth.token is missing: grant "token" needs it`))
		}
		return errors.Join(errs...)
	case GrantPassword:
		need(a.Username, "username")
		need(a.Password, "password")
	case GrantClient, GrantBasic:
	default:
		return fmt.Errorf("auth.grant %q is unknown: password, client_credentials, token, basic or none", a.Grant)
	}
	need(a.ClientID, "client_id")
	need(a.ClientSecret, "client_secret")
	errs = append(errs, a.checkID(a.ClientID))
	if a.Grant == GrantBasic {
		return errors.Join(errs...)
	}
	u, err := url.Parse(a.IAM)
	switch {
	case a.IAM == "":
		errs = append(errs, fmt.Errorf("iam is missing: grant %q asks the identity domain for a token", a.Grant))
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		errs = append(errs, fmt.Errorf("iam %q is not of the form https://host", a.IAM))
	case u.User != nil:
		errs = append(errs, errors.New("iam holds a user or password: credentials belong under auth"))
	}
	return errors.Join(errs...)
}

func (a Auth) withDefaults() Auth {
	if a.TokenPath == "" {
		a.TokenPath = defaultTokenPath
	}
	if len(a.Scopes) == 0 {
		a.Scopes = []string{"urn:opc:idm:__myscopes__"}
		if a.Grant == GrantPassword {
			a.Scopes = append(a.Scopes, "offline_access")
		}
	}
	if a.Margin == 0 {
		a.Margin = defaultMargin
	}
	if a.Timeout == 0 {
		a.Timeout = defaultAskTimeout
	}
	if a.Timer == nil {
		a.Timer = realTimer
	}
	if a.Agent == "" {
		a.Agent = defaultAgent
	}
	if a.Filter == nil {
		a.Filter = secret.NewFilter() // our own messages stay clean in any case
	}
	return a
}

// url is the token endpoint.
func (a Auth) url() string {
	return strings.TrimRight(a.IAM, "/") + "/" + strings.TrimLeft(a.TokenPath, "/")
}

// scopes are what a grant asks for. A refresh asks for no second refresh token: the answer brings one by itself, and no sample of
// the identity service's maker says it again.
func (a Auth) scopes(g Grant) []string {
	if g != grantRefresh {
		return a.Scopes
	}
	var rest []string
	for _, word := range strings.Fields(strings.Join(a.Scopes, " ")) {
		if word != "offline_access" {
			rest = append(rest, word)
		}
	}
	return rest
}

// form is what a grant sends beside the client's own id and secret.
func (a Auth) form(g Grant, refresh secret.Value) url.Values {
	v := url.Values{"grant_type": {string(g)}}
	switch g {
	case GrantPassword:
		v.Set("username", a.Username.Reveal())
		v.Set("password", a.Password.Reveal())
	case grantRefresh:
		v.Set("refresh_token", refresh.Reveal())
	}
	return v
}
