package plan

import (
	"fmt"
	"slices"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// An opening judges everything of a plan that is settled when a run starts, before anything is sent: what a condition, a rule
// or a value comes to that reads nothing but what is fixed by then, and the largest such parts of all others. What a guard
// rules out is not judged: what stands behind && , || or ? : in the same expression, and all of a step that is known not to run.
//
//   - id: more
//     if: params.extra != ""                      # settled: it never holds tonight, so the step is idle
//     trigger: {batch: "${{ params.extra }}"}     # not judged
type opening struct {
	*Resolved
	kept  int // the first step that is not left out
	errs  *source.Errors
	now   *Step // whose expressions are judged
	wrong *Step // the last foreach of which an item had a problem
}

// A standing is what is known of a step when the run starts.
type standing struct {
	asked   bool
	leftOut bool
	verdict expr.Verdict // of its condition
	// idle are the outcomes it may come to, when it is known not to run; none: it may run. What operators say can bring another:
	// whoever declares a step succeeded that does not run tonight answers for those that go by it.
	idle []fact.Outcome
	err  error // its condition has no value
}

// settle judges what is settled, and keeps which steps are known not to run.
func (r *Resolved) settle(errs *source.Errors) {
	r.standings = make([]standing, len(r.Steps))
	o := &opening{Resolved: r, kept: len(r.Steps), errs: errs}
	out := make(map[string]bool, len(r.Skip))
	for _, id := range r.Skip {
		out[id] = true
	}
	for i, s := range r.Steps {
		r.standings[i].leftOut = out[s.ID] || s.Parent != nil && out[s.Parent.ID]
	}
	for i, s := range r.Steps {
		if items := r.Items(s); len(items) > 0 && !slices.ContainsFunc(items, func(s *Step) bool { return !r.standings[s.Index].leftOut }) {
			r.standings[i].leftOut = true
		}
		if !r.standings[i].leftOut {
			o.kept = min(o.kept, i)
		}
	}
	for i, s := range r.Steps {
		if s.Parent != nil && s.Parent == o.wrong { // what is wrong with one item is told once
			continue
		}
		before := len(*errs)
		o.now = s
		switch known := o.standing(i); {
		case len(known.idle) > 0:
		case known.err != nil: // what it guards cannot be told
			o.fail(s.If.Pos(), known.err)
		default:
			o.step(s)
		}
		if len(*errs) > before {
			o.wrong = s.Parent
		}
	}
	o.ending()
}

// fail reports what has no value, or not the form it needs.
func (o *opening) fail(pos source.Pos, err error) {
	text := unplaced(err, pos)
	if o.now.Item != "" {
		text = fmt.Sprintf("item %s of %q: %s", o.now.Item, o.now.Parent.ID, text)
	}
	o.errs.Add(pos, "%s", text)
}

// standing finds out whether a step is known not to run. A step's condition names steps that run before it, and so the
// question never comes back to where it began.
func (o *opening) standing(i int) *standing {
	known, s := &o.standings[i], o.Steps[i]
	if known.asked {
		return known
	}
	known.asked = true
	if known.leftOut {
		known.idle = []fact.Outcome{fact.Skipped}
		return known
	}
	if s.Whole() {
		known.idle = o.idleItems(s)
		return known
	}
	if s.If != nil {
		if known.verdict, known.err = o.fixed.Judge(s.If, o.early(s)); known.verdict == expr.Never {
			known.idle = []fact.Outcome{fact.Skipped, fact.Blocked, fact.Canceled}
			return known
		}
	}
	if v, ok := s.Do.(*OnRun); ok && v.Step >= 0 && len(o.standing(v.Step).idle) > 0 {
		known.idle = []fact.Outcome{fact.Skipped, fact.Blocked, fact.Canceled, fact.Failed}
	}
	return known
}

// idleItems are the outcomes that a foreach step may come to when it is known that none of its items runs.
func (o *opening) idleItems(s *Step) []fact.Outcome {
	items, can := o.Items(s), map[fact.Outcome]bool{}
	if len(items) == 0 {
		return []fact.Outcome{fact.Skipped, fact.Blocked, fact.Canceled}
	}
	for _, one := range items {
		idle := o.standing(one.Index).idle
		if len(idle) == 0 {
			return nil
		}
		for _, out := range idle {
			can[out] = true
		}
	}
	return slices.DeleteFunc(fact.Outcomes(), func(out fact.Outcome) bool { return !can[out] })
}

// early is what is known when a step's expressions are judged.
func (o *opening) early(s *Step) expr.Early {
	e := expr.Early{Idle: func(i int) []fact.Outcome { return o.standing(i).idle }}
	switch s = s.Top(); {
	case s.Finally: // succeeded() is about the whole plan there
	case s.Above:
		e.Good = s.Index <= o.kept
	default:
		e.Good = !slices.ContainsFunc(s.Needs, func(need int) bool { return !o.standings[need].leftOut })
	}
	return e
}

// step judges everything of a step that may run, but for its condition.
func (o *opening) step(s *Step) {
	before, early := len(*o.errs), o.early(s)
	switch v := s.Do.(type) {
	case *Trigger:
		dated := o.dated(v)
		for one := range v.Values() {
			switch one.Name {
			case "":
				o.code(one.Value, early)
			case ficMISDate:
				o.value(one.Value, early, isDate)
			default:
				o.value(one.Value, early, dated)
			}
		}
	case *OnRun:
		if v.Step < 0 {
			o.code(v.Code, early)
			o.value(v.RunID, early, checkRun)
		}
		for _, task := range v.Tasks {
			o.code(task, early)
		}
	case *Notify:
		o.value(v.Text, early, nil)
	case Sensor:
		for value, form := range v.values() {
			o.value(value, early, form)
		}
	}
	for _, rule := range s.Watch {
		o.rule(rule.If, early)
	}
	for _, rule := range s.OnFailure {
		o.rule(rule.If, early)
	}
	if len(*o.errs) == before {
		o.whole(s)
	}
}

// dated refuses the token of the date in a trigger without any; nil where there is one.
func (o *opening) dated(t *Trigger) func(string) error {
	if !o.MISDate.IsZero() {
		return nil
	}
	for one := range t.Values() {
		if one.Name == ficMISDate {
			return nil
		}
	}
	return func(text string) error {
		if strings.Contains(text, ficMISDate) {
			return fmt.Errorf("it uses %s, and no date is set", ficMISDate)
		}
		return nil
	}
}

// rule judges the condition of a rule.
func (o *opening) rule(c *expr.Cond, early expr.Early) {
	if c == nil {
		return
	}
	if _, err := o.fixed.Judge(c, early); err != nil {
		o.fail(c.Pos(), err)
	}
}

// value judges a value, and the form of every text it may come to, as far as that is settled. What is literal was checked
// when the plan was loaded.
func (o *opening) value(v *expr.Value, early expr.Early, form func(string) error) {
	if _, literal := v.Literal(); literal {
		return
	}
	texts, err := o.fixed.Ends(v, early)
	if err == nil && form != nil {
		for _, text := range texts {
			if err = form(text); err != nil {
				err = fmt.Errorf("%q: %w", source.Short(v.String()), err)
				break
			}
		}
	}
	if err != nil {
		o.fail(v.Pos(), err)
	}
}

// code judges a code. One that is settled in part must be able to become one.
func (o *opening) code(v *expr.Value, early expr.Early) {
	if v.Spreads() {
		o.codes(v, early)
		return
	}
	before := len(*o.errs)
	if o.value(v, early, checkCode); len(*o.errs) > before || v.Fixed() {
		return
	}
	known, leads := "", false
	for _, p := range v.Parts() {
		if !p.Fixed() {
			leads = leads || known == ""
			continue
		}
		text, _ := o.fixed.Text(p, fact.View{}) // it was judged above
		known += text
	}
	if checkCode(known) != nil && !(leads && checkCode("A"+known) == nil) {
		o.fail(v.Pos(), fmt.Errorf("%q never comes to a code: a letter, then letters, digits and _, 60 at most", source.Short(v.String())))
	}
}

// codes judges a list of codes that is one expression.
func (o *opening) codes(v *expr.Value, early expr.Early) {
	if !v.Fixed() {
		o.value(v, early, nil)
		return
	}
	codes, err := o.fixed.List(v, fact.View{})
	if err != nil {
		o.fail(v.Pos(), err)
	}
	for _, code := range codes {
		if err := checkCode(code); err != nil {
			o.fail(v.Pos(), fmt.Errorf("%q: %w", source.Short(v.String()), err))
			return
		}
	}
}

// whole judges what a step orders as one: what is given twice, and what does not go together. What only the night tells is
// left out of it.
func (o *opening) whole(s *Step) {
	w := o.previewer(nil)
	switch v := s.Do.(type) {
	case *Trigger:
		if plain(v) {
			return
		}
		order := w.order(v)
		if w.err == nil {
			o.heldOut(v, order)
		}
	case *OnRun:
		w.codes("tasks", v.Tasks)
	}
	if w.err != nil {
		o.fail(w.at, w.err)
	}
}

// plain reports whether a trigger holds no expression, so that all of it was checked when the plan was loaded.
func plain(t *Trigger) bool {
	for one := range t.Values() {
		if _, literal := one.Value.Literal(); !literal {
			return false
		}
	}
	return true
}

// heldOut warns of codes that have come to be excluded and held.
func (o *opening) heldOut(t *Trigger, order fact.Order) {
	w := o.previewer(nil)
	_, heldBy := w.codesOf("held", t.Held)
	_, excludedBy := w.codesOf("excluded", t.Excluded)
	held := make(map[string]*expr.Value, len(t.Held)) // as it is written, by what that has come to
	for i, code := range order.Held {
		held[code] = heldBy[i]
	}
	for i, code := range order.Excluded {
		written, both := held[code]
		if !both || written.String() == excludedBy[i].String() && !written.Spreads() { // that was warned of when the plan was loaded
			continue
		}
		var odd source.Errors
		e := odd.Add(excludedBy[i].Pos(), "%q is both excluded and held", code)
		e.ID, e.Hint = warnHeldOut, heldOutHint
		o.Odd = append(o.Odd, o.Silence(odd)...)
	}
}

// Idle reports whether it is known when the run starts that a step does not run: it was left out, its condition never
// holds, or it is about the batch run of such a step.
func (r *Resolved) Idle(s *Step) bool {
	return r.standings != nil && len(r.standings[s.Index].idle) > 0
}

// LeftOut reports whether a step was left out when the run was started.
func (r *Resolved) LeftOut(s *Step) bool { return r.standings != nil && r.standings[s.Index].leftOut }

// Settled reports whether the condition of a step holds whatever the night brings, and what it reads that is known when the
// run starts. The step must have a condition.
func (r *Resolved) Settled(s *Step) (holds bool, e fact.Evidence) {
	return r.standings != nil && r.standings[s.Index].verdict == expr.Always, r.fixed.Known(s.If)
}

// checkRun refuses a batch run id that is nothing.
func checkRun(id string) error {
	if strings.TrimSpace(id) == "" {
		return errNoRun
	}
	return nil
}
