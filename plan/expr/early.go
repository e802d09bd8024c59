package expr

import (
	"ofsplan/plan/fact"
)

// An Early is what is known, when a run starts, beside what is fixed for all of it. The zero value knows nothing.
type Early struct {
	// Idle lists the outcomes that a step may come to which is known not to run; none for a step that may run. Such a step
	// tells nothing but its outcome.
	Idle func(step int) []fact.Outcome
	// Good is true when every need of the step whose expression is judged counts as good whatever the night brings.
	Good bool
}

// A Verdict is what can be said of a condition when a run starts.
type Verdict int

// The verdicts. Undecided is one that only the night brings.
const (
	Undecided Verdict = iota
	Never             // whatever the night brings, it does not hold
	Always            // whatever the night brings, it holds
)

// Judge judges a condition as far as that is possible when the run starts. The error is that of a part which is settled by
// then, has no value, and is not ruled out by what stands before it under && , || or ? :. It names the place in the plan.
func (f *Fixed) Judge(c *Cond, e Early) (Verdict, error) {
	out, err := c.expr.judge(&earlyFacts{&facts{fixed: f, bound: c.bound}, e})
	if err != nil {
		return Undecided, evaluating(c.pos, c.text, err)
	}
	switch out {
	case true:
		return Always, nil
	case false:
		return Never, nil
	}
	return Undecided, nil
}

// Ends judges a value as Judge does a condition, and lists the texts it may come to, as far as they are settled: of a value
// that is settled its text, of one that chooses between texts those that may be chosen. What is sealed is left alone.
func (f *Fixed) Ends(v *Value, e Early) ([]string, error) {
	if v.Fixed() {
		text, err := f.Text(v, fact.View{})
		return []string{text}, err
	}
	m := &earlyFacts{&facts{fixed: f, bound: v.bound}, e}
	for _, p := range v.parts {
		if p.expr == nil || p.sealed > 0 {
			continue
		}
		if _, err := p.expr.judge(m); err != nil {
			return nil, evaluating(v.pos, v.cited(), err)
		}
	}
	if len(v.parts) > 1 {
		return nil, nil
	}
	var texts []string
	for _, end := range v.parts[0].expr.early.ends(m) {
		text, err := TextOf(end)
		if err != nil {
			return nil, evaluating(v.pos, v.cited(), err)
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// Known is what a condition reads of that which is settled when the run starts.
func (f *Fixed) Known(c *Cond) fact.Evidence {
	ev := fact.Evidence{Expr: c.text, At: c.pos.String()}
	for _, o := range c.expr.operands {
		if !o.root.fixed {
			continue
		}
		if text, err := TextOf(o.read(&facts{fixed: f, bound: c.bound})); err == nil {
			ev.Values = append(ev.Values, fact.Seen{Name: o.name, Value: text})
		}
	}
	return ev
}

// earlyFacts are what is known when a run starts.
type earlyFacts struct {
	*facts
	Early
}

// judge is the value of an expression when that is settled, and nil otherwise. Every part that is settled is evaluated, unless
// what stands before it rules it out.
func (x *expression) judge(m *earlyFacts) (any, error) {
	if x.fixed() {
		return x.eval(x.read(m.facts))
	}
	return x.early.judge(m)
}

// An early is a part of an expression that is not settled as a whole, by the largest parts in it that are. Nil is one in
// which there are none.
//
//	params.extra != "" && steps.load.code in [0, params.n]      &&
//	└──── settled ───┘    └──── below ────────┘ settled         ├─ params.extra != ""
//	                                                            └─ below ── [0, params.n]
type early struct {
	op      string                // "&&", "||", "!" or "?:"; empty: one of the kinds below
	parts   []*early              // of the operator; else what stands below, in the order in which it is evaluated
	settled *expression           // it reads only what is fixed
	literal any                   // it stands for itself
	told    func(*earlyFacts) any // what is known of it all the same; nil is nothing
}

// judge is the value of the part; nil when only the night tells it.
func (k *early) judge(m *earlyFacts) (any, error) {
	switch {
	case k == nil:
		return nil, nil
	case k.settled != nil:
		return k.settled.judge(m)
	case k.literal != nil:
		return k.literal, nil
	}
	switch k.op {
	case "&&":
		return k.both(m, false)
	case "||":
		return k.both(m, true)
	case "!":
		out, err := k.parts[0].judge(m)
		if is, ok := out.(bool); ok {
			return !is, err
		}
		return nil, err
	case "?:":
		return k.choose(m)
	}
	for _, part := range k.parts {
		if _, err := part.judge(m); err != nil {
			return nil, err
		}
	}
	if k.told != nil {
		return k.told(m), nil
	}
	return nil, nil
}

// both is && or ||, where one side with that value decides. The right side is ruled out when the left decides; when the
// right decides, the left is evaluated all the same.
func (k *early) both(m *earlyFacts, decides bool) (any, error) {
	left, err := k.parts[0].judge(m)
	if err != nil || left == decides {
		return left, err
	}
	right, err := k.parts[1].judge(m)
	switch {
	case err != nil:
		return nil, err
	case right == decides || left != nil:
		return right, nil
	}
	return nil, nil
}

// choose is a ? b : c. While a is not known, both b and c may be evaluated.
func (k *early) choose(m *earlyFacts) (any, error) {
	cond, err := k.parts[0].judge(m)
	switch {
	case err != nil:
		return nil, err
	case cond == true:
		return k.parts[1].judge(m)
	case cond == false:
		return k.parts[2].judge(m)
	}
	one, err := k.parts[1].judge(m)
	if err != nil {
		return nil, err
	}
	other, err := k.parts[2].judge(m)
	if is, ok := one.(bool); ok && err == nil && other == is {
		return is, nil
	}
	return nil, err
}

// ends are the settled values that the part may come to. It has been judged.
func (k *early) ends(m *earlyFacts) []any {
	if k != nil && k.op == "?:" {
		cond, _ := k.parts[0].judge(m)
		var all []any
		if cond != false {
			all = k.parts[1].ends(m)
		}
		if cond != true {
			all = append(all, k.parts[2].ends(m)...)
		}
		return all
	}
	if out, err := k.judge(m); err == nil && out != nil {
		return []any{out}
	}
	return nil
}
