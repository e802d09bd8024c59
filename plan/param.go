package plan

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
)

// ParamType is what a parameter holds.
type ParamType string

// The types, and the Go type of a bound value.
const (
	ParamString       ParamType = "string"        // string
	ParamInt          ParamType = "int"           // int
	ParamNumber       ParamType = "number"        // expr.Decimal
	ParamBool         ParamType = "bool"          // bool
	ParamDate         ParamType = "date"          // time.Time at midnight UTC
	ParamBusinessDate ParamType = "business_date" // likewise
	ParamList         ParamType = "list"          // []string
)

var paramTypes = []string{"string", "int", "number", "bool", "date", "business_date", "list"}

// A Param is one parameter as the plan declares it.
type Param struct {
	Name        string
	Type        ParamType
	Description string
	Pos         source.Pos // of its name
	Default     *Given     // nil: none
	Required    bool       // must be given from outside
	Sensitive   bool       // its value is a secret: see [Resolved.Unseal]. A string without a default
	Bounds
}

// Bounds are what a parameter's value must keep to; of a list, each of its items.
type Bounds struct {
	Enum     []string       // the only values; none: any
	Pattern  *regexp.Regexp // matches all of the text; nil: any text
	Min, Max string         // of int, number and the dates; empty: no bound
}

// A Given is the value of one parameter from outside.
type Given struct {
	Name  string
	Value string
	Items []string // of a list, when it was given as one; else Value is split at its commas
	Sealed
	From string // for people and the journal: "command line", "params file", "environment", "terminal", "backfill", "default", [FromUnset]
}

// items is the value as a list: an empty text is an empty list, and one that begins with [ is JSON.
func (g Given) items() ([]string, error) {
	switch {
	case g.Items != nil:
		return g.Items, nil
	case g.Value == "":
		return []string{}, nil
	case strings.HasPrefix(strings.TrimSpace(g.Value), "["):
		return jsonItems(g.Value)
	}
	items := strings.Split(g.Value, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items, nil
}

// jsonItems reads a list in JSON, whose items may hold commas. A number or a truth is taken as it is written.
func jsonItems(text string) ([]string, error) {
	bad := func(why string) error {
		return fmt.Errorf(`begins with [ and is no list in JSON: %s; write ["a,b","c"], or a,b without brackets`, why)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var all []any
	if err := d.Decode(&all); err != nil {
		return nil, bad(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, bad("something follows it")
	}
	items := make([]string, len(all))
	for i, one := range all {
		switch one := one.(type) {
		case string:
			items[i] = one
		case json.Number:
			items[i] = one.String()
		case bool:
			items[i] = strconv.FormatBool(one)
		default:
			return nil, bad(fmt.Sprintf("item %d is neither a text nor a number", i+1))
		}
		if err := source.CheckText(items[i]); err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
	}
	return items, nil
}

// checkText holds what is given to what a plan's own text is held to. The values of a plan and of a params file were held
// to it when the file was read.
func (g Given) checkText() error {
	for _, text := range append([]string{g.Value}, g.Items...) {
		if err := source.CheckText(text); err != nil {
			return err
		}
	}
	return nil
}

// FromUnset is where the value of a parameter is from that may be left out, has no default and was not given: it has none.
const FromUnset = "unset"

// zero is what an optional parameter without a default holds when it is not given.
func (p *Param) zero() Given { return Given{Name: p.Name, From: "default"} }

// bind reads a value by the parameter's type and holds it against the bounds. Dates such as T-1 are
// counted from that moment in that calendar. Errors do not name the parameter.
func (p *Param) bind(g Given, c *calendar.Calendar, now time.Time) (any, error) {
	if p.Type == ParamList {
		items, err := g.items()
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if err := p.check(item); err != nil {
				return nil, err
			}
		}
		return slices.Clone(items), nil
	}
	if g.Items != nil {
		return nil, fmt.Errorf("wants one value of type %s, not a list", p.Type)
	}
	v, err := p.parse(g.Value, c, now)
	if err != nil {
		return nil, err
	}
	if err := p.check(g.Value); p.Type == ParamString && err != nil {
		return nil, err
	}
	return v, p.checkOrder(v, g.Value, c, now)
}

// parse reads one text by type, without looking at bounds.
func (p *Param) parse(text string, c *calendar.Calendar, now time.Time) (any, error) {
	switch p.Type {
	case ParamInt:
		n, err := source.Int(text)
		return int(n), err
	case ParamNumber:
		return expr.ParseDecimal(text)
	case ParamBool:
		v, err := source.Bool(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", source.Short(text))
		}
		return v, nil
	case ParamDate, ParamBusinessDate:
		return c.Resolve(text, p.Type == ParamBusinessDate, now)
	}
	return text, nil
}

// check holds a text against enum and pattern.
func (p *Param) check(text string) error {
	if len(p.Enum) > 0 && !slices.Contains(p.Enum, text) {
		return p.notOneOf(text)
	}
	if p.Pattern != nil && !p.Pattern.MatchString(text) {
		return fmt.Errorf("%q does not match the pattern %s", source.Short(text), p.patternText())
	}
	return nil
}

func (p *Param) notOneOf(text string) error {
	hint := strings.TrimSuffix("; "+source.Meant(text, p.Enum), "; ")
	return fmt.Errorf("%q is not one of %s%s", source.Short(text), strings.Join(p.Enum, ", "), hint)
}

// patternText is the pattern as the plan writes it.
func (p *Param) patternText() string {
	return strings.TrimSuffix(strings.TrimPrefix(p.Pattern.String(), "^(?:"), ")$")
}

// checkOrder holds a value against min and max, and a value that is no text against enum: 1 is 1.0 there,
// and T-1 the day it means.
func (p *Param) checkOrder(v any, text string, c *calendar.Calendar, now time.Time) error {
	if p.Type == ParamString || p.Type == ParamBool {
		return nil
	}
	if p.Min != "" {
		if bound, err := p.parse(p.Min, c, now); err == nil && compare(v, bound) < 0 {
			return fmt.Errorf("%s is less than the minimum %s", text, p.Min)
		}
	}
	if p.Max != "" {
		if bound, err := p.parse(p.Max, c, now); err == nil && compare(v, bound) > 0 {
			return fmt.Errorf("%s is more than the maximum %s", text, p.Max)
		}
	}
	if len(p.Enum) == 0 {
		return nil
	}
	for _, one := range p.Enum {
		if allowed, err := p.parse(one, c, now); err == nil && compare(v, allowed) == 0 {
			return nil
		}
	}
	return p.notOneOf(text)
}

// compare orders two values of one type.
func compare(a, b any) int {
	switch a := a.(type) {
	case int:
		return cmp.Compare(a, b.(int))
	case expr.Decimal:
		return a.Compare(b.(expr.Decimal))
	case time.Time:
		return a.Compare(b.(time.Time))
	}
	return 0
}

// variables is how the environment variables begin that hold parameters.
const variables = "OFSPLAN_PARAM_"

// Variable is the environment variable that holds a parameter.
func Variable(param string) string { return variables + strings.ToUpper(param) }

// Environ finds parameters in environment variables, see [Variable]. One that no plan declares is an error of
// [Plan.Resolve] like any other: it may well be a slip. The error is that of a parameter that two of them hold, by two
// spellings, since nobody can tell which of them is meant.
func (p *Plan) Environ(environ []string) ([]Given, error) {
	var out []Given
	first := make(map[string]string) // the variable, by the parameter it holds
	for _, entry := range environ {
		if variable, value, ok := strings.Cut(entry, "="); ok && strings.HasPrefix(variable, variables) {
			name := strings.ToLower(strings.TrimPrefix(variable, variables))
			if before, again := first[name]; again {
				return nil, fmt.Errorf("parameter %q is given twice by the environment: %s and %s\n\tleave one of the two out",
					source.Short(name), min(before, variable), max(before, variable))
			}
			first[name] = variable
			g := Given{Name: name, Value: value, From: "environment"}
			if p.sensitive(name) {
				g = g.seal()
			}
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(a, b Given) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// ParamsFile reads parameters from a YAML file: a mapping of names to values, lists for list parameters. Of a sensitive
// one it holds the secret, or says where that is kept: {file: …}, {env: …} or {command: […]}. Problems name the file as
// display, and repeat nothing of a secret. What the plan declares is looked at by [Plan.Resolve].
func (p *Plan) ParamsFile(display string, data []byte) ([]Given, error) {
	root, errs := source.Parse(display, data)
	if root != nil && root.Kind != source.Mapping {
		errs.Add(root.Pos, "the params file must be a mapping of names to values")
	}
	if len(errs) > 0 && len(p.Sensitive()) > 0 {
		return nil, placesOnly(errs)
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

// placesOnly are the problems of a file with secrets in it without their texts, since those of a YAML parser quote what stands
// there.
func placesOnly(errs source.Errors) error {
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
		if v := r.Scalar(item, `a word of "command"`); v != nil {
			g.Ref.Command = append(g.Ref.Command, v.Value)
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
