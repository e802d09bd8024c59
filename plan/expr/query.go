package expr

import (
	"strings"
	"unicode/utf8"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// A Query is an expression that somebody asks of a run, and that stands in no plan.
type Query struct {
	expr  *expression
	bound *Bound
}

// Bind is the query in one step of a run.
func (q *Query) Bind(b *Bound) *Query { return &Query{q.expr, b} }

// An Answer is what a query came to.
type Answer struct {
	Kind  string      // "text", "a whole number", …
	Text  string      // as it would go out; of what a sensitive parameter goes into "[redacted]"
	Items []string    // of a list
	List  bool        // it is one
	Read  []fact.Seen // what the expression read, in the order of first mention
}

// InQuery is where a query about a step stands: it may name all that any expression of the step may.
const InQuery = InFailure | nameNeeds | nameSecret

// InRunQuery is where a query stands that is about no step.
const InRunQuery = InStep | nameOutcome | nameSecret

// Query compiles an expression that is bare or in one ${{ }}. Problems are placed in that text, as in a file of this name.
func (s *Scope) Query(name, text string, at Place) (*Query, source.Errors) {
	begin := 0
	whole := text
	if Has(text) {
		parts, problems := split(&source.Node{Kind: source.Scalar, Value: text, Pos: source.Pos{File: name, Line: 1, Col: 1}})
		only, ok := onlyExpression(parts)
		if len(problems) == 0 && !ok {
			problems.Add(source.Pos{File: name, Line: 1, Col: 1}, "one expression is wanted, without text around it").Hint = "leave ${{ and }} away"
		}
		if len(problems) > 0 {
			return nil, problems
		}
		text, begin = only.text, only.offset
	}
	x, errs := s.compile(text, at, func(offset int) source.Pos { return placeIn(name, whole, begin+offset) })
	if x == nil || len(errs) > 0 { // it is no pinned plan: what a later release refuses is refused
		return nil, errs
	}
	return &Query{expr: x}, nil
}

// placeIn is the line and column of a byte of a text.
func placeIn(name, text string, offset int) source.Pos {
	before := text[:min(max(offset, 0), len(text))]
	line := strings.LastIndexByte(before, '\n')
	return source.Pos{File: name, Line: strings.Count(before, "\n") + 1, Col: utf8.RuneCountInString(before[line+1:]) + 1}
}

// Answer evaluates a query. A sensitive parameter in it is not evaluated, and nothing is told of what the query comes to.
func (f *Fixed) Answer(q *Query, v fact.View) (Answer, error) {
	x := q.expr
	a := Answer{Kind: x.kind.String(), List: x.kind == List}
	if x.sealed {
		a.Text, a.List = secret.Redacted, false
		return a, nil
	}
	env := x.read(&facts{f, v, q.bound})
	for _, o := range x.operands {
		text, err := seen(env[o.name])
		if err != nil {
			return a, err
		}
		a.Read = append(a.Read, fact.Seen{Name: o.name, Value: text})
	}
	out, err := x.eval(env)
	if err != nil {
		return a, err
	}
	if a.List {
		if a.Items, err = texts(out); err != nil {
			return a, err
		}
	}
	a.Text, err = TextOf(out)
	return a, err
}
