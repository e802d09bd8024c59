package config

import (
	"slices"
	"strings"

	"ofsplan/internal/source"
)

// prefix begins every variable that sets one value of the chosen target.
const prefix = "OFSPLAN_TARGET_"

// An override is one variable: which value it sets, and the value as if it stood in the file.
type override struct {
	path  []string
	value *source.Node
}

// plainKeys are the values of a target that are single texts, as paths into it.
var plainKeys = [][]string{
	{"kind"}, {"url"}, {"path"}, {"iam"}, {"tenant"}, {"service"}, {"workspace"}, {"user"}, {"locale"},
	{"param_encoding"}, {"group_date"}, {"allow_plaintext"}, {"auth", "grant"}, {"auth", "scope"}, {"auth", "token_path"}, {"auth", "basic"},
	{"tls", "ca_file"}, {"tls", "cert_file"}, {"tls", "key_file"}, {"tls", "insecure_skip_verify"},
	{"limits", "requests_per_second"}, {"limits", "concurrent_calls"}, {"files"},
}

// secretKeys are the references. Each has two variables: one that is the secret, and one with _FILE behind it that
// names the file with the secret.
var secretKeys = []string{"client_id", "client_secret", "username", "password", "token"}

// overrides reads the variables in a fixed order, and reports one that would set nothing.
func overrides(r *source.Reader, environ []string) []override {
	known := map[string]func(value string, pos source.Pos) override{}
	for _, path := range plainKeys {
		known[variable(path)] = func(value string, pos source.Pos) override {
			return override{path, text(value, pos)}
		}
	}
	for _, key := range secretKeys {
		path := []string{"auth", key}
		name := variable(path)
		known[name] = func(_ string, pos source.Pos) override {
			return override{path, mapping("env", text(name, pos), pos)}
		}
		known[name+"_FILE"] = func(value string, pos source.Pos) override {
			return override{path, mapping("file", text(value, pos), pos)}
		}
	}
	sorted := slices.Clone(environ)
	slices.Sort(sorted)
	var found []override
	for _, entry := range sorted {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, prefix) || value == "" {
			continue
		}
		pos := source.Pos{File: "$" + name}
		if set := known[name]; set != nil {
			found = append(found, set(value, pos))
			continue
		}
		e := r.Add(pos, "no value of a target is called that")
		if near := source.Suggest(name, names(known)); near != "" {
			e.Hint = "did you mean $" + near + "?"
		}
	}
	return found
}

// names lists the variables in order.
func names[V any](known map[string]V) []string {
	var all []string
	for name := range known {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// variable is the name of the variable that sets a value.
func variable(path []string) string { return prefix + strings.ToUpper(strings.Join(path, "_")) }

func text(value string, pos source.Pos) *source.Node {
	return &source.Node{Kind: source.Scalar, Pos: pos, Value: value}
}

func mapping(key string, value *source.Node, pos source.Pos) *source.Node {
	return &source.Node{Kind: source.Mapping, Pos: pos, Fields: []source.Field{{Key: key, KeyPos: pos, Value: value}}}
}

// overlay is the tree with one value set. The tree it was given stays as it is.
func overlay(node *source.Node, path []string, value *source.Node) *source.Node {
	if len(path) == 0 {
		return value
	}
	changed := &source.Node{Kind: source.Mapping, Pos: value.Pos}
	if node.Is(source.Mapping) {
		*changed = *node
		changed.Fields = slices.Clone(node.Fields)
	}
	if f := changed.Field(path[0]); f != nil {
		f.Value = overlay(f.Value, path[1:], value)
		return changed
	}
	changed.Fields = append(changed.Fields, source.Field{Key: path[0], KeyPos: value.Pos, Value: overlay(nil, path[1:], value)})
	return changed
}
