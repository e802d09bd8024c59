package expr

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// Fixed is what a run settles when it starts, and never again. With a [fact.View] of the moment it is all that an expression
// can read.
type Fixed struct {
	Params    map[string]any // by name: a string, int, Decimal, bool, []string, or of a date its midnight, as the parameter's kind is
	MISDate   time.Time
	Plan      string
	Run       string
	Target    string
	StartedAt time.Time
}

// ByValue is the same with numbers that are written alike when they are equal: what is a key must not depend on how somebody
// writes a number.
func (f *Fixed) ByValue() *Fixed {
	out := *f
	out.Params = maps.Clone(f.Params)
	for name, v := range out.Params {
		if d, ok := v.(Decimal); ok {
			out.Params[name] = Decimal{value: d.value}
		}
	}
	return &out
}

// Holds judges a condition. The evidence is what it was judged on; it is filled in as far as it goes when the error is not
// nil. The error names the place in the plan.
func (f *Fixed) Holds(c *Cond, view fact.View) (fact.Evidence, error) {
	ev := fact.Evidence{Expr: c.text, At: c.pos.String()}
	env := c.expr.read(&facts{f, view, c.bound})
	for _, o := range c.expr.operands {
		text, err := seen(env[o.name])
		if err != nil {
			return ev, evaluating(c.pos, c.text, err)
		}
		ev.Values = append(ev.Values, fact.Seen{Name: o.name, Value: text})
	}
	out, err := c.expr.eval(env)
	if err != nil {
		return ev, evaluating(c.pos, c.text, err)
	}
	ev.Holds, _ = out.(bool) // its kind was checked when it was compiled
	return ev, nil
}

// Text evaluates v as the text that goes to the scheduler, with "[redacted]" for each sealed expression. The error names
// the place in the plan.
func (f *Fixed) Text(v *Value, view fact.View) (string, error) {
	text, err := f.text(v, view)
	if err == nil && len(text) > maxText {
		err = errTooLong
	}
	if err != nil {
		return "", evaluating(v.pos, v.cited(), err)
	}
	return text, nil
}

func (f *Fixed) text(v *Value, view fact.View) (string, error) {
	if v.parts == nil {
		return v.text, nil
	}
	facts := &facts{f, view, v.bound}
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
		text, err := p.expr.fill(facts)
		if err != nil {
			return "", err
		}
		if out.WriteString(text); out.Len() > maxText {
			return "", errTooLong
		}
	}
	return out.String(), nil
}

// List evaluates a value that is one expression, of kind [List]. The error names the place in the plan.
func (f *Fixed) List(v *Value, view fact.View) ([]string, error) {
	x := v.parts[0].expr
	out, err := x.eval(x.read(&facts{f, view, v.bound}))
	if err != nil {
		return nil, evaluating(v.pos, v.cited(), err)
	}
	items := []string{}
	for _, one := range anyItems(out) {
		text, err := TextOf(one)
		if err != nil {
			return nil, evaluating(v.pos, v.cited(), err)
		}
		items = append(items, text)
	}
	return items, nil
}

// evaluating says which expression came to nothing, and where it stands.
func evaluating(pos source.Pos, text string, err error) error {
	return fmt.Errorf("%s: evaluate %q: %w", pos, source.Short(text), err)
}

// read gathers the operands.
func (x *expression) read(f *facts) map[string]any {
	env := make(map[string]any, len(x.operands))
	for _, o := range x.operands {
		env[o.name] = o.value(f)
	}
	return env
}

// seen is an operand's value as evidence keeps it: nothing for what there is none of.
func seen(v any) (string, error) {
	if _, none := v.(absent); none {
		return "", nil
	}
	return TextOf(v)
}

// fill evaluates the expression as a text.
func (x *expression) fill(f *facts) (string, error) {
	out, err := x.eval(x.read(f))
	if err != nil {
		return "", err
	}
	return TextOf(out)
}

var errTooLong = fmt.Errorf("the text is longer than %d KiB", maxText>>10)

// eval evaluates the expression over operands that were gathered.
func (x *expression) eval(env map[string]any) (any, error) {
	return evaluation{x, env}.of(x.tree)
}

// An evaluation is one expression over its operands. What has no value, at whatever depth, is an error: nothing is
// compared, chosen or written that is none. Only what && || and ? : leave out is not looked at.
type evaluation struct {
	*expression
	env map[string]any
}

// of is the value of a part of the expression.
func (e evaluation) of(n ast.Node) (any, error) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		v := e.env[n.Value]
		if none, is := v.(absent); is {
			return nil, fmt.Errorf("%s %s", n.Value, none.why)
		}
		return v, nil
	case *ast.IntegerNode:
		return n.Value, nil
	case *ast.StringNode:
		return n.Value, nil
	case *ast.BoolNode:
		return n.Value, nil
	case *ast.ConstantNode:
		return n.Value, nil
	case *ast.UnaryNode:
		v, err := e.of(n.Node)
		if err != nil {
			return nil, err
		}
		return unary(n.Operator, v)
	case *ast.BinaryNode:
		return e.binary(n)
	case *ast.ConditionalNode:
		cond, err := e.of(n.Cond)
		switch {
		case err != nil:
			return nil, err
		case cond.(bool):
			return e.of(n.Exp1)
		}
		return e.of(n.Exp2)
	case *ast.ArrayNode:
		return e.all(n.Nodes)
	case *ast.MemberNode:
		return e.item(n)
	case *ast.CallNode:
		args, err := e.all(n.Arguments)
		if err != nil {
			return nil, err
		}
		return e.sigs[n.Callee.(*ast.IdentifierNode).Value].call(args...)
	}
	return nil, fmt.Errorf("%T has no value", n) // the resolver lets none of these pass
}

// all are the values of several parts, in order.
func (e evaluation) all(nodes []ast.Node) ([]any, error) {
	out := make([]any, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = e.of(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// item is one item of a list.
func (e evaluation) item(n *ast.MemberNode) (any, error) {
	v, err := e.of(n.Node)
	if err != nil {
		return nil, err
	}
	list, at := anyItems(v), n.Property.(*ast.IntegerNode).Value
	if at < 0 || at >= len(list) {
		return nil, fmt.Errorf("index out of range: %d, and the list has %s items", at, strconv.Itoa(len(list)))
	}
	return list[at], nil
}

// binary is the value of an operator between two values.
func (e evaluation) binary(n *ast.BinaryNode) (any, error) {
	left, err := e.of(n.Left)
	if err != nil {
		return nil, err
	}
	switch decided, both := left.(bool); n.Operator {
	case "&&", "and":
		if both && !decided {
			return false, nil
		}
		return e.of(n.Right)
	case "||", "or":
		if both && decided {
			return true, nil
		}
		return e.of(n.Right)
	case "matches":
		return e.patterns[n].MatchString(left.(string)), nil
	}
	right, err := e.of(n.Right)
	if err != nil {
		return nil, err
	}
	return binary(n.Operator, left, right)
}
