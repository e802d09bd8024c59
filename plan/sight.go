package plan

import (
	"ofsplan/internal/source"
)

// What an expression may see depends on where it stands. Here the loader says so, step by step.

// newScope makes what every expression of the plan starts from: its parameters, and the ids of its steps.
func newScope(l *loader) *scope {
	params := make(map[string]paramInfo, len(l.plan.Params))
	for i := range l.plan.Params {
		p := &l.plan.Params[i]
		params[p.Name] = paramInfo{kind: p.Type.kind(), enum: p.words(), sensitive: p.Sensitive}
	}
	return &scope{
		lang: newLanguage(l.plan.Calendar), params: params,
		step:    func(id string) (int, bool) { i, ok := l.index[id]; return i, ok },
		stepIDs: l.stepIDs,
	}
}

// stepIDs lists the ids for a suggestion, as long as suggestions are still worth their cost: each compares
// a word with every id, and who made more slips has hints enough.
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
func (t ParamType) kind() kind {
	switch t {
	case ParamInt:
		return kindInt
	case ParamNumber:
		return kindNumber
	case ParamBool:
		return kindBool
	case ParamDate, ParamBusinessDate:
		return kindTime
	case ParamList:
		return kindList
	}
	return kindText
}

// words are the only texts a parameter can hold; nil when there is no such list.
func (p *Param) words() []string {
	if p.Type != ParamString {
		return nil
	}
	return p.Enum
}

// scope is what an expression of step s may see.
func (l *loader) scope(s *Step, more names) *scope {
	known := nameSteps | more
	if l.plan.MISDate != nil {
		known |= nameMISDate
	}
	if s.Finally {
		known |= nameFailure | nameOutcome
	}
	return l.env.with(known)
}

// What conditions see beside the names that every expression of a step sees.
const (
	inIf      = nameNeeds
	inWatch   = nameRun
	inFailure = nameRun | nameFailure
)

// cond compiles a condition of a step, and keeps which steps it names.
func (l *loader) cond(n *source.Node, what string, s *Step, more names) *Cond {
	if n = l.Scalar(n, what); n == nil {
		return nil
	}
	c, errs := compileCond(n, l.scope(s, more))
	l.Errors = append(l.Errors, errs...)
	if c != nil {
		l.use(s, c.refs())
	}
	return c
}

// value compiles a value of a step, and keeps which steps it names.
func (l *loader) value(n *source.Node, s *Step) *Value {
	v, errs := compileValue(n, l.scope(s, 0))
	l.Errors = append(l.Errors, errs...)
	if v != nil {
		l.use(s, v.refs())
	}
	return v
}

func (l *loader) use(s *Step, refs []stepRef) {
	for _, r := range refs {
		l.uses = append(l.uses, use{query{s.Index, r.step}, r.pos, ""})
	}
}

// misdate compiles the plan's date: a date, or an expression over what is fixed when the run starts.
func (l *loader) misdate(n *source.Node) *Value {
	if n = l.Scalar(n, `"misdate" of the plan`); n == nil {
		return nil
	}
	v, errs := compileValue(n, l.env)
	l.Errors = append(l.Errors, errs...)
	if v == nil {
		return nil
	}
	if text, ok := v.Literal(); ok {
		if _, err := readDate(text); err != nil {
			l.Add(n.Pos, `"misdate" of the plan: %s`, err)
		}
	} else if k := v.kind(); k != kindTime && k != kindText {
		l.Add(n.Pos, `"misdate" of the plan must be a date, but this is %s`, k)
	}
	return v
}

// literalValue is a value that was a key, where there are no expressions.
func literalValue(text string, pos source.Pos) *Value { return &Value{text: text, pos: pos} }
