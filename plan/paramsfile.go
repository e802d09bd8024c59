package plan

import (
	"fmt"
	"slices"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
)

// ParamsFile reads parameters from a YAML file: a mapping of names to values, lists for list parameters. Of a sensitive
// one it holds the secret, or says where that is kept: {file: …}, {env: …} or {command: […]}. Problems name the file as
// display, and tell nothing of a secret. What the plan declares is looked at by [Plan.Resolve].
func (p *Plan) ParamsFile(display string, data []byte) ([]Given, error) {
	root, errs := source.Parse(display, data)
	if root != nil && root.Kind != source.Mapping {
		errs.Add(root.Pos, "the params file must be a mapping of names to values")
	}
	if len(errs) > 0 && len(p.Sensitive()) > 0 {
		return nil, silent(errs)
	}
	r := source.Reader{Errors: errs}
	var out []Given
	if root != nil {
		for _, f := range root.Fields {
			g := Given{Name: f.Key, From: "params file"}
			what := fmt.Sprintf("%q of the params file", f.Key)
			if p.sensitive(f.Key) {
				readSecret(&r, f.Value, what, &g)
			} else {
				readGiven(&r, f.Value, what, &g)
			}
			out = append(out, g)
		}
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// silent are problems of a file with secrets in it, by their places alone: the words of YAML's repeat what stands there.
func silent(errs source.Errors) error {
	var out source.Errors
	for _, e := range errs {
		out.Add(e.Pos, "this is no YAML that can be read; what stands here is not shown, since the plan has sensitive parameters").Hint =
			"a value that begins with one of * & ! % @ or holds : or # stands in quotes"
	}
	return out.Err()
}

// readSecret reads a secret, or where it is kept.
func readSecret(r *source.Reader, n *source.Node, what string, g *Given) {
	switch n.Kind {
	case source.Scalar:
		g.Secret = secret.New(n.Value)
		return
	case source.Mapping:
	default:
		r.Add(n.Pos, "%s must be a single value, or say where the secret is kept", what).Hint =
			"write it in quotes, or {file: /path}, {env: NAME} or {command: [program, argument]}"
		return
	}
	// A secret such as {x} without quotes is a mapping to YAML, so its keys are not told either.
	if len(n.Fields) != 1 || !slices.Contains([]string{"file", "env", "command"}, n.Fields[0].Key) {
		r.Add(n.Pos, "%s must have exactly one of file, env and command", what).Hint = "a secret that begins with { stands in quotes"
		return
	}
	m := r.Mapping(n, what, "file", "env", "command")
	g.Ref = &secret.Ref{File: m.Text("file"), Env: m.Text("env")}
	for _, item := range m.List("command") {
		if word := r.Scalar(item, `a word of "command"`); word != nil {
			g.Ref.Command = append(g.Ref.Command, word.Value)
		}
	}
}

// readGiven reads a value or a list of them.
func readGiven(r *source.Reader, n *source.Node, what string, g *Given) {
	if !n.Is(source.Sequence) {
		if v := r.Scalar(n, what); v != nil {
			g.Value = v.Value
		}
		return
	}
	g.Items = []string{}
	for _, item := range n.Items {
		if v := r.Scalar(item, "an item of "+what); v != nil {
			g.Items = append(g.Items, v.Value)
		}
	}
}
