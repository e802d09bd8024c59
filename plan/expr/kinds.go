package expr

import (
	"github.com/expr-lang/expr/ast"

	"ofsplan/plan/fact"
)

// Kinds tells for which kinds of failure a condition may hold and for which it may not. A kind in both sets depends on
// something else. Without a condition (nil) a rule holds for all.
func (c *Cond) Kinds() (may, mayNot fact.KindSet) {
	if c == nil {
		return fact.AllKinds(), 0
	}
	return kindsWhen(c.expr.program.Node())
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
