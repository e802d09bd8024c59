package plan

import (
	"ofsplan/internal/source"
	"ofsplan/plan/expr"
)

// scope is what the expressions of the plan may name: its parameters, and the ids of its steps.
func (l *loader) scope() *expr.Scope {
	sc := expr.New(l.plan.Calendar)
	for i := range l.plan.Params {
		p := &l.plan.Params[i]
		sc.Params[p.Name] = expr.Param{Kind: p.Type.kind(), Enum: p.values(), Sensitive: p.Sensitive}
	}
	sc.Step = func(id string) (int, bool) { i, ok := l.index[id]; return i, ok }
	sc.StepIDs = l.stepIDs
	return sc
}

// stepIDs lists the ids for a suggestion. Past the first 20 it lists none: a suggestion compares a text with every id, so that a
// large plan full of unknown ids would take minutes.
func (l *loader) stepIDs() []string {
	const most = 20
	if l.hinted++; l.hinted > most {
		return nil
	}
	ids := make([]string, len(l.plan.Steps))
	for i, s := range l.plan.Steps {
		ids[i] = s.ID
	}
	return ids
}

// kind is what a parameter of this type is in expressions.
func (t ParamType) kind() expr.Kind {
	switch t {
	case ParamInt:
		return expr.Int
	case ParamNumber:
		return expr.Number
	case ParamBool:
		return expr.Bool
	case ParamDate, ParamBusinessDate:
		return expr.Time
	case ParamList:
		return expr.List
	}
	return expr.Text
}

// values are the only texts a parameter can hold; nil when there is no such list.
func (p *Param) values() []string {
	if p.Type != ParamString {
		return nil
	}
	return p.Enum
}

// in is that place in step s.
func in(s *Step, at expr.Place) expr.Place {
	if s.Finally {
		return at | expr.InFinally
	}
	return at
}

// cond compiles a condition of a step, and keeps which steps it names.
func (l *loader) cond(n *source.Node, what string, s *Step, at expr.Place) *expr.Cond {
	if n = l.Scalar(n, what); n == nil {
		return nil
	}
	c, errs := l.names.Cond(n, in(s, at))
	l.Errors = append(l.Errors, errs...)
	if c != nil {
		l.use(s, c.Refs())
	}
	return c
}

// value compiles a value of a step, and keeps which steps it names.
func (l *loader) value(n *source.Node, s *Step, at expr.Place) *expr.Value {
	v, errs := l.names.Value(n, in(s, at))
	l.Errors = append(l.Errors, errs...)
	if v != nil {
		l.use(s, v.Refs())
	}
	return v
}

func (l *loader) use(s *Step, refs []expr.Ref) {
	for _, r := range refs {
		l.uses = append(l.uses, use{query{s.Index, r.Step}, r.Pos, ""})
	}
}
