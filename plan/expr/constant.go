package expr

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/source"
)

// Some conditions hold always or never, whatever the night brings: steps.load.outcome == "failed" && steps.load.outcome == "skipped".
// That is found by trying every case there is. Of what is compared with values that are written out, the cases are those values and
// what lies between and beside them; everything else may be true or false as it likes. So a condition is called constant only when it is, and many that
// are go unnoticed.

// A Constant is a condition, or a part of one, that comes to the same in every case.
type Constant struct {
	Pos   source.Pos
	Text  string // of the part; empty: it is the whole condition
	Holds bool   // in every case; else in none
	Hint  string
}

// mostCases bounds how many cases are tried.
const mostCases = 4096

// constants keeps which parts of a condition are constant. The tree has been checked.
func (r *resolver) constants(n ast.Node) {
	c := cases{r: r, at: make(map[string]int)}
	if bare(n) || !c.worthwhile(n) {
		return
	}
	if holds, constant := c.constant(n); constant {
		r.constant = append(r.constant, Constant{Pos: r.placed(leading(r.text)), Holds: holds, Hint: constantHint(n, holds)})
		return
	}
	for _, part := range sides(n) {
		if holds, constant := (&cases{r: r, at: make(map[string]int)}).constant(part.n); constant && holds == part.useless && !bare(part.n) {
			r.constant = append(r.constant, Constant{r.pos(leftmost(part.n)), source.Short(part.n.String()), holds, constantHint(part.n, holds)})
		}
	}
}

// bare reports a condition that says outright what it comes to: true, false, or always().
func bare(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BoolNode, *ast.IdentifierNode:
		return true
	case *ast.UnaryNode:
		return bare(n.Node)
	}
	return false
}

// A side is a part of a condition that would better not be there: it never holds beside ||, or always beside &&.
type side struct {
	n       ast.Node
	useless bool
}

// sides are the parts that && and || at the top stand between.
func sides(n ast.Node) []side {
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		return nil
	}
	switch b.Operator {
	case "||", "or":
		return append(inner(b.Left, b.Operator, false), inner(b.Right, b.Operator, false)...)
	case "&&", "and":
		return append(inner(b.Left, b.Operator, true), inner(b.Right, b.Operator, true)...)
	}
	return nil
}

func inner(n ast.Node, operator string, useless bool) []side {
	if b, ok := n.(*ast.BinaryNode); ok && b.Operator == operator {
		return append(inner(b.Left, operator, useless), inner(b.Right, operator, useless)...)
	}
	return []side{{n, useless}}
}

// leftmost is the part of a condition that is written first.
func leftmost(n ast.Node) ast.Node {
	if b, ok := n.(*ast.BinaryNode); ok {
		return leftmost(b.Left)
	}
	return n
}

// constantHint says what was meant, most likely.
func constantHint(n ast.Node, holds bool) string {
	b, ok := n.(*ast.BinaryNode)
	switch {
	case ok && !holds && (b.Operator == "&&" || b.Operator == "and"):
		if strings.Contains(b.Left.String(), "==") && strings.Contains(b.Right.String(), "==") {
			return "&& wants both sides at once: perhaps || is meant, or a list, as in x in [\"a\", \"b\"]"
		}
		return "&& wants both sides at once: perhaps || is meant"
	case ok && holds && (b.Operator == "||" || b.Operator == "or"):
		return "|| is content with one side: perhaps && is meant"
	}
	return ""
}

// String says what is wrong with the condition.
func (c Constant) String() string {
	what, does := "this condition", "never holds"
	if c.Text != "" {
		what = fmt.Sprintf("a part of this condition, %s,", c.Text)
	}
	if c.Holds {
		does = "always holds"
	}
	return fmt.Sprintf("%s %s, whatever the night brings", what, does)
}
