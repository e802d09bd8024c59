package plan

import (
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// QueryName is the file that problems of a query are placed in.
const QueryName = "expression"

// Ask compiles and evaluates an expression that somebody asks of a run: of one of its steps, or with a nil step of the run as a whole. It may name
// what any expression there may. The error is a [source.Errors] of what is wrong with the expression, or why it has no value.
func (r *Resolved) Ask(text string, s *Step, v fact.View) (expr.Answer, error) {
	p := r.Written()
	l := &loader{plan: p, index: make(map[string]int, len(p.Steps))}
	for i, one := range p.Steps {
		l.index[one.ID] = i
	}
	scope := l.scope()
	scope.MISDate = p.MISDate != nil
	at, bound := expr.InRunQuery, r.Steps[0].bound // the first step is no item, and binds but the indexes
	if s != nil {
		at, bound = in(s, expr.InQuery), s.bound
		if s.Parent != nil {
			scope.Loop = s.Parent.Each.known()
		}
	}
	q, errs := scope.Query(QueryName, text, at)
	for _, e := range errs {
		if s == nil && (strings.HasSuffix(e.Msg, "is known in the if of a step only") || strings.HasSuffix(e.Msg, "is not known here")) {
			e.Hint = "it is known of a step: name one with --step"
		}
	}
	if err := errs.Err(); err != nil {
		return expr.Answer{}, err
	}
	a, err := r.fixed.Answer(q.Bind(bound), v)
	if err != nil {
		var errs source.Errors
		errs.Add(source.Pos{File: QueryName}, "it has no value: %s", err)
		return a, errs.Err()
	}
	return a, nil
}
