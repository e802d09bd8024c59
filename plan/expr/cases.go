package expr

import (
	"math"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
)

// cases are all that what a condition reads can be, as far as it matters for it.
type cases struct {
	r        *resolver
	subjects []subject
	at       map[string]int // their indexes, by how they are written
	chosen   []int          // the case at hand: of each subject one of its values
	unclear  bool           // it holds what is not looked at: nothing is said
}

// A subject is something that is compared, or is true or false.
type subject struct {
	literals []any    // what it is compared with, in order; nil: it is true or false by itself, or compared with what is not written out
	ordered  bool     // it may lie between them
	words    []string // the only texts it can be; nil: there are others
	size     int      // how many values there are to try
}

// worthwhile reports whether a condition has more in it than one comparison.
func (c *cases) worthwhile(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryNode:
		return n.Operator == "&&" || n.Operator == "||" || n.Operator == "and" || n.Operator == "or" || n.Operator == "in" || c.written(n)
	case *ast.UnaryNode:
		return c.worthwhile(n.Node)
	case *ast.ConditionalNode:
		return true
	}
	return false
}

// written reports whether a part reads nothing: it is what is written there.
func (c *cases) written(n ast.Node) bool {
	f := nameFinder{}
	ast.Walk(&n, &f)
	return !slices.ContainsFunc(f.names, func(name string) bool { return c.r.known(name) != nil })
}

// value is what a part comes to that reads nothing.
func (c *cases) value(n ast.Node) (any, bool) {
	if !c.written(n) {
		return nil, false
	}
	v, err := evaluation{&expression{sigs: c.r.scope.sigs, patterns: c.r.patterns}, nil}.of(n)
	return v, err == nil
}

// constant tries all cases.
func (c *cases) constant(n ast.Node) (holds, constant bool) {
	c.gather(n)
	all := 1
	for i := range c.subjects {
		s := &c.subjects[i]
		s.settle()
		if all *= s.size; all > mostCases || s.size == 0 {
			return false, false
		}
	}
	if c.unclear {
		return false, false
	}
	c.chosen = make([]int, len(c.subjects))
	for number := range all {
		rest := number
		for i, s := range c.subjects {
			c.chosen[i], rest = rest%s.size, rest/s.size
		}
		out := c.of(n)
		if c.unclear || number > 0 && out != holds {
			return false, false
		}
		holds = out
	}
	return holds, true
}

// gather finds the subjects of a part that is true or false.
func (c *cases) gather(n ast.Node) {
	switch n := n.(type) {
	case *ast.BoolNode:
		return
	case *ast.UnaryNode:
		c.gather(n.Node)
		return
	case *ast.ConditionalNode:
		c.gather(n.Cond)
		c.gather(n.Exp1)
		c.gather(n.Exp2)
		return
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&", "||", "and", "or":
			c.gather(n.Left)
			c.gather(n.Right)
			return
		case "==", "!=", "<", "<=", ">", ">=", "in":
			if c.comparison(n) {
				return
			}
		}
	}
	if _, written := c.value(n); !written {
		c.subject(n.String(), nil)
	}
}

// comparison finds the subject of a comparison; false when it is none that is looked into.
func (c *cases) comparison(n *ast.BinaryNode) bool {
	if _, written := c.value(n); written {
		return true
	}
	it, literals, _, ok := c.apart(n)
	if !ok {
		return false
	}
	s := c.subject(it.String(), it)
	s.literals = append(s.literals, literals...)
	return true
}

// apart takes a comparison of something with what is written out apart. With swapped the literal stands on the left.
func (c *cases) apart(n *ast.BinaryNode) (it ast.Node, literals []any, swapped, ok bool) {
	if n.Operator == "in" {
		list, is := n.Right.(*ast.ArrayNode)
		if !is || c.written(n.Left) {
			return nil, nil, false, false
		}
		for _, item := range list.Nodes {
			v, written := c.value(item)
			if !written {
				return nil, nil, false, false
			}
			literals = append(literals, v)
		}
		return n.Left, literals, false, comparable(literals)
	}
	it, other := n.Left, n.Right
	if c.written(it) {
		it, other, swapped = other, it, true
	}
	v, written := c.value(other)
	if _, text := v.(string); text && n.Operator != "==" && n.Operator != "!=" {
		return nil, nil, false, false // texts are looked into as words, which have no order
	}
	return it, []any{v}, swapped, written && comparable([]any{v})
}

// comparable reports whether values are such that are looked into.
func comparable(values []any) bool {
	return !slices.ContainsFunc(values, func(v any) bool {
		switch v.(type) {
		case string, bool, int, Decimal, Date, time.Time, time.Duration:
			return false
		}
		return true
	})
}

// subject is the one that is written so. With it nil, it is true or false by itself.
func (c *cases) subject(text string, it ast.Node) *subject {
	i, known := c.at[text]
	if !known {
		i = len(c.subjects)
		c.at[text] = i
		c.subjects = append(c.subjects, subject{})
		if it != nil {
			c.subjects[i].words = c.words(it)
		}
	}
	return &c.subjects[i]
}

// words are the only texts that something can be, by the language. Those of a parameter or of an item of a list may be more tomorrow.
func (c *cases) words(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		if o := c.r.known(n.Value); o != nil && !o.root.fixed {
			return o.typed().words
		}
	case *ast.CallNode:
		scratch := *c.r
		scratch.errs, scratch.named, scratch.codes = nil, nil, nil
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok && (callee.Value == "weekday" || callee.Value == "format") {
			return scratch.check(n).words
		}
	}
	return nil
}

// settle orders what a subject is compared with, and counts its values.
func (s *subject) settle() {
	if s.literals == nil {
		s.size = 2
		return
	}
	switch s.literals[0].(type) {
	case bool:
		s.size = 2
	case string:
		for _, v := range s.literals {
			if word, ok := v.(string); ok && !slices.Contains(s.words, word) && s.words != nil {
				s.words = nil // reported already
			}
		}
		s.literals = distinct(s.literals)
		if s.size = len(s.literals) + 1; s.words != nil {
			s.literals = s.literals[:0]
			for _, word := range s.words {
				s.literals = append(s.literals, word)
			}
			s.size = len(s.words)
		}
	default:
		s.ordered = true
		s.literals = distinct(s.literals)
		slices.SortFunc(s.literals, func(a, b any) int { return ranked(a, b) })
		s.size = 2*len(s.literals) + 1
	}
}

// distinct are values, each once.
func distinct(values []any) []any {
	var out []any
	for _, v := range values {
		if !slices.ContainsFunc(out, func(w any) bool { return same(v, w) }) {
			out = append(out, v)
		}
	}
	return out
}

func same(a, b any) bool {
	equal, err := binary("==", a, b)
	return err == nil && equal == true
}

// ranked compares two values of one kind.
func ranked(a, b any) int {
	if less, err := binary("<", a, b); err == nil && less == true {
		return -1
	}
	if same(a, b) {
		return 0
	}
	return 1
}

// of is what a part comes to in the case at hand.
func (c *cases) of(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BoolNode:
		return n.Value
	case *ast.UnaryNode:
		return !c.of(n.Node)
	case *ast.ConditionalNode:
		if c.of(n.Cond) {
			return c.of(n.Exp1)
		}
		return c.of(n.Exp2)
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&", "and":
			return c.of(n.Left) && c.of(n.Right)
		case "||", "or":
			return c.of(n.Left) || c.of(n.Right)
		case "==", "!=", "<", "<=", ">", ">=", "in":
			if out, ok := c.compare(n); ok {
				return out
			}
		}
	}
	if v, written := c.value(n); written {
		out, is := v.(bool)
		c.unclear = c.unclear || !is
		return out
	}
	i, known := c.at[n.String()]
	if !known || c.subjects[i].literals != nil && !c.subjects[i].truth() {
		c.unclear = true
		return false
	}
	return c.chosen[i] == 1
}

// truth reports whether a subject is true or false.
func (s *subject) truth() bool {
	if len(s.literals) == 0 {
		return true
	}
	_, is := s.literals[0].(bool)
	return is
}

// compare is a comparison in the case at hand; false when it is none that is looked into.
func (c *cases) compare(n *ast.BinaryNode) (out, ok bool) {
	if v, written := c.value(n); written {
		out, ok = v.(bool)
		return out, ok
	}
	it, literals, swapped, ok := c.apart(n)
	if !ok {
		return false, false
	}
	i := c.at[it.String()]
	if n.Operator == "in" {
		return slices.ContainsFunc(literals, func(v any) bool { return c.place(i, v) == 0 }), true
	}
	place := c.place(i, literals[0])
	if swapped {
		place = -place
	}
	switch n.Operator {
	case "==":
		return place == 0, true
	case "!=":
		return place != 0, true
	case "<":
		return place < 0, true
	case "<=":
		return place <= 0, true
	case ">":
		return place > 0, true
	}
	return place >= 0, true
}

// place compares what a subject is in the case at hand with a value: below, the same or above.
func (c *cases) place(i int, v any) int {
	s := &c.subjects[i]
	if truth, is := v.(bool); is || s.truth() {
		if !is {
			c.unclear = true
		}
		if (c.chosen[i] == 1) == truth {
			return 0
		}
		return 1
	}
	at := slices.IndexFunc(s.literals, func(w any) bool { return same(v, w) })
	switch {
	case at < 0: // a word it can never be, which is reported
		c.unclear = true
		return math.MaxInt
	case s.ordered:
		return c.chosen[i] - (2*at + 1)
	case c.chosen[i] == at:
		return 0
	}
	return 1
}
