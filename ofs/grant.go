package ofs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"ofsplan/internal/secret"
)

// exchange makes one token call. The library's client_credentials call serves every grant, because it alone lets
// all parameters be said: its refresh sends no scope. AuthStyle is explicit, or a refused password would be sent
// twice and lock the account. The headers are ours, since the library knows one form of HTTP Basic only. Expiry is ours: the
// library reads time.Now.
func (t *Tokens) exchange(ctx context.Context, g Grant, refresh secret.Value) (token, *CallError) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(context.Canceled)
	defer t.auth.Timer(t.auth.Timeout, func() { cancel(errTimeout) })()

	conf := clientcredentials.Config{
		TokenURL:       t.auth.url(),
		Scopes:         t.auth.scopes(g),
		EndpointParams: t.auth.form(g, refresh),
		AuthStyle:      oauth2.AuthStyleInParams, // of which there are none here: our headers have them
	}
	ctx = context.WithValue(ctx, headersKey{}, t.auth.tokenHeaders())
	asked := t.now() // a token lives from before it was sent
	answer, err := conf.Token(context.WithValue(ctx, oauth2.HTTPClient, t.http))
	if err != nil {
		if ctx.Err() != nil {
			err = ended(ctx)
		}
		return token{}, t.explain(g, err)
	}
	got := token{
		access:  secret.New(answer.AccessToken),
		refresh: secret.New(answer.RefreshToken), // the new one, or the one we sent when none came
		got:     asked,
		came:    t.now(),
		life:    life(answer),
	}
	t.auth.Filter.Renew(got.access, got.refresh)
	if !sendable(answer.AccessToken) {
		return token{}, t.fail(KindLost, g, "its answer holds no usable access token", "check iam of the target: is it the identity domain?")
	}
	return got, nil
}

// life is how long a token lives by its answer. One that is over by what was told, as servers that round down
// tell in a token's last second, is good for the call at hand and not for an hour.
func life(answer *oauth2.Token) time.Duration {
	n := -1.0
	switch v := answer.Extra("expires_in").(type) {
	case float64:
		n = v
	case int64:
		n = float64(v)
	case string:
		if told, err := strconv.ParseFloat(v, 64); err == nil {
			n = told
		}
	}
	switch {
	case n >= 0 && n < 1:
		return time.Second
	case n >= 1 && n <= 100*365*24*3600:
		return time.Duration(n) * time.Second
	}
	return defaultLife
}

// explain turns a failed token call into what a person can act on. None of the library's texts is used where
// the answer may be part of it.
func (t *Tokens) explain(g Grant, err error) *CallError {
	said, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return t.unanswered(g, err)
	}
	status := said.Response.StatusCode
	var e *CallError
	switch {
	case credentialError(said.ErrorCode):
		e = t.fail(KindUnauthorized, g, fmt.Sprintf("%s (HTTP %d)", said.ErrorCode, status), t.advice(g, said.ErrorCode))
	case status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden:
		e = t.fail(KindUnauthorized, g, statusText(status), t.advice(g, "invalid_client"))
	case status >= 300 && status < 400:
		e = t.fail(KindLost, g, fmt.Sprintf("HTTP %d points %s, and redirects are not followed", status, t.say(moved(said.Response.Header))), "check iam of the target")
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		e = t.fail(KindLost, g, "there is no token service: "+statusText(status), "check iam of the target: is it the identity domain?")
	default:
		e = t.fail(KindLost, g, statusText(status), "")
	}
	e.Message += whose(status, said.Response.Header)
	if text := t.say(said.ErrorDescription); text != "" {
		e.Message += ": " + text
	}
	e.HTTP, e.Code = status, t.say(said.ErrorCode)
	e.RetryAfter = retryAfter(said.Response.Header, t.now())
	return e
}

// unanswered is a token call that brought no answer, or one that is no token answer.
func (t *Tokens) unanswered(g Grant, err error) *CallError {
	_, asked := errors.AsType[*url.Error](err)
	if asked || trouble(err) != "" {
		e := t.fail(KindLost, g, "no answer: "+told(t.auth.Filter, err), advice(err, "the identity service", "iam"))
		e.Trouble, e.Err = trouble(err), err
		return e
	}
	e := t.fail(KindLost, g, "its answer is not one of a token service", "check iam of the target: is it the identity domain?")
	e.Trouble = Garbled
	return e
}

func (t *Tokens) fail(k Kind, g Grant, what, hint string) *CallError {
	return &CallError{Kind: k, Message: fmt.Sprintf("no access token from the identity service by grant %s: %s", g, what), Hint: hint}
}

// credentialError reports an error of RFC 6749 section 5.2, which says that the same question brings the same no.
func credentialError(code string) bool {
	switch code {
	case "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "access_denied":
		return true
	}
	return false
}

// advice is what to configure about an error of RFC 6749.
func (t *Tokens) advice(g Grant, code string) string {
	switch code {
	case "invalid_client":
		hint := "check auth.client_id and auth.client_secret of the target"
		if t.auth.BasicDiffers() {
			hint += "; they hold characters that servers read in one of two ways, and auth.basic says which: " + t.auth.Basic.other()
		}
		return hint
	case "invalid_grant":
		if g == GrantPassword {
			return "check auth.username and auth.password of the target; is the account locked, or its password expired?"
		}
		return "check the credentials under auth of the target"
	case "unauthorized_client", "unsupported_grant_type":
		return fmt.Sprintf("let the client use grant %s in the identity domain, or set another auth.grant in the target", g)
	case "invalid_scope":
		return "check the scopes of the target's auth against what the identity domain gives this client"
	case "access_denied":
		return "check what the user and the client may do in the identity domain"
	}
	return "check iam and auth of the target"
}

// say makes the identity service's text safe to print and to keep.
func (t *Tokens) say(s string) string { return safe(t.auth.Filter, s) }
