package expr

import (
	"strings"

	"ofsplan/internal/source"
)

// A Cond is a condition of the plan, compiled: true or false for every view. It never changes.
type Cond struct {
	text string // as written
	pos  source.Pos
	expr *expression
}

// Pos is where it stands in the plan.
func (c *Cond) Pos() source.Pos { return c.pos }

// String is the expression as written, without ${{ }}.
func (c *Cond) String() string { return c.text }

// Fixed reports whether the condition is settled when the run starts: it reads no need, no step and no batch run.
func (c *Cond) Fixed() bool { return c.expr.fixed() }

// Bare reports whether the condition calls none of succeeded(), failed() and always(). In an if, such a
// condition means succeeded() && (…); that is for the caller to see to.
func (c *Cond) Bare() bool { return !c.expr.needs }

// Refs are the steps the condition names, in the order of first mention.
func (c *Cond) Refs() []Ref { return c.expr.refs }

// Cond compiles a condition: an expression, bare or in ${{ }}, that is true or false. Its problems come in file order, and
// the condition is nil then.
func (s *Scope) Cond(n *source.Node, at Place) (*Cond, source.Errors) {
	var errs source.Errors
	if n.Kind != source.Scalar {
		errs.Add(n.Pos, "a condition is one expression, not %s", n.Kind)
		return nil, errs
	}
	text, offset := n.Value, 0
	if Has(text) {
		parts, problems := split(n)
		if len(problems) > 0 {
			return nil, cutHint(n, problems)
		}
		only, ok := onlyExpression(parts)
		if !ok {
			e := errs.Add(n.Pos, "a condition is one expression, without text around it")
			e.Hint = "write it bare, or all of it inside one ${{ }}"
			return nil, errs
		}
		text, offset = only.text, only.offset
	}
	x, errs := s.compile(text, at, placedAt(n, offset))
	if len(errs) == 0 && x.kind != Bool {
		errs.Add(n.At(offset+leading(text)), "a condition must be true or false, but this is %s", x.kind).Hint = boolHint(x)
	}
	if len(errs) > 0 {
		return nil, cutHint(n, errs)
	}
	return &Cond{text: strings.TrimSpace(text), pos: n.Pos, expr: x}, nil
}

// onlyExpression returns the one expression of a template that holds nothing else but blanks.
func onlyExpression(parts []piece) (piece, bool) {
	var only piece
	count := 0
	for _, p := range parts {
		switch {
		case p.isExpr:
			only = p
			count++
		case strings.TrimSpace(p.text) != "":
			return piece{}, false
		}
	}
	return only, count == 1
}

// boolHint says how to make a condition of what somebody wrote for one.
func boolHint(x *expression) string {
	if len(x.operands) == 0 {
		return ""
	}
	name := x.operands[0].name
	switch x.kind {
	case Text:
		if enum := x.operands[0].enum; enum != nil {
			return `compare it, as in ` + name + ` == "` + enum[0] + `"`
		}
		return `compare it, as in ` + name + ` == "…"`
	case Int, Number:
		return "compare it, as in " + name + " == 0"
	case List:
		return "compare it, as in len(" + name + ") > 0"
	}
	return ""
}
