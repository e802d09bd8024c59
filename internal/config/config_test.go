package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/secret"
	"ofsplan/ofs"
)

const cloud = `targets:
  prod:
    url: https://aml.example.com/acme-prd/
    iam: https://idcs.example.com
    tenant: acme-prd
    service: OFS_AMLCS
    user: BATCHUSER
    auth:
      grant: password
      client_id: {file: id}
      client_secret: {file: /run/secrets/s}
      username: {env: OFS_USERNAME}
      password: {command: [pass, show, ofs]}
    tls: {ca_file: ofs.pem}
    limits: {requests_per_second: 2.5, concurrent_calls: 8}
`

// load writes a targets file and picks prod.
func load(t *testing.T, text string, environ ...string) (*Target, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(Place{Path: path, Named: true})
	if err != nil {
		return nil, strip(err, path)
	}
	target, err := f.Target("prod", environ)
	return target, strip(err, path)
}

// strip takes the folder out of an error's places.
func strip(err error, path string) error {
	if err == nil {
		return nil
	}
	return stripped(strings.ReplaceAll(err.Error(), path, FileName))
}

type stripped string

func (s stripped) Error() string { return string(s) }

func TestATargetIsReadWhole(t *testing.T) {
	target, err := load(t, cloud)
	if err != nil {
		t.Fatal(err)
	}
	want := ofs.Config{
		BaseURL: "https://aml.example.com/acme-prd", Path: ofs.CloudPath,
		Identity: ofs.Identity{Tenant: "acme-prd", Service: "OFS_AMLCS", Workspace: "WS001", User: "BATCHUSER", Locale: "en-US"},
	}
	got := target.Wire()
	got.Timer, got.Now = nil, nil
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Bounds" }, cmp.Ignore())); diff != "" {
		t.Errorf("the wire, want (-), got (+):\n%s", diff)
	}
	dir := filepath.Dir(target.Pos.File)
	if got, want := target.TLS.CAFile, filepath.Join(dir, "ofs.pem"); got != want {
		t.Errorf("ca_file is %q, want it beside the file: %q", got, want)
	}
	if got, want := target.Auth.ClientID.File, filepath.Join(dir, "id"); got != want {
		t.Errorf("client_id is in %q, want it beside the file: %q", got, want)
	}
	if diff := cmp.Diff(Limits{2.5, 8}, target.Limits); diff != "" {
		t.Error(diff)
	}
	if w := target.Warnings(); w != nil {
		t.Errorf("warnings of a good target: %q", w)
	}
}

func TestWhatIsWrongIsReportedWhereItStands(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(cloud, old, new, 1) }
	for _, c := range []struct{ name, text, want string }{
		{"a misspelt key", edit("tenant:", "tennant:"), "ofsplan.yaml:3:5: target \"prod\" has no \"tenant\"\nofsplan.yaml:5:5: unknown key \"tennant\" in target \"prod\"\n\tdid you mean \"tenant\"?"},
		{"a literal secret", edit("{command: [pass, show, ofs]}", "hunter2"), "ofsplan.yaml:13:17: \"password\" must be a reference to a secret, never the secret itself\n\twrite {file: /path}, {env: NAME} or {command: [program, argument]}"},
		{"two references at once", edit("{env: OFS_USERNAME}", "{env: A, file: b}"), "ofsplan.yaml:12:17: \"username\" must have exactly one of file, env and command"},
		{"a misspelt reference", edit("{env: OFS_USERNAME}", "{environment: A}"), "unknown key \"environment\" in \"username\""},
		{"plain http far away", edit("https://aml", "http://aml"), "ofsplan.yaml:3:10: \"url\" is plain http to another machine: tokens would cross the network readable\n\twrite https://…, or allow_plaintext: true when you mean it"},
		{"plain http for tokens", edit("https://idcs", "http://idcs"), "ofsplan.yaml:4:10: \"iam\" is plain http"},
		{"no scheme", edit("https://aml.example.com", "aml.example.com"), "ofsplan.yaml:3:10: \"url\" is not an address"},
		{"a password in the address", edit("https://aml", "https://u:hunter2@aml"), "ofsplan.yaml:3:10: \"url\" holds a name or password"},
		{"an unknown grant", edit("grant: password", "grant: passwort"), "did you mean \"password\"?"},
		{"a secret too many", edit("grant: password", "grant: client_credentials"), "ofsplan.yaml:12:7: \"username\" is not used with grant \"client_credentials\""},
		{"a secret too few", edit("      client_id: {file: id}\n", ""), "\"auth\" of target \"prod\" has no \"client_id\""},
		{"a blank in the address", edit("url: https://aml.example.com/acme-prd/", `url: "https://aml.example.com/ acme"`), "\"url\" holds a blank"},
		{"a token path without a slash", edit("grant: password", "grant: password\n      token_path: oauth2"), "ofsplan.yaml:10:19: \"token_path\" must begin with a slash"},
		{"an unknown form", edit("grant: password", "grant: password\n      basic: plain"), "it must be \"raw\" or \"form\""},
		{"basic in the cloud", strings.NewReplacer("grant: password", "grant: basic", "      username: {env: OFS_USERNAME}\n", "", "      password: {command: [pass, show, ofs]}\n", "").Replace(cloud), "ofsplan.yaml:9:14: grant \"basic\" is for a scheduler on premise"},
		{"none in the cloud", strings.NewReplacer("grant: password", "grant: none", "      client_id: {file: id}\n", "", "      client_secret: {file: /run/secrets/s}\n", "", "      username: {env: OFS_USERNAME}\n", "", "      password: {command: [pass, show, ofs]}\n", "").Replace(cloud), "grant \"none\" needs a client certificate\n\tset cert_file"},
		{"a form of nothing", "targets:\n  prod:\n    kind: on_premise\n    url: https://mmg/x\n    user: U\n    auth: {grant: none, basic: form}\n", "ofsplan.yaml:6:25: \"basic\" is about asking the identity service for a token, which grant \"none\" does not"},
		{"half a client certificate", edit("{ca_file: ofs.pem}", "{cert_file: a.pem}"), "a client certificate needs both cert_file and key_file"},
		{"a negative limit", edit("concurrent_calls: 8", "concurrent_calls: -8"), "a limit cannot be negative"},
		{"a header that breaks out", edit("user: BATCHUSER", `user: "A\tB"`), "ofsplan.yaml:7:11: \"user\" goes into a header"},
		{"a yaml boolean", edit("tls: {ca_file: ofs.pem}", "tls: {insecure_skip_verify: yes}"), "must be true or false"},
		{"no such target", strings.Replace(cloud, "  prod:", "  prot:", 1), "ofsplan.yaml: there is no target \"prod\"\n\tdid you mean \"prot\"?"},
		{"the simulator's name", cloud + "  sim: {}\n", "a target cannot be called \"sim\""},
	} {
		_, err := load(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the message holds the secret: %v", c.name, err)
		}
	}
}

// On premise nobody may ask who we are, or the scheduler itself asks; tokens may come from another path.
func TestGrantsOnPremise(t *testing.T) {
	const head = "targets:\n  prod:\n    kind: on_premise\n    url: https://mmg:7002/mmg\n    user: U\n"
	t.Setenv("ID", "an id\n")
	t.Setenv("SECRET", "p+q\r\n")
	for text, want := range map[string]ofs.Auth{
		head + "    auth: {grant: none}\n": {},
		"targets:\n  prod: {url: http://127.0.0.1:1, tenant: t, service: s, user: U, auth: {grant: none}}\n": {},
		head + "    auth: {grant: basic, client_id: {env: ID}, client_secret: {env: SECRET}}\n":              {Grant: ofs.GrantBasic},
		head + "    iam: https://mmg\n    auth: {grant: client_credentials, client_id: {env: ID}, client_secret: {env: SECRET}, token_path: /t/x, basic: form}\n": {
			Grant: ofs.GrantClient, IAM: "https://mmg", TokenPath: "/t/x", Basic: ofs.BasicEncoded,
		},
	} {
		target, err := load(t, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		auth, err := target.Secrets(t.Context(), secret.NewFilter())
		if err != nil {
			t.Error(err)
		}
		got := ofs.Auth{Grant: auth.Grant, IAM: auth.IAM, TokenPath: auth.TokenPath, Basic: auth.Basic}
		if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Credentials" || p.String() == "TokenBounds" }, cmp.Ignore())); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", text, diff)
		}
	}
}

func TestPlainHTTPIsForThisMachine(t *testing.T) {
	for _, address := range []string{"http://localhost:8080", "http://127.0.0.1", "http://[::1]:9"} {
		if _, err := load(t, strings.Replace(cloud, "https://aml.example.com/acme-prd/", address, 1)); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	meant := strings.Replace(cloud, "url: https", "allow_plaintext: true\n    url: http", 1)
	target, err := load(t, meant)
	if err != nil {
		t.Fatal(err)
	}
	if len(target.Warnings()) != 1 {
		t.Errorf("plain http that is meant has the warnings %q, want one", target.Warnings())
	}
}

func TestTheEnvironmentWins(t *testing.T) {
	target, err := load(t, cloud,
		"OFSPLAN_TARGET_TENANT=other", "OFSPLAN_TARGET_LIMITS_CONCURRENT_CALLS=3", "OFSPLAN_TARGET_TLS_CA_FILE=near.pem",
		"OFSPLAN_TARGET_AUTH_PASSWORD=hunter2", "OFSPLAN_TARGET_AUTH_CLIENT_SECRET_FILE=/s")
	if err != nil {
		t.Fatal(err)
	}
	if target.Tenant != "other" || target.Limits.ConcurrentCalls != 3 || target.TLS.CAFile != "near.pem" {
		t.Errorf("got %+v", target)
	}
	if got := target.Auth.Password.Env; got != "OFSPLAN_TARGET_AUTH_PASSWORD" {
		t.Errorf("the password is read from %q", got)
	}
	if got := target.Auth.ClientSecret.File; got != "/s" {
		t.Errorf("the client secret is read from %q", got)
	}
	_, err = load(t, cloud, "OFSPLAN_TARGET_TENNANT=x", "OFSPLAN_TARGET_KIND=clod")
	want := "$OFSPLAN_TARGET_KIND: \"kind\" of target \"prod\" cannot be \"clod\": it must be \"cloud\" or \"on_premise\"\n\tdid you mean \"cloud\"?\n" +
		"$OFSPLAN_TARGET_TENNANT: no value of a target is called that\n\tdid you mean $OFSPLAN_TARGET_TENANT?"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestTheEnvironmentIsEnough(t *testing.T) {
	f, err := Load(Place{})
	if err != nil {
		t.Fatal(err)
	}
	target, err := f.Target("prod", []string{
		"OFSPLAN_TARGET_URL=https://a.example.com", "OFSPLAN_TARGET_KIND=on_premise", "OFSPLAN_TARGET_USER=U",
		"OFSPLAN_TARGET_AUTH_GRANT=token", "OFSPLAN_TARGET_AUTH_TOKEN_FILE=token",
	})
	if err != nil {
		t.Fatal(err)
	}
	if target.Auth.Token.File != "token" || !target.Wire().OnPremise {
		t.Errorf("got %+v", target)
	}
	if _, err := f.Target("prod", nil); err == nil {
		t.Error("a target that nothing describes was found")
	}
}

func TestTheFingerprintKnowsTheFacts(t *testing.T) {
	one, err := load(t, cloud)
	if err != nil {
		t.Fatal(err)
	}
	two, err := load(t, cloud, "OFSPLAN_TARGET_WORKSPACE=WS002")
	if err != nil {
		t.Fatal(err)
	}
	if one.Fingerprint() == two.Fingerprint() || len(one.Fingerprint()) != 64 {
		t.Errorf("fingerprints %s and %s", one.Fingerprint(), two.Fingerprint())
	}
}

func TestFindLooksInOrder(t *testing.T) {
	home := t.TempDir()
	t.Chdir(t.TempDir())
	env := map[string]string{"HOME": home, "XDG_CONFIG_DIRS": filepath.Join(home, "etc")}
	getenv := func(name string) string { return env[name] }
	if place := Find("", getenv); place.Path != "" || len(place.Looked) != 3 {
		t.Errorf("in an empty world: %+v", place)
	}
	touch := func(path string) string {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, place := range []string{filepath.Join(home, "etc", "ofsplan", FileName), filepath.Join(home, ".config", "ofsplan", FileName), FileName} {
		want := touch(place)
		if got := Find("", getenv); got.Path != want || got.Named {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
	env["OFSPLAN_CONFIG"] = "named.yaml"
	if got := Find("", getenv); got.Path != "named.yaml" || !got.Named {
		t.Errorf("got %+v, want what $OFSPLAN_CONFIG names", got)
	}
	if got := Find("flag.yaml", getenv); got.Path != "flag.yaml" || !got.Named {
		t.Errorf("got %+v, want what --config names", got)
	}
}
