package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
)

// params reads the declarations of parameters.
func (l *loader) params(m source.Map) {
	for _, f := range m.Mapping("params", "*").Fields() {
		if !identifier(f.Key) {
			l.Add(f.KeyPos, "%q cannot be the name of a parameter", source.Short(f.Key)).Hint = nameHint(f.Key,
				"a name is a small letter, then small letters, digits and _, so that params.region is an expression")
		}
		l.plan.Params = append(l.plan.Params, l.param(f))
	}
}

func (l *loader) param(f source.Field) Param {
	what := fmt.Sprintf("parameter %q", f.Key)
	p := Param{Name: f.Key, Pos: f.KeyPos, Type: ParamString}
	m := l.Mapping(f.Value, what, paramKeys...)
	if m.Node == nil {
		return p
	}
	if t := m.Enum("type", paramTypes...); t != "" {
		p.Type = ParamType(t)
	}
	p.Description, p.Sensitive = m.Text("description"), l.sensitive(m)
	l.forPeople(m, "description")
	if n := m.Get("default"); n != nil {
		p.Default = &Given{Name: p.Name, From: "default"}
		readGiven(&l.Reader, n, `"default" of `+what, p.Default)
	}
	p.Required = m.Bool("required", p.Default == nil)
	l.bounds(&p, m)
	l.defaults(&p, m)
	return p
}

// bounds reads enum, pattern, min and max, each only where the type has a use for it.
func (l *loader) bounds(p *Param, m source.Map) {
	for _, key := range []string{"enum", "pattern", "min", "max"} {
		if n := m.Get(key); n != nil && !bounded(p.Type, key) {
			l.Add(n.Pos, "%q of %s has no meaning for type %s", key, m.What, p.Type)
		}
	}
	enum := l.List(m.Get("enum"), `"enum" of `+m.What, true)
	if n := m.Get("enum"); n.Is(source.Sequence) && len(enum) == 0 {
		l.Add(n.Pos, `"enum" of %s is empty: no value could be given`, m.What)
	}
	for _, n := range enum {
		if v := l.Scalar(n, `an item of "enum" of `+m.What); v != nil {
			l.literal(p, v, `"enum"`, m.What)
			if p.Sensitive && len(v.Value) < secret.MinLength {
				l.Add(v.Pos, `"enum" of %s: this value could never be given, since a sensitive one has at least %d bytes`, m.What, secret.MinLength)
			}
			p.Enum = append(p.Enum, v.Value)
		}
	}
	p.Min, p.Max = l.bound(p, m, "min"), l.bound(p, m, "max")
	if n := l.Scalar(m.Get("pattern"), `"pattern" of `+m.What); n != nil {
		p.Pattern = source.Read(&l.Reader, n, `"pattern" of `+m.What, func(text string) (*regexp.Regexp, error) {
			if _, err := regexp.Compile(text); err != nil {
				return nil, fmt.Errorf("not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
			}
			return regexp.Compile("^(?:" + text + ")$")
		})
	}
}

// bound reads min or max.
func (l *loader) bound(p *Param, m source.Map, key string) string {
	n := l.Scalar(m.Get(key), fmt.Sprintf("%q of %s", key, m.What))
	if n == nil {
		return ""
	}
	l.literal(p, n, fmt.Sprintf("%q", key), m.What)
	return n.Value
}

// bounded tells which types have a use for which bound.
func bounded(t ParamType, key string) bool {
	text := t == ParamString || t == ParamList
	switch key {
	case "enum":
		return t != ParamBool
	case "pattern":
		return text
	}
	return !text && t != ParamBool
}

// literal checks that a bound can be read by the parameter's type.
func (l *loader) literal(p *Param, n *source.Node, key, what string) {
	if l.unfilled(n, n.Value, key+" of "+what) {
		return
	}
	var err error
	switch p.Type {
	case ParamDate, ParamBusinessDate:
		err = calendar.CheckTerm(n.Value)
	case ParamList:
	default:
		_, err = p.parse(n.Value, nil, time.Time{})
	}
	if err != nil {
		l.Add(n.Pos, "%s of %s: %s", key, what, err)
	}
}

// unfilled reports an expression where nothing fills it in.
func (l *loader) unfilled(n *source.Node, text, what string) bool {
	if !expr.Has(text) {
		return false
	}
	l.Add(n.Pos, "%s holds an expression, which nothing fills in here", what).Hint =
		"a declaration is taken as it is written: put the expression where the parameter is used"
	return true
}

// defaults checks the default, as far as it can be known before the night, and that a value can be had.
func (l *loader) defaults(p *Param, m source.Map) {
	n := m.Get("default")
	switch {
	case p.Sensitive: // reported by sensitive; a message about the default would show it
	case n == nil || !n.Is(source.Scalar) && !n.Is(source.Sequence): // or reported
	case l.unfilled(n, strings.Join(append([]string{p.Default.Value}, p.Default.Items...), "\n"), `"default" of `+m.What):
	case p.Required && m.Get("required") != nil:
		l.Add(n.Pos, "%s is required, so its default is never used", m.What).Hint = "leave one of the two out"
	case p.Type == ParamDate || p.Type == ParamBusinessDate:
		if err := p.checkDate(); err != nil {
			l.Add(n.Pos, `"default" of %s: %s`, m.What, err)
		}
	default:
		if _, err := p.bind(*p.Default, calendar.Default(), time.Time{}); err != nil {
			l.Add(n.Pos, `"default" of %s: %s`, m.What, err)
		}
	}
}

// checkDate checks the form of a default date; which day it means depends on the night.
func (p *Param) checkDate() error {
	if p.Default.Items != nil {
		return fmt.Errorf("wants one value of type %s, not a list", p.Type)
	}
	return calendar.CheckTerm(p.Default.Value)
}

// misdate compiles the plan's date: a date, or an expression over what is fixed when the run starts.
func (l *loader) misdate(n *source.Node) *expr.Value {
	if n = l.Scalar(n, `"misdate" of the plan`); n == nil {
		return nil
	}
	v, errs := l.names.Value(n, expr.AtTop)
	l.Errors = append(l.Errors, errs...)
	if v == nil {
		return nil
	}
	if text, ok := v.Literal(); ok {
		if _, err := readDate(text); err != nil {
			l.Add(n.Pos, `"misdate" of the plan: %s`, err)
		}
	} else if k := v.Kind(); k != expr.Day && k != expr.Text {
		e := l.Add(n.Pos, `"misdate" of the plan must be a date, but this is %s`, k)
		e.FilesOnly = k == expr.Moment
	}
	l.untyped(v, `"misdate" of the plan`, func(text string) bool { return text != "" && isDate(text) != nil })
	return v
}

// untyped reports a date that is a text parameter whose own values are none: words such as T-1 are known to parameters of
// dates alone.
func (l *loader) untyped(v *expr.Value, what string, wrong func(text string) bool) {
	i := slices.IndexFunc(l.plan.Params, func(p Param) bool { return p.Name == v.Param() && p.Type == ParamString })
	if i < 0 {
		return
	}
	p := &l.plan.Params[i]
	for _, text := range append([]string{p.text()}, p.Enum...) {
		if wrong(text) {
			e := l.Add(v.Pos(), "%s is parameter %q, and its value %q is no date", what, p.Name, source.Short(text))
			e.Hint, e.FilesOnly = "declare it with type: business_date, or type: date", true
			return
		}
	}
}
