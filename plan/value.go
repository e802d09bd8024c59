package plan

import (
	"fmt"
	"slices"
	"strings"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// maxText is the longest text an expression may come to, in bytes.
const maxText = 64 << 10

// A Value is a scalar of the plan, with or without ${{ }} in it. It never changes.
type Value struct {
	text  string // as written
	pos   source.Pos
	parts []part // nil: the text stands for itself
}

// A part is a stretch of text or one expression.
type part struct {
	text   string      // of an expression, its source
	expr   *expression // nil: text
	sealed int         // of one over a sensitive parameter: its number in the plan, from 1
}

// Literal returns the text when there is no expression in it.
func (v *Value) Literal() (string, bool) { return v.text, v.parts == nil }

// Pos is where it stands in the plan.
func (v *Value) Pos() source.Pos { return v.pos }

// String is the source text.
func (v *Value) String() string { return v.text }

// Sensitive reports whether a sensitive parameter goes into it.
func (v *Value) Sensitive() bool {
	return slices.ContainsFunc(v.parts, func(p part) bool { return p.sealed > 0 })
}

// compileValue reads a single value. Its problems, if any, come in file order, and the value is nil then.
func compileValue(n *source.Node, sc *scope) (*Value, source.Errors) {
	if n.Kind != source.Scalar {
		var errs source.Errors
		errs.Add(n.Pos, "a single value is wanted here, not %s", n.Kind)
		return nil, errs
	}
	v := &Value{text: n.Value, pos: n.Pos}
	if !strings.Contains(n.Value, opening) {
		return v, nil
	}
	parts, errs := split(n)
	for _, p := range parts {
		if !p.isExpr {
			v.parts = append(v.parts, part{text: p.text})
			continue
		}
		x, problems := compile(p.text, at(n, p.offset), sc)
		errs = append(errs, problems...)
		v.parts = append(v.parts, part{text: strings.TrimSpace(p.text), expr: x})
	}
	if len(errs) > 0 {
		return nil, cutHint(n, errs)
	}
	return v, nil
}

// kind is what the value is: of exactly one expression its type, text otherwise.
func (v *Value) kind() kind {
	if len(v.parts) == 1 && v.parts[0].expr != nil {
		return v.parts[0].expr.kind
	}
	return kindText
}

// refs are the steps the value names.
func (v *Value) refs() []stepRef {
	var all []stepRef
	for _, p := range v.parts {
		if p.expr != nil {
			all = append(all, p.expr.refs...)
		}
	}
	return all
}

// fixed reports whether the value is settled when the run starts: it looks at no step and no batch run.
func (v *Value) fixed() bool {
	for _, p := range v.parts {
		if p.expr != nil && !p.expr.fixed() {
			return false
		}
	}
	return true
}

// value evaluates v. What is exactly one expression keeps its type; everything else is a text, with "[redacted]" for
// each sealed expression. The error names the place.
func (f *fixed) value(v *Value, view fact.View) (any, error) {
	if v.parts == nil {
		return v.text, nil
	}
	if len(v.parts) == 1 && v.parts[0].expr != nil && v.parts[0].sealed == 0 {
		out, err := v.parts[0].expr.run(f, view)
		if err != nil {
			return nil, evaluating(v.pos, v.text, err)
		}
		return out, nil
	}
	var out strings.Builder
	for _, p := range v.parts {
		switch {
		case p.expr == nil:
			out.WriteString(p.text)
			continue
		case p.sealed > 0:
			out.WriteString(secret.Redacted)
			continue
		}
		one, err := p.expr.run(f, view)
		if err != nil {
			return nil, evaluating(v.pos, v.text, err)
		}
		text, err := textOf(one)
		if err != nil {
			return nil, evaluating(v.pos, v.text, err)
		}
		if out.WriteString(text); out.Len() > maxText {
			return nil, evaluating(v.pos, v.text, errTooLong)
		}
	}
	return out.String(), nil
}

// textValue evaluates v as the text that goes to the scheduler.
func (f *fixed) textValue(v *Value, view fact.View) (string, error) {
	one, err := f.value(v, view)
	if err != nil {
		return "", err
	}
	text, err := textOf(one)
	if err == nil && len(text) > maxText {
		err = errTooLong
	}
	if err != nil {
		return "", evaluating(v.pos, v.text, err)
	}
	return text, nil
}

// evaluating says which expression came to nothing, and where it stands.
func evaluating(pos source.Pos, text string, err error) error {
	return fmt.Errorf("%s: evaluate %q: %w", pos, short(text), err)
}
