package expr

import (
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"

	"ofsplan/plan/fact"
)

// A sketcher finds the largest settled parts of one expression, which was checked and is not fixed.
type sketcher struct{ whole *expression }

// operand is the operand of that name, or nil: the name is that of a function.
func (s sketcher) operand(name string) *operand {
	at := slices.IndexFunc(s.whole.operands, func(o operand) bool { return o.name == name })
	if at < 0 {
		return nil
	}
	return &s.whole.operands[at]
}

// sketch is the part that begins at n.
func (s sketcher) sketch(n ast.Node) *early {
	switch n := n.(type) {
	case *ast.StringNode:
		return &early{literal: n.Value}
	case *ast.IntegerNode:
		return &early{literal: n.Value}
	case *ast.ConstantNode:
		return &early{literal: n.Value}
	case *ast.BoolNode:
		return &early{literal: n.Value}
	case *ast.ArrayNode:
		if !slices.ContainsFunc(n.Nodes, func(item ast.Node) bool { _, is := literalText(item); return !is }) {
			return nil
		}
	case *ast.IdentifierNode:
		if o := s.operand(n.Value); !o.root.fixed {
			return &early{told: toldOf(*o, nil)}
		}
	}
	if operands, fixed := s.reads(n); fixed {
		part := *s.whole
		part.tree, part.operands, part.early = n, operands, nil
		return &early{settled: &part}
	}
	return s.below(n)
}

// below is a part that is not settled as a whole.
func (s sketcher) below(n ast.Node) *early {
	k := &early{}
	var nodes []ast.Node
	switch n := n.(type) {
	case *ast.UnaryNode:
		if nodes = []ast.Node{n.Node}; n.Operator == "!" || n.Operator == "not" {
			k.op = "!"
		}
	case *ast.BinaryNode:
		nodes = []ast.Node{n.Left, n.Right}
		switch n.Operator {
		case "&&", "and":
			k.op = "&&"
		case "||", "or":
			k.op = "||"
		default:
			k.told = s.compared(n)
		}
	case *ast.ConditionalNode:
		k.op, nodes = "?:", []ast.Node{n.Cond, n.Exp1, n.Exp2}
	case *ast.CallNode:
		nodes = n.Arguments
	case *ast.ArrayNode:
		nodes = n.Nodes
	case *ast.MemberNode:
		nodes = []ast.Node{n.Node, n.Property}
	}
	for _, node := range nodes {
		k.parts = append(k.parts, s.sketch(node))
	}
	return k
}

// reads lists the operands that stand in a part, and reports whether all of them are fixed.
func (s sketcher) reads(n ast.Node) ([]operand, bool) {
	f := nameFinder{}
	ast.Walk(&n, &f)
	var all []operand
	for _, name := range f.names {
		o := s.operand(name)
		if o == nil {
			continue // the name of a function
		}
		if !o.root.fixed {
			return nil, false
		}
		if !slices.ContainsFunc(all, func(p operand) bool { return p.name == name }) {
			all = append(all, *o)
		}
	}
	return all, true
}

type nameFinder struct{ names []string }

// Visit is called for each node, the inner ones first.
func (f *nameFinder) Visit(n *ast.Node) {
	if name, ok := (*n).(*ast.IdentifierNode); ok {
		f.names = append(f.names, name.Value)
	}
}

// compared is what is known of a name that is compared with texts, whole numbers, or true and false; nil for any other
// comparison.
func (s sketcher) compared(n *ast.BinaryNode) func(*earlyFacts) any {
	left, right := n.Left, n.Right
	if _, ok := right.(*ast.IdentifierNode); ok && n.Operator != "in" {
		left, right = right, left
	}
	name, ok := left.(*ast.IdentifierNode)
	if !ok || n.Operator != "==" && n.Operator != "!=" && n.Operator != "in" {
		return nil
	}
	items := []ast.Node{right}
	if list, ok := right.(*ast.ArrayNode); ok {
		items = list.Nodes
	}
	var texts []string
	for _, item := range items {
		text, ok := literalText(item)
		if !ok {
			return nil
		}
		texts = append(texts, text)
	}
	return toldOf(*s.operand(name.Value), func(v any) any {
		text, err := TextOf(v)
		if err != nil {
			return nil
		}
		return slices.Contains(texts, text) == (n.Operator != "!=")
	})
}

// literalText is a literal as [TextOf] writes its value.
func literalText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode:
		return strconv.Itoa(n.Value), true
	case *ast.BoolNode:
		return strconv.FormatBool(n.Value), true
	}
	return "", false
}

// toldOf is what test makes of an operand that is known, though not fixed: what a step tells that does not run, and what a step
// without a bad need hears of its needs. Nil tests for true itself.
func toldOf(o operand, test func(any) any) func(*earlyFacts) any {
	if test == nil {
		test = func(v any) any { return v }
	}
	return func(m *earlyFacts) any {
		switch {
		case o.name == "always()" || m.Good && o.root == needsRoot:
			return test(o.read(&facts{m.fixed, fact.View{AllGood: true}, m.bound}))
		case o.at == nil || m.Idle == nil:
			return nil
		}
		step, there := o.at(m.facts)
		if !there {
			return nil
		}
		var told any
		for i, outcome := range m.Idle(step) {
			view := fact.View{Step: func(int) fact.Step { return fact.Step{Outcome: outcome} }}
			out := test(o.read(&facts{m.fixed, view, m.bound}))
			if _, ok := out.(bool); !ok || i > 0 && out != told {
				return nil
			}
			told = out
		}
		return told
	}
}
