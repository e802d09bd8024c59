package itest

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/storage"
	"golang.org/x/crypto/bcrypt"
)

// Who may ask the identity service, with characters that forms and HTTP Basic must escape.
const (
	clientID     = "ofs:plan/client"
	clientSecret = `s3cr&t+%"\ÿ@client`
	username     = "batch.user@bank.example"
	password     = `p@ss&w+rd%"\ü=`
	guardID      = "scheduler"
	guardSecret  = "of the resource server"
)

// The scopes of the grants, as the scheduler's guide has them.
const (
	myScopes = "urn:opc:idm:__myscopes__"
	offline  = "offline_access"
)

// An identity is a complete OAuth server: the token endpoint of RFC 6749 with rotation of refresh tokens and
// detection of their reuse, introspection of RFC 7662, revocation of RFC 7009.
type identity struct {
	provider fosite.OAuth2Provider
	config   *fosite.Config
	store    *accounts
	client   *fosite.DefaultClient
	mux      *http.ServeMux
	turn     sync.Mutex // held while a request is answered

	mu     sync.Mutex
	asked  []string // the grant type of every token call, in order; with " refused" when it was
	latest string   // the newest refresh token given out
	turns  turns
}

// turns are what a test makes of token calls; each may be nil.
type turns struct {
	// meet sees a token call first and reports whether it has answered it.
	meet func(w http.ResponseWriter, r *http.Request) bool
	// lose is asked after a token call was carried out whether its answer is lost.
	lose func() bool
	// tell changes what is told of a token's life, in seconds.
	tell func(expiresIn any) any
}

// newIdentity is a server whose access tokens live for so long by the clock.
func newIdentity(t testing.TB, life time.Duration) *identity {
	t.Helper()
	id := &identity{store: &accounts{MemoryStore: storage.NewMemoryStore(), locked: map[string]bool{}}, mux: http.NewServeMux()}
	secret := sha256.Sum256([]byte(t.Name()))
	id.config = &fosite.Config{
		AccessTokenLifespan: life, RefreshTokenLifespan: 24 * time.Hour, GlobalSecret: secret[:],
		HashCost: bcrypt.MinCost, ScopeStrategy: fosite.ExactScopeStrategy,
	}
	id.client = &fosite.DefaultClient{
		ID: clientID, Secret: hashed(t, clientSecret),
		GrantTypes: []string{"password", "client_credentials", "refresh_token"}, Scopes: []string{myScopes, offline},
	}
	id.store.Clients[clientID] = id.client
	id.store.Clients[guardID] = &fosite.DefaultClient{ID: guardID, Secret: hashed(t, guardSecret)}
	id.store.Users[username] = storage.MemoryUserRelation{Username: username, Password: password}
	id.provider = compose.Compose(id.config, id.store, compose.NewOAuth2HMACStrategy(id.config),
		//lint:ignore SA1019 it is the way of the scheduler's guide
		compose.OAuth2ResourceOwnerPasswordCredentialsFactory, compose.OAuth2ClientCredentialsGrantFactory,
		compose.OAuth2RefreshTokenGrantFactory, compose.OAuth2TokenIntrospectionFactory, compose.OAuth2TokenRevocationFactory)
	id.mux.HandleFunc("/oauth2/v1/token", id.token)
	id.mux.HandleFunc("/oauth2/v1/introspect", id.introspect)
	id.mux.HandleFunc("/oauth2/v1/revoke", id.revoke)
	return id
}

func hashed(t testing.TB, secret string) []byte {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// ServeHTTP answers one request after the other: the library's store in memory does not bear two at once.
func (id *identity) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id.turn.Lock()
	defer id.turn.Unlock()
	id.mux.ServeHTTP(w, r)
}

// token is the token endpoint.
func (id *identity) token(w http.ResponseWriter, r *http.Request) {
	if meet := id.turns.meet; meet != nil && meet(w, r) {
		return
	}
	ctx := r.Context()
	session := &fosite.DefaultSession{}
	request, err := id.provider.NewAccessRequest(ctx, r, session)
	grant := r.PostForm.Get("grant_type")
	if err == nil {
		for _, scope := range request.GetRequestedScopes() {
			request.GrantScope(scope)
		}
		var answer fosite.AccessResponder
		if answer, err = id.provider.NewAccessResponse(ctx, request); err == nil {
			id.give(w, r, grant, request, answer)
			return
		}
	}
	id.note(grant + " refused")
	id.provider.WriteAccessError(ctx, w, request, id.words(grant, err))
}

// hide puts something else in place of every answer to a token call, or, with false, no more.
func (id *identity) hide(hidden bool, page func(http.ResponseWriter)) {
	id.turn.Lock()
	defer id.turn.Unlock()
	id.turns.meet = func(w http.ResponseWriter, _ *http.Request) bool {
		if hidden {
			page(w)
		}
		return hidden
	}
}

// give answers with tokens.
func (id *identity) give(w http.ResponseWriter, r *http.Request, grant string, request fosite.AccessRequester, answer fosite.AccessResponder) {
	id.note(grant)
	if refresh, ok := answer.GetExtra("refresh_token").(string); ok {
		id.mu.Lock()
		id.latest = refresh
		id.mu.Unlock()
	}
	if id.turns.tell != nil {
		answer.SetExtra("expires_in", id.turns.tell(answer.GetExtra("expires_in")))
	}
	if id.turns.lose != nil && id.turns.lose() {
		panic(http.ErrAbortHandler)
	}
	id.provider.WriteAccessResponse(r.Context(), w, request, answer)
}

// words are a refusal as a careful server tells it: an unknown grant by its own error, a locked account by name.
func (id *identity) words(grant string, err error) error {
	switch {
	case errors.Is(err, errLocked):
		return fosite.ErrInvalidGrant.WithHint("The account is locked after too many attempts.")
	case !slices.Contains([]string{"", "password", "client_credentials", "refresh_token"}, grant):
		return fosite.ErrUnsupportedGrantType
	}
	return err
}

// introspect tells a resource server of a token.
func (id *identity) introspect(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	answer, err := id.provider.NewIntrospectionRequest(ctx, r, &fosite.DefaultSession{})
	if err != nil {
		id.provider.WriteIntrospectionError(ctx, w, err)
		return
	}
	id.provider.WriteIntrospectionResponse(ctx, w, answer)
}

// revoke ends a token and all that came of the same consent.
func (id *identity) revoke(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	id.provider.WriteRevocationResponse(ctx, w, id.provider.NewRevocationRequest(ctx, r))
}

func (id *identity) note(what string) {
	id.mu.Lock()
	defer id.mu.Unlock()
	id.asked = append(id.asked, what)
}

// count is how many token calls there were of that kind.
func (id *identity) count(what string) int {
	id.mu.Lock()
	defer id.mu.Unlock()
	n := 0
	for _, a := range id.asked {
		if a == what {
			n++
		}
	}
	return n
}

// calls are all token calls as one text.
func (id *identity) calls() string {
	id.mu.Lock()
	defer id.mu.Unlock()
	return strings.Join(id.asked, ", ")
}

// newest is the newest refresh token.
func (id *identity) newest() string {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.latest
}

// errLocked is an account that nobody can sign in to.
var errLocked = errors.New("the account is locked")

// accounts are users, some of them locked.
type accounts struct {
	*storage.MemoryStore
	locked map[string]bool
}

// Authenticate checks a user's password.
func (a *accounts) Authenticate(ctx context.Context, name, secret string) (string, error) {
	if a.locked[name] {
		return "", errLocked
	}
	return a.MemoryStore.Authenticate(ctx, name, secret)
}
