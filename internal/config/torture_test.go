package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ofsplan/internal/source"
	"ofsplan/internal/source/torture"
)

// targetOf writes a targets file and reads every target in it. Places name the file p.yaml.
func targetOf(t testing.TB, dir string, data []byte, environ ...string) (all []*Target, said error) {
	t.Helper()
	path := filepath.Join(dir, "p.yaml")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(Place{Path: path, Named: true})
	if err != nil {
		return nil, strip(err, path)
	}
	var wrong []string
	for _, name := range f.Names() {
		target, err := f.Target(name, environ)
		if err != nil {
			wrong = append(wrong, err.Error())
			continue
		}
		all = append(all, target)
	}
	if len(wrong) > 0 {
		return all, strip(errors.New(strings.Join(wrong, "\n")), path)
	}
	return all, nil
}

// Bad YAML is refused as such. A file of more than a megabyte is not even that.
func TestTorture(t *testing.T) {
	const dir = "../source/testdata/torture"
	torture.Play(t, dir, func(_ string, data []byte) error {
		if len(data) > limit {
			_, errs := source.Parse("p.yaml", data)
			if _, err := targetOf(t, t.TempDir(), data); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
				t.Errorf("a file of %d bytes: %v", len(data), err)
			}
			return errs.Err()
		}
		_, err := targetOf(t, t.TempDir(), data)
		if err != nil {
			err = errors.New(strings.ReplaceAll(err.Error(), FileName, "p.yaml"))
		}
		return err
	})
}

// FuzzTargets reads targets files: nothing panics, every problem has a place in the file, a secret is never a literal,
// and what is accepted can be spoken to: it has an address, and what its grant needs.
func FuzzTargets(f *testing.F) {
	f.Add([]byte(cloud))
	f.Add([]byte("targets: {a: {kind: on_premise, url: https://h, user: U, auth: {grant: none}, tls: {cert_file: c, key_file: k}}}\n"))
	f.Add([]byte("version: 1\ntargets:\n  a: &a {url: 'http://127.0.0.1:1', user: u, tenant: t, service: s, path: /x, auth: {grant: token, token: {command: [cat, f]}}}\n  b:\n    <<: *a\n    url: ftp://h\n"))
	f.Add([]byte("targets: {p: {auth: {grant: password, password: hunter2}, limits: {requests_per_second: -1e999, concurrent_calls: 99999999999}}}"))
	for _, c := range torture.Cases(f, "../source/testdata/torture") {
		if len(c.Data) < 4096 {
			f.Add(c.Data)
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > limit {
			return
		}
		all, err := targetOf(t, dir, data)
		if err != nil {
			said := strings.ReplaceAll(err.Error(), FileName, "p.yaml")
			for _, wrong := range torture.Outside("p.yaml", said, data) {
				t.Errorf("%s\n%s", wrong, said)
			}
		}
		for _, target := range all {
			a := target.Auth
			switch {
			case target.URL == "" || target.User == "" || a.Grant == "":
				t.Errorf("accepted: %+v", target)
			case a.Grant == GrantPassword && (a.Password == nil || a.Username == nil), a.Grant == GrantToken && a.Token == nil:
				t.Errorf("accepted without a secret: %+v", a)
			case len(target.Fingerprint()) != 64:
				t.Errorf("no fingerprint: %+v", target)
			}
		}
	})
}
