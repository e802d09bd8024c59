package config

import (
	"context"
	"fmt"

	"ofsplan/internal/secret"
	"ofsplan/ofs"
)

// Wire is the target as the client wants it, without what only a run knows.
func (t *Target) Wire() ofs.Config {
	path := t.Path
	if path == "" {
		path = ofs.CloudPath // the documented default, whatever the kind
	}
	return ofs.Config{
		BaseURL:  t.URL,
		Path:     path,
		Identity: ofs.Identity{Tenant: t.Tenant, Service: t.Service, Workspace: t.Workspace, User: t.User, Locale: t.Locale},
		Dialect:  ofs.Dialect{NativeParams: t.NativeParams, GroupDateTopLevel: t.DateAtTopLevel, OnPremise: t.OnPremise()},
	}
}

// Trust is the target's TLS as the client's transport wants it.
func (t *Target) Trust() ofs.TLS {
	return ofs.TLS{
		CAFile: t.TLS.CAFile, CertFile: t.TLS.CertFile, KeyFile: t.TLS.KeyFile,
		InsecureSkipVerify: t.TLS.InsecureSkipVerify,
	}
}

// Secrets fetches what the grant needs. The filter, which becomes that of what it returns, knows all of it from then on. An
// error says which secret of which target is missing and where it was looked for, never what it is; then the filter has
// learnt nothing.
func (t *Target) Secrets(ctx context.Context, filter *secret.Filter) (ofs.Auth, error) {
	auth := ofs.Auth{IAM: t.IAM, TokenPath: t.Auth.TokenPath, TokenBounds: ofs.TokenBounds{Filter: filter}}
	if t.Auth.Basic == basicForm {
		auth.Basic = ofs.BasicEncoded
	}
	if t.Auth.Grant != GrantNone {
		auth.Grant = ofs.Grant(t.Auth.Grant)
	}
	if t.Auth.Scope != "" {
		auth.Scopes = []string{t.Auth.Scope}
	}
	filter.HideVariables(t.SecretVariables()...)
	var err error
	if auth.Credentials, err = t.credentials(ctx, filter); err != nil {
		return ofs.Auth{}, err
	}
	c := &auth.Credentials
	if t.Auth.Token != nil {
		c.Ready = func(ctx context.Context) (secret.Value, error) {
			v, err := t.fetch(ctx, "token", t.Auth.Token, filter)
			filter.Renew(v)
			return v, err
		}
		if _, err := c.Ready(ctx); err != nil { // a token that is missing is found before anything starts
			return ofs.Auth{}, err
		}
	}
	if !t.onlyVariables() {
		c.Again = func(ctx context.Context) (ofs.Credentials, error) { return t.credentials(ctx, filter) }
	}
	filter.AddNames(c.ClientID, c.Username) // either may be an everyday word, which batches are called by too
	filter.Add(c.ClientSecret, c.Password)
	return auth, nil
}

// SecretVariables are the variables that hold secrets of the target.
func (t *Target) SecretVariables() []string {
	var names []string
	for _, ref := range []*secret.Ref{t.Auth.ClientID, t.Auth.ClientSecret, t.Auth.Username, t.Auth.Password, t.Auth.Token} {
		if ref != nil && ref.Env != "" {
			names = append(names, ref.Env)
		}
	}
	for _, c := range t.Channels {
		names = append(names, c.Variables()...)
	}
	return names
}

// credentials are what the grant shows, as their sources have them now.
func (t *Target) credentials(ctx context.Context, filter *secret.Filter) (ofs.Credentials, error) {
	var c ofs.Credentials
	for _, s := range []struct {
		name string
		ref  *secret.Ref
		to   *secret.Value
	}{
		{"client_id", t.Auth.ClientID, &c.ClientID},
		{"client_secret", t.Auth.ClientSecret, &c.ClientSecret},
		{"username", t.Auth.Username, &c.Username},
		{"password", t.Auth.Password, &c.Password},
	} {
		if s.ref == nil {
			continue
		}
		v, err := t.fetch(ctx, s.name, s.ref, filter)
		if err != nil {
			return ofs.Credentials{}, err
		}
		*s.to = v
	}
	return c, nil
}

// onlyVariables reports whether what the grant shows is all in the environment, which does not change while we live.
func (t *Target) onlyVariables() bool {
	for _, ref := range []*secret.Ref{t.Auth.ClientID, t.Auth.ClientSecret, t.Auth.Username, t.Auth.Password} {
		if ref != nil && ref.Env == "" {
			return false
		}
	}
	return true
}

// fetch resolves one reference.
func (t *Target) fetch(ctx context.Context, name string, ref *secret.Ref, filter *secret.Filter) (secret.Value, error) {
	v, err := ref.Resolve(ctx, filter)
	if err != nil {
		return secret.Value{}, fmt.Errorf("target %q (%s): the secret %q cannot be read: %w", t.Name, t.Pos, name, err)
	}
	return v, nil
}
