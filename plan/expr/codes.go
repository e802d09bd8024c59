package expr

import (
	"strings"

	"github.com/expr-lang/expr/ast"

	"ofsplan/ofs/callcode"
	"ofsplan/plan/fact"
)

// A code is a number that stands for a word, and some of its comparisons do not mean what they say: < 0 holds of what was
// interrupted, != 0 of what nothing was told of, == 7 of nothing. Such a one is kept for a warning.

// aboutCode keeps a comparison of a code, unless it asks, as exact does, for codes that the scheduler tells.
func (r *resolver) aboutCode(n *ast.BinaryNode, exact bool) {
	for _, side := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
		o := r.code(side[0])
		if o == nil {
			continue
		}
		name, bare := side[0].(*ast.IdentifierNode)
		if !exact || !bare || !codesOf(r.known(name.Value), side[1]) {
			r.codes = append(r.codes, Loose{o.name, r.pos(n)})
		}
		return
	}
}

// code finds a code in a value, and in what is calculated of it. What stands in a comparison of its own is looked at there.
func (r *resolver) code(n ast.Node) *operand {
	var parts []ast.Node
	switch n := n.(type) {
	case *ast.IdentifierNode:
		if o := r.known(n.Value); o != nil && o.kind == Int && strings.HasSuffix(o.name, ".code") && !strings.HasPrefix(o.name, "params.") {
			return o
		}
	case *ast.UnaryNode:
		parts = []ast.Node{n.Node}
	case *ast.BinaryNode:
		if strings.Contains("+-*/%", n.Operator) {
			parts = []ast.Node{n.Left, n.Right}
		}
	case *ast.ConditionalNode:
		parts = []ast.Node{n.Exp1, n.Exp2}
	case *ast.ArrayNode:
		parts = n.Nodes
	case *ast.CallNode:
		parts = n.Arguments
	}
	for _, part := range parts {
		if o := r.code(part); o != nil {
			return o
		}
	}
	return nil
}

// codesOf reports whether something is a code that the operand may be, or a list of such, written out.
func codesOf(o *operand, n ast.Node) bool {
	sign := 1
	switch at := n.(type) {
	case *ast.ArrayNode:
		for _, item := range at.Nodes {
			if !codesOf(o, item) {
				return false
			}
		}
		return true
	case *ast.UnaryNode:
		if n = at.Node; at.Operator == "-" {
			sign = -1
		}
	}
	number, ok := n.(*ast.IntegerNode)
	if !ok {
		return false
	}
	code := sign * number.Value
	ofCall := strings.HasSuffix(o.name, "failure.code") && callcode.Meaning(code) != ""
	return ofCall || callcode.State(code) != "" || code == fact.NothingTold
}
