package expr

import (
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// A Cond is a condition of the plan, compiled: true or false for every view. It never changes.
type Cond struct {
	text string // as written
	pos  source.Pos
	expr *expression

	bound *Bound // nil: as it was written
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

// SpeaksOfFailure reports whether the condition calls failed() or always(), so that it may hold after a failure.
func (c *Cond) SpeaksOfFailure() bool {
	return slices.ContainsFunc(c.expr.operands, func(o operand) bool { return o.name == "failed()" || o.name == "always()" })
}

// WantsFailure reports whether the condition calls failed() and neither always() nor succeeded(): while nothing has failed it
// hardly holds.
func (c *Cond) WantsFailure() bool {
	wants := false
	for _, o := range c.expr.operands {
		switch o.name {
		case "failed()":
			wants = true
		case "always()", "succeeded()":
			return false
		}
	}
	return wants
}

// Refs are the steps the condition names, in the order of first mention.
func (c *Cond) Refs() []Ref { return c.bound.refs(c.expr.refs) }

// Cond compiles a condition: an expression, bare or in ${{ }}, that is true or false. Its problems come in file order, and
// the condition is nil then, unless all of them are [source.Error.FilesOnly].
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
	if x != nil && x.kind != Bool {
		errs.Add(n.At(offset+leading(text)), "a condition must be true or false, but this is %s", x.kind).Hint = boolHint(x)
	}
	if errs = cutHint(n, errs); len(errs.Pinned()) > 0 {
		return nil, errs
	}
	return &Cond{text: strings.TrimSpace(text), pos: n.Pos, expr: x}, errs
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

// Kinds tells for which kinds of failure a condition may hold and for which it may not. A kind in both sets depends on
// something else. Without a condition (nil) a rule holds for all.
func (c *Cond) Kinds() (may, mayNot fact.KindSet) {
	if c == nil {
		return fact.AllKinds(), 0
	}
	return kindsWhen(c.expr.tree)
}

// Elapsed is how long an attempt must last before the condition may hold, as far as it compares elapsed with durations that are written
// out; 0: it may hold at once.
func (c *Cond) Elapsed() time.Duration { return elapsedIn(c.expr.tree) }

// elapsedIn tells it of a part of a condition.
func elapsedIn(n ast.Node) time.Duration {
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		return 0
	}
	left, right, operator := b.Left, b.Right, b.Operator
	switch operator {
	case "&&", "and":
		return max(elapsedIn(left), elapsedIn(right))
	case "||", "or":
		return min(elapsedIn(left), elapsedIn(right))
	case "<", "<=": // a < b is b > a
		left, right, operator = right, left, map[string]string{"<": ">", "<=": ">="}[operator]
	}
	name, is := left.(*ast.IdentifierNode)
	call, does := right.(*ast.CallNode)
	if !is || !does || name.Value != "elapsed" || operator != ">" && operator != ">=" {
		return 0
	}
	text, written := call.Arguments[0].(*ast.StringNode)
	if !written { // duration is the only function that gives one
		return 0
	}
	d, err := source.Duration(text.Value)
	switch {
	case err != nil:
		return 0
	case operator == ">=":
		return d - 1
	}
	return d
}

// kindsWhen tells it of a part of a condition.
func kindsWhen(n ast.Node) (yes, no fact.KindSet) {
	all := fact.AllKinds()
	switch n := n.(type) {
	case *ast.BoolNode:
		if n.Value {
			return all, 0
		}
		return 0, all
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			no, yes = kindsWhen(n.Node)
			return yes, no
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			aYes, aNo := kindsWhen(n.Left)
			bYes, bNo := kindsWhen(n.Right)
			return aYes & bYes, aNo | bNo
		case "or", "||":
			aYes, aNo := kindsWhen(n.Left)
			bYes, bNo := kindsWhen(n.Right)
			return aYes | bYes, aNo & bNo
		case "==", "!=", "in":
			if set, ok := kindsNamed(n); ok {
				if n.Operator == "!=" {
					return all &^ set, set
				}
				return set, all &^ set
			}
		}
	}
	return all, all
}

// kindsNamed are the kinds that failure.kind is compared with; false for any other comparison.
func kindsNamed(n *ast.BinaryNode) (fact.KindSet, bool) {
	left, right := n.Left, n.Right
	if _, ok := right.(*ast.IdentifierNode); ok {
		left, right = right, left
	}
	if name, ok := left.(*ast.IdentifierNode); !ok || name.Value != "failure.kind" {
		return 0, false
	}
	items := []ast.Node{right}
	if list, ok := right.(*ast.ArrayNode); ok {
		items = list.Nodes
	}
	var set fact.KindSet
	for _, item := range items {
		text, ok := item.(*ast.StringNode)
		if !ok {
			return 0, false
		}
		set |= fact.SetOf(fact.FailureKind(text.Value))
	}
	return set, true
}
