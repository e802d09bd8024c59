package plan

import (
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/fact"
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

// Bare reports whether the condition calls none of succeeded(), failed() and always(). In an if, such a
// condition means succeeded() && (…); that is for the caller to see to.
func (c *Cond) Bare() bool { return !c.expr.needs }

// refs are the steps the condition names, with those whose outcome it compares with "failed".
func (c *Cond) refs() []stepRef { return c.expr.refs }

// compileCond reads a condition: an expression, bare or in ${{ }}, that is true or false. Its problems come
// in file order, and the condition is nil then.
func compileCond(n *source.Node, sc *scope) (*Cond, source.Errors) {
	var errs source.Errors
	if n.Kind != source.Scalar {
		errs.Add(n.Pos, "a condition is one expression, not %s", n.Kind)
		return nil, errs
	}
	text, offset := n.Value, 0
	if strings.Contains(text, opening) {
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
	x, errs := compile(text, at(n, offset), sc)
	if len(errs) == 0 && x.kind != kindBool {
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
	if len(x.looks) == 0 {
		return ""
	}
	name := x.looks[0].name
	switch x.kind {
	case kindText:
		if words := x.looks[0].enum; words != nil {
			return `compare it, as in ` + name + ` == "` + words[0] + `"`
		}
		return `compare it, as in ` + name + ` == "…"`
	case kindInt, kindNumber:
		return "compare it, as in " + name + " == 0"
	case kindList:
		return "compare it, as in len(" + name + ") > 0"
	}
	return ""
}

// holds evaluates c and returns what it was judged on. The evidence is filled in as far as it goes when the
// error is not nil.
func (f *fixed) holds(c *Cond, view fact.View) (fact.Evidence, error) {
	ev := fact.Evidence{Expr: c.text, At: c.pos.String()}
	env := c.expr.look(f, view)
	for _, l := range c.expr.looks {
		text, err := textOf(env[l.name])
		if err != nil {
			return ev, evaluating(c.pos, c.text, err)
		}
		ev.Values = append(ev.Values, fact.Seen{Name: l.name, Value: text})
	}
	out, err := c.expr.eval(env)
	if err != nil {
		return ev, evaluating(c.pos, c.text, err)
	}
	ev.Holds, _ = out.(bool) // its kind was checked when it was compiled
	return ev, nil
}
