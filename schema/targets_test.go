package schema_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ofsplan/internal/config"
	"ofsplan/internal/source"
	"ofsplan/schema"
)

// everyTarget is a targets file that holds every key in every form it has.
const everyTarget = "testdata/every_target.yaml"

func targetsValidator(t testing.TB) func(any) error {
	return compiledAs(t, "targets.schema.json", schema.Targets).Validate
}

// readTargets is the reader's verdict; warnings are none.
func readTargets(text []byte) error {
	_, all := config.Check("ofsplan.yaml", text)
	return slices.DeleteFunc(all, func(e *source.Error) bool { return e.ID != "" }).Err()
}

// placesOfTargets tells where the schema of targets lists the keys of each mapping.
var placesOfTargets = map[string]string{
	"file": "/properties", "target": "/$defs/target/properties", "auth": "/$defs/auth/properties", "tls": "/$defs/target/properties/tls/properties",
	"limits": "/$defs/target/properties/limits/properties", "reference": "/$defs/reference/properties", "channel": "/$defs/channel/properties",
	"webhook": "/$defs/channel/properties/webhook/properties", "smtp": "/$defs/channel/properties/smtp/properties",
	"command": "/$defs/channel/properties/command/anyOf/1/properties", "check": "/$defs/check/properties",
}

// The schema of targets and their reader know the same keys, and an editor has words for each.
func TestTargetsSchemaKnowsTheKeys(t *testing.T) {
	doc := document(t, schema.Targets)
	for name, keys := range config.Keys() {
		properties, ok := at(doc, placesOfTargets[name]).(map[string]any)
		if !ok {
			t.Errorf("%s: the schema has nothing at %q", name, placesOfTargets[name])
			continue
		}
		slices.Sort(keys)
		if listed := slices.Sorted(maps.Keys(properties)); !slices.Equal(listed, keys) {
			t.Errorf("%s: the schema lists %q, the reader knows %q", name, listed, keys)
		}
	}
	described(t, doc, slices.Collect(maps.Values(placesOfTargets)))
}

// Whatever is changed in a targets file so that it cannot be meant, both refuse.
func TestTargetsSchemaRefusesEveryMutation(t *testing.T) {
	validate := targetsValidator(t)
	text, err := os.ReadFile(everyTarget)
	if err != nil {
		t.Fatal(err)
	}
	if err := readTargets(text); err != nil {
		t.Fatal(err)
	}
	whole := read(t, text)
	if err := validate(whole); err != nil {
		t.Fatal(err)
	}
	both := func(what string, doc any) {
		changed := write(t, doc)
		if validate(read(t, changed)) == nil {
			t.Errorf("the schema accepts %s", what)
		}
		if readTargets(changed) == nil {
			t.Errorf("the reader accepts %s", what)
		}
	}
	for _, s := range spots("", whole, func(v any) any { return v }) {
		for _, wrong := range []any{nil, []any{[]any{"x"}}, map[string]any{"9 !": []any{"x"}}} {
			both(fmt.Sprintf("%v at %s", wrong, s.path), s.with(wrong))
		}
		if last := s.path[strings.LastIndex(s.path, "/")+1:]; s.keys == nil || last == "targets" || last == "channels" || last == "checks" || last == "headers" {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(s.keys)) {
			m := maps.Clone(s.keys)
			delete(m, key)
			m["z"+key] = s.keys[key]
			both(fmt.Sprintf("z%s at %s", key, s.path), s.with(m))
		}
	}
}

// Targets made at random are accepted by both.
func TestTargetsSchemaAcceptsGeneratedTargets(t *testing.T) {
	validate := targetsValidator(t)
	rapid.Check(t, func(t *rapid.T) {
		doc := drawTargets(t)
		text := write(t, doc)
		if err := readTargets(text); err != nil {
			t.Errorf("the reader refuses:\n%s\n%v", text, err)
		}
		if err := validate(read(t, text)); err != nil {
			t.Errorf("the schema refuses:\n%s\n%v", text, err)
		}
	})
}

func drawTargets(t *rapid.T) map[string]any {
	d := &drawer{T: t}
	targets := map[string]any{}
	for i := range rapid.IntRange(0, 3).Draw(t, "targets") {
		targets[fmt.Sprintf("t%d", i)] = d.target()
	}
	doc := map[string]any{"targets": targets}
	d.maybe(doc, "version", func() any { return d.pick("version", 1, "1") })
	d.maybe(doc, "x_free", func() any { return nil })
	return doc
}

func (d *drawer) target() any {
	grants := map[string][]string{
		"password": {"client_id", "client_secret", "username", "password"}, "client_credentials": {"client_id", "client_secret"}, "token": {"token"}, "none": nil,
	}
	grant := d.pick("grant", "password", "client_credentials", "token", "none").(string)
	auth := map[string]any{"grant": grant}
	for _, key := range grants[grant] {
		auth[key] = d.pick("reference", map[string]any{"env": "X"}, map[string]any{"file": "/x"}, map[string]any{"command": []any{"x", 1}})
	}
	m := map[string]any{"kind": d.pick("kind", "cloud", "on_premise"), "url": d.pick("url", "https://a.example.com", "http://localhost:1/x"), "user": d.pick("user", "U", 7)}
	if grant == "none" {
		m["kind"] = "on_premise"
	}
	if m["kind"] == "cloud" {
		m["tenant"], m["service"] = "T", "S"
	}
	if grant == "password" || grant == "client_credentials" {
		m["iam"] = "https://i.example.com"
		d.maybe(auth, "scope", func() any { return "a b" })
		d.maybe(auth, "basic", func() any { return d.pick("basic", "raw", "form") })
		d.maybe(auth, "token_path", func() any { return "/token" })
	}
	m["auth"] = auth
	d.maybe(m, "path", func() any { return d.pick("path", "/a", "/") })
	d.maybe(m, "limits", func() any {
		return map[string]any{"requests_per_second": d.pick("rate", 0, 1.5, "2"), "concurrent_calls": d.pick("calls", 0, 3)}
	})
	d.maybe(m, "allow_plaintext", func() any { return rapid.Bool().Draw(d.T, "plain") })
	d.maybe(m, "tls", func() any { return map[string]any{"ca_file": "ca.pem"} })
	d.maybe(m, "channels", func() any {
		return map[string]any{"ops": d.pick("channel", map[string]any{"webhook": map[string]any{"url": "https://h.example.com"}},
			map[string]any{"command": []any{"page"}}, map[string]any{"smtp": map[string]any{"host": "localhost", "tls": "none", "from": "a@example.com", "to": "b@example.com"}})}
	})
	return m
}
