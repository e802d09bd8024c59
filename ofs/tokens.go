package ofs

import (
	"context"
	"net/http"
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
	GrantNone     Grant = ""                   // no Authorization header: mutual TLS alone, or a simulated scheduler
)

// Auth is what a token is asked for with.
type Auth struct {
	Grant Grant
	// IAM is the identity domain, https://<host>; TokenPath is added to it. Required but for GrantToken and GrantNone.
	IAM       string
	TokenPath string   // empty means /oauth2/v1/token
	Scopes    []string // empty means urn:opc:idm:__myscopes__, with offline_access for GrantPassword
	// Credentials is what of them the grant needs.
	Credentials
	TokenBounds
}

// Credentials are the secrets of a grant.
type Credentials struct {
	ClientID, ClientSecret secret.Value // password, client_credentials
	Username, Password     secret.Value // password
	// Ready reads the ready bearer token, anew each time one is wanted: something else may renew the file.
	Ready func(context.Context) (secret.Value, error)
}

// TokenBounds are the limits of a token call and what it takes from outside.
type TokenBounds struct {
	Margin  time.Duration  // how long before its expiry a token counts as stale; zero means 1 min
	Timeout time.Duration  // of one call; zero means 1 min
	Timer   Timer          // nil means time.AfterFunc
	Filter  *secret.Filter // learns every token that arrives; nil: nobody does
}

// Tokens holds the one access token of a target and gets the next.
type Tokens struct {
	auth Auth
	now  func() time.Time
	rt   http.RoundTripper
}

// NewTokens checks auth. Nothing is fetched yet.
func NewTokens(auth Auth, now func() time.Time, rt http.RoundTripper) (*Tokens, error) { panic("") }

// Fresh reports whether there is a token that outlives atLeast and the margin.
func (t *Tokens) Fresh(atLeast time.Duration) bool { panic("") }

// Fetch gets another token.
func (t *Tokens) Fetch(ctx context.Context) error { panic("") }

// Spoil marks the token as not to be used again.
func (t *Tokens) Spoil() { panic("") }
