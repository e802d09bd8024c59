package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// adhocStep is the id of the one step of a plan that a batch command writes for itself.
const adhocStep = "call"

// An adhoc is a plan of one step, written as YAML so that the audit log of a batch command holds, like that of
// every run, the plan it carried out.
type adhoc struct {
	buf bytes.Buffer
}

// line writes one line at a depth of two blanks a step.
func (d *adhoc) line(depth int, format string, args ...any) {
	d.buf.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&d.buf, format, args...)
	d.buf.WriteByte('\n')
}

// text is a value as the plan language takes it literally: quoted, and never an expression.
func text(value string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(strings.ReplaceAll(value, "${{", `${{ "${{" }}`)); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSpace(b.String())
}

// key is a mapping's key: quoted, and literal as keys always are.
func key(name string) string {
	b, err := json.Marshal(name)
	if err != nil {
		panic(err) // a string always encodes
	}
	return string(b)
}

// list writes codes as a flow list, or nothing when there are none.
func (d *adhoc) list(depth int, name string, codes []string) {
	if len(codes) == 0 {
		return
	}
	quoted := make([]string, len(codes))
	for i, c := range codes {
		quoted[i] = text(c)
	}
	d.line(depth, "%s: [%s]", name, strings.Join(quoted, ", "))
}

// pairs writes settings under a name, or nothing when there are none.
func (d *adhoc) pairs(depth int, name string, settings []setting) {
	if len(settings) == 0 {
		return
	}
	d.line(depth, "%s:", name)
	for _, s := range settings {
		d.line(depth+1, "%s: %s", key(s.name), text(s.value))
	}
}

// owned writes settings that belong to tasks: TASK: {name: value}.
func (d *adhoc) owned(depth int, name string, tasks []owned) {
	if len(tasks) == 0 {
		return
	}
	d.line(depth, "%s:", name)
	for _, t := range tasks {
		d.pairs(depth+1, key(t.owner), t.settings)
	}
}

// head writes everything above the step's verb.
func (d *adhoc) head(what string, opts adhocOptions) {
	d.line(0, "version: 1")
	d.line(0, "name: batch_%s", what)
	d.line(0, "description: One call, ordered with ofsplan batch %s.", what)
	if opts.misdate {
		d.line(0, "params:")
		d.line(1, "misdate: {type: date, required: true}")
		d.line(0, "misdate: ${{ params.misdate }}")
	}
	d.line(0, "steps:")
	d.line(1, "- id: %s", adhocStep)
	if opts.poll != "" {
		d.line(2, "poll: %s", text(opts.poll))
	}
	if opts.timeout != "" {
		d.line(2, "timeout: %s", text(opts.timeout))
	}
}

// adhocOptions are what a batch command sets beside its verb.
type adhocOptions struct {
	misdate       bool   // the plan takes a parameter misdate
	poll, timeout string // empty: not written
}

// setting is one run-time parameter.
type setting struct{ name, value string }

// owned are the run-time parameters of one task or member.
type owned struct {
	owner    string
	settings []setting
}

// settings reads NAME=VALUE flags.
func settings(flag string, args []string) ([]setting, error) {
	var all []setting
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--%s %q is not NAME=VALUE", flag, arg)
		}
		all = append(all, setting{name, value})
	}
	return all, nil
}

// ownedSettings reads OWNER.NAME=VALUE flags, and keeps owners in the order of first mention.
func ownedSettings(flag string, args []string) ([]owned, error) {
	var all []owned
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		owner, name, dot := strings.Cut(name, ".")
		if !ok || !dot || owner == "" || name == "" {
			return nil, fmt.Errorf("--%s %q is not CODE.NAME=VALUE", flag, arg)
		}
		all = addOwned(all, owner, setting{name, value})
	}
	return all, nil
}

func addOwned(all []owned, owner string, s setting) []owned {
	for i := range all {
		if all[i].owner == owner {
			all[i].settings = append(all[i].settings, s)
			return all
		}
	}
	return append(all, owned{owner, []setting{s}})
}
