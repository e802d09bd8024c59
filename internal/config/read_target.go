package config

import (
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
)

// targetsReader is one target being read.
type targetsReader struct {
	r    *source.Reader
	dir  string // of the targets file: what its paths are relative to
	file string
	// lacking takes warnings of keys that are not there, which the environment may give; nil: they are errors.
	lacking *source.Errors
}

// require reports each key that is not there in a mapping of the target, at that path in it.
func (rd *targetsReader) require(m source.Map, path []string, keys ...string) {
	if rd.lacking == nil {
		m.Require(keys...)
		return
	}
	for _, key := range keys {
		if m.Node == nil || m.Has(key) {
			continue
		}
		set := append(slices.Clip(path), key)
		if key == "auth" {
			set = append(set, "grant")
		}
		e := rd.lacking.Add(m.Node.Pos, "%s has no %q", m.What, key)
		e.ID, e.Hint = warnLacking, "write it, or set $"+variable(set)+" where it runs"
	}
}

// target reads everything a target has, and reports all that is wrong with it.
func (rd *targetsReader) target(t *Target, n *source.Node) {
	m := rd.r.Mapping(n, "target "+quoted(t.Name), targetKeys...)
	rd.address(t, m)
	t.NativeParams = m.Enum("param_encoding", "string", "native") == "native"
	t.DateAtTopLevel = m.Enum("group_date", "members", "top_level") == "top_level"
	rd.tls(&t.TLS, m)
	rd.auth(t, m)
	rd.channels(t, m)
	t.Files = rd.path(m, "files")
	rd.checks(t, m)
	l := m.Mapping("limits", limitKeys...)
	t.Limits.RequestsPerSecond = l.Float("requests_per_second", 0)
	t.Limits.ConcurrentCalls = int(l.Int("concurrent_calls", 0))
	if t.Limits.RequestsPerSecond < 0 || t.Limits.ConcurrentCalls < 0 {
		rd.r.Add(m.Get("limits").Pos, "a limit cannot be negative").Hint = "0 means none"
	}
}

// address reads where the target is and what stands in the headers.
func (rd *targetsReader) address(t *Target, m source.Map) {
	t.Kind = m.Enum("kind", "cloud", "on_premise")
	if !m.Has("kind") {
		t.Kind = "cloud"
	}
	t.AllowPlaintext = m.Bool("allow_plaintext", false)
	t.URL = rd.link(t, m, "url")
	t.IAM = rd.link(t, m, "iam")
	t.Path = strings.TrimRight(rd.urlPath(m, "path"), "/")
	for key, field := range map[string]*string{"tenant": &t.Tenant, "service": &t.Service, "workspace": &t.Workspace, "user": &t.User, "locale": &t.Locale} {
		*field = rd.header(m, key)
	}
	if t.Workspace == "" {
		t.Workspace = "WS001"
	}
	if t.Locale == "" {
		t.Locale = "en-US"
	}
	rd.require(m, nil, "url", "user")
	if t.Kind == "cloud" {
		rd.require(m, nil, "tenant", "service")
	}
}

// header reads a text that goes into a header of every call.
func (rd *targetsReader) header(m source.Map, key string) string {
	value := m.Text(key)
	for _, c := range value {
		if c < ' ' || c > '~' {
			rd.r.Add(m.Get(key).Pos, "%q goes into a header and may hold plain ASCII characters only", key)
			return ""
		}
	}
	return value
}

// link reads an address. Plain http is for this machine only, unless the target says otherwise.
func (rd *targetsReader) link(t *Target, m source.Map, key string) string {
	text := m.Text(key)
	if text == "" {
		return ""
	}
	pos := m.Get(key).Pos
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		rd.r.Add(pos, "%q is not an address", key).Hint = "write https://host/…"
	case u.User != nil:
		rd.r.Add(pos, "%q holds a name or password", key).Hint = "secrets are references, under auth"
	case u.RawQuery != "" || u.Fragment != "":
		rd.r.Add(pos, "%q has a ? or # in it", key).Hint = "write the address without them"
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		rd.r.Add(pos, "%q holds a blank, or a character beyond ASCII", key).Hint = "write the address as a browser copies it"
	case !encrypted(text) && !t.AllowPlaintext:
		rd.r.Add(pos, "%q is plain http to another machine: tokens would cross the network readable", key).Hint =
			"write https://…, or allow_plaintext: true when you mean it"
	}
	return strings.TrimRight(text, "/")
}

// encrypted reports whether calls to the address cannot be read on the way: https, or not leaving the machine.
func encrypted(address string) bool {
	u, err := url.Parse(address)
	return err != nil || u.Scheme != "http" || isLoopback(address)
}

// isLoopback reports whether an address is on this machine.
func isLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// tls reads whom to trust and who we are.
func (rd *targetsReader) tls(t *TLS, m source.Map) {
	s := m.Mapping("tls", tlsKeys...)
	t.CAFile, t.CertFile, t.KeyFile = rd.path(s, "ca_file"), rd.path(s, "cert_file"), rd.path(s, "key_file")
	t.InsecureSkipVerify = s.Bool("insecure_skip_verify", false)
	if (t.CertFile == "") != (t.KeyFile == "") {
		rd.r.Add(m.Get("tls").Pos, "a client certificate needs both cert_file and key_file")
	}
}

// path is a file name of the target, relative to the targets file unless a variable said it.
func (rd *targetsReader) path(m source.Map, key string) string {
	name := m.Text(key)
	if name == "" {
		return ""
	}
	return rd.resolve(name, m.Get(key))
}

// resolve is a file name as the targets file means it: relative to that file, unless it is absolute or a variable gave it.
func (rd *targetsReader) resolve(name string, n *source.Node) string {
	if filepath.IsAbs(name) || n.Pos.File != rd.file {
		return name
	}
	return filepath.Join(rd.dir, name)
}

// needed lists the references each grant cannot do without.
var needed = map[string][]string{
	GrantPassword: {"client_id", "client_secret", "username", "password"},
	GrantClient:   {"client_id", "client_secret"},
	GrantToken:    {"token"},
	GrantBasic:    {"client_id", "client_secret"},
	GrantNone:     nil,
}

// auth reads how a token is got, and that nothing is missing for it or left over.
func (rd *targetsReader) auth(t *Target, m source.Map) {
	rd.require(m, nil, "auth")
	s := m.Mapping("auth", authKeys...)
	if s.Node == nil {
		return
	}
	a := &t.Auth
	a.Grant = s.Enum("grant", GrantPassword, GrantClient, GrantToken, GrantBasic, GrantNone)
	a.Scope, a.TokenPath = s.Text("scope"), rd.urlPath(s, "token_path")
	a.Basic = s.Enum("basic", "raw", basicForm)
	for i, ref := range []**secret.Ref{&a.ClientID, &a.ClientSecret, &a.Username, &a.Password, &a.Token} {
		*ref = rd.reference(s, secretKeys[i])
	}
	rd.require(s, []string{"auth"}, "grant")
	if a.Grant == "" {
		return
	}
	rd.require(s, []string{"auth"}, needed[a.Grant]...)
	for _, key := range secretKeys {
		if s.Has(key) && !slices.Contains(needed[a.Grant], key) {
			rd.r.Add(s.Node.Field(key).KeyPos, "%q is not used with grant %q", key, a.Grant).Hint = "remove it, or choose the grant that uses it"
		}
	}
	asks := a.Grant == GrantPassword || a.Grant == GrantClient
	if t.IAM == "" && asks {
		rd.require(m, nil, "iam")
	}
	for _, key := range []string{"scope", "token_path", "basic"} {
		if s.Has(key) && !asks {
			rd.r.Add(s.Node.Field(key).KeyPos, "%q is about asking the identity service for a token, which grant %q does not", key, a.Grant).Hint = "remove it, or choose the grant that uses it"
		}
	}
	switch own := t.OnPremise() || isLoopback(t.URL); {
	case a.Grant == GrantNone && t.TLS.CertFile == "" && !own:
		rd.r.Add(s.Get("grant").Pos, `grant "none" needs a client certificate`).Hint =
			"set cert_file and key_file under tls; only a scheduler on premise (kind: on_premise) or on this machine may do without"
	case a.Grant == GrantBasic && !own:
		rd.r.Add(s.Get("grant").Pos, `grant "basic" is for a scheduler on premise: in the cloud it takes tokens only`).Hint =
			"set kind: on_premise, or choose client_credentials or password"
	}
}

// basicForm is the value of auth.basic for RFC 6749's encoding.
const basicForm = "form"

// urlPath reads what comes behind an address.
func (rd *targetsReader) urlPath(m source.Map, key string) string {
	path := m.Text(key)
	if path != "" && (!strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?# ")) {
		rd.r.Add(m.Get(key).Pos, "%q must begin with a slash and hold no ?, # or blank", key)
	}
	return path
}

// reference reads {file: …}, {env: …} or {command: […]}. A literal is refused, and never repeated.
func (rd *targetsReader) reference(m source.Map, key string) *secret.Ref {
	n := m.Get(key)
	if n == nil {
		return nil
	}
	if n.Kind != source.Mapping {
		rd.r.Add(n.Pos, "%q must be a reference to a secret, never the secret itself", key).Hint =
			"write {file: /path}, {env: NAME} or {command: [program, argument]}"
		return nil
	}
	s := rd.r.Mapping(n, quoted(key), referenceKeys...)
	if len(n.Fields) != 1 {
		rd.r.Add(n.Pos, "%q must have exactly one of file, env and command", key)
		return nil
	}
	ref := &secret.Ref{Env: s.Text("env")}
	if file := s.Text("file"); file != "" {
		ref.File = rd.resolve(file, s.Get("file"))
	}
	for _, item := range s.List("command") {
		if argument := rd.r.Scalar(item, "a word of "+quoted("command")); argument != nil {
			ref.Command = append(ref.Command, argument.Value)
		}
	}
	return ref
}

func quoted(s string) string { return `"` + s + `"` }
