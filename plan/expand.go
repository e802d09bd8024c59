package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// What foreach makes of a plan when a run starts. The whole keeps the id of the step, its needs and its place in the graph:
// it is what others need, and opens when its own needs allow. Its items follow it, need nothing by themselves, and are begun by the
// whole. In all else an item is a step like any other, with an id, a chain and healers of its own.
//
//	steps:                       0 load
//	  - id: load                 1 score          Items{Of: trigger, Count: 2}   needs load
//	  - id: score       ──────▶  2 score[EMEA]    Parent: 1
//	    foreach: …               3 score[APAC]    Parent: 1
//	  - id: publish              4 publish        needs score

// An expansion makes the steps of a run of those of its plan.
type expansion struct {
	*Resolved
	written []*Step
	steps   []*Step
	at      []int            // by the index of a step as it is written: that in the run
	items   []map[string]int // likewise, of a foreach step: by item, its index in the run
	errs    *source.Errors
}

// expand makes the plan of this run of the plan as it is written: the same, when no step of it goes over a list.
func (r *Resolved) expand(errs *source.Errors) {
	if !r.Plan.Loops() {
		return
	}
	x := &expansion{Resolved: r, written: r.Plan.Steps, errs: errs}
	n := len(x.written)
	x.at, x.items = make([]int, n), make([]map[string]int, n)
	lists := make([][]item, n)
	total := 0
	for i, s := range x.written {
		x.at[i] = total
		total++
		if s.Each == nil {
			continue
		}
		lists[i] = x.list(s)
		x.items[i] = make(map[string]int, len(lists[i]))
		for k, one := range lists[i] {
			x.items[i][one.name] = total + k
		}
		total += len(lists[i])
	}
	if total > maxSteps {
		errs.Add(source.Pos{File: r.File}, "the plan has %d steps tonight, more than %d", total, maxSteps).Hint = "split it, or shorten the lists it goes over"
	}
	if len(errs.Pinned()) > 0 {
		return
	}
	x.steps = make([]*Step, 0, total)
	for i, s := range x.written {
		x.step(s, lists[i])
	}
	p := *r.Plan
	p.Steps, p.FinallyAt = x.steps, total
	if r.FinallyAt < n {
		p.FinallyAt = x.at[r.FinallyAt]
	}
	p.written = r.Plan
	r.Plan = &p
}

// An item is one of those that a step goes over.
type item struct {
	name   string            // what stands in the id
	values map[string]string // of the variables
}

// list evaluates what a step goes over.
func (x *expansion) list(s *Step) []item {
	all := []item{{values: map[string]string{}}}
	for k, d := range s.Each.Lists {
		words := x.dimension(s, d)
		if len(all)*len(words) > maxSteps {
			x.errs.Add(s.Each.Pos, "step %q goes over more than %d items", s.ID, maxSteps)
			return nil
		}
		next := make([]item, 0, len(all)*len(words))
		for _, before := range all {
			for _, word := range words {
				values := maps.Clone(before.values)
				values[d.Name] = word
				next = append(next, item{joinItem(before.name, word, k), values})
			}
		}
		all = next
	}
	return all
}

// dimension evaluates one list, and holds each item to its form.
func (x *expansion) dimension(s *Step, d Dimension) []string {
	var words []string
	where := func(int) source.Pos { return d.Pos }
	if d.List != nil {
		var err error
		if words, err = x.fixed.List(d.List, fact.View{}); err != nil {
			x.errs.Add(d.Pos, "%s", unplaced(err, d.Pos))
			return nil
		}
	} else {
		where = func(k int) source.Pos { return d.Items[k].Pos() }
		for _, v := range d.Items {
			word, err := x.fixed.Text(v, fact.View{})
			if err != nil {
				x.errs.Add(v.Pos(), "%s", unplaced(err, v.Pos()))
			}
			words = append(words, word)
		}
	}
	seen := make(map[string]bool, len(words))
	for k, word := range words {
		if err := checkItem(word); err != nil {
			x.errs.Add(where(k), `"foreach" of step %q: %s`, s.ID, err)
		}
		if seen[word] {
			x.errs.Add(where(k), `"foreach" of step %q has item %q twice`, s.ID, word)
		}
		seen[word] = true
	}
	return words
}

// step makes the step, or the whole and its items.
func (x *expansion) step(s *Step, list []item) {
	b := &expr.Bound{Step: x.at, Item: x.item}
	top := x.copy(s, b)
	top.Needs = mapped(s.Needs, func(i int) int { return x.at[i] })
	x.steps = append(x.steps, top)
	if s.Each == nil {
		return
	}
	top.Limits, top.Rules, top.Runbook = Limits{}, Rules{}, ""
	top.Do = &Items{Of: top.Do, Count: len(list)}
	for _, one := range list {
		of := x.copy(s, &expr.Bound{Own: one.name, Values: one.values, Step: x.at, Item: x.item})
		of.ID = s.ID + "[" + one.name + "]"
		of.Parent, of.Item = top, one.name
		of.Needs, of.Above, of.Each = nil, false, nil
		x.steps = append(x.steps, of)
	}
}

// item is the index in the run of one item of a step.
func (x *expansion) item(step int, name string) (int, bool) {
	i, there := x.items[step][name]
	return i, there
}

// same is the index in the run of a step as it is written, for who does one item: that item, where the step goes over a list.
func (x *expansion) same(written int, own string) int {
	if own != "" && x.items[written] != nil {
		return x.items[written][own]
	}
	return x.at[written]
}

// copy is a step of the run, bound to what its expressions read.
func (x *expansion) copy(s *Step, b *expr.Bound) *Step {
	of := func(i int) int {
		if i < 0 {
			return i
		}
		return x.same(i, b.Own)
	}
	out := *s
	out.Index, out.bound = len(x.steps), b
	out.If = s.If.Bind(b)
	out.Watch = mapped(s.Watch, func(r WatchRule) WatchRule { r.If = r.If.Bind(b); return r })
	out.OnFailure = mapped(s.OnFailure, func(r FailureRule) FailureRule { r.If = r.If.Bind(b); return r })
	out.Chain, out.Healers = of(s.Chain), mapped(s.Healers, of)
	out.Do = bindVerb(s.Do, b, of)
	return &out
}

// bindVerb is a verb bound to what its expressions read; of gives the index in the run of a step that it names.
func bindVerb(v Verb, b *expr.Bound, of func(int) int) Verb {
	switch v := v.(type) {
	case *Trigger:
		out := *v
		out.Code, out.Params, out.Tasks = v.Code.Bind(b), bindSettings(v.Params, b), bindTasks(v.Tasks, b)
		out.Members = mapped(v.Members, func(m Member) Member {
			return Member{m.Code.Bind(b), bindSettings(m.Params, b), bindTasks(m.Tasks, b)}
		})
		out.Excluded, out.Held, out.Included = bindValues(v.Excluded, b), bindValues(v.Held, b), bindValues(v.Included, b)
		return &out
	case *OnRun:
		out := *v
		out.Step, out.Code, out.RunID, out.Tasks = of(v.Step), v.Code.Bind(b), v.RunID.Bind(b), bindValues(v.Tasks, b)
		return &out
	case *Notify:
		out := *v
		out.Text = v.Text.Bind(b)
		return &out
	case *WaitFile:
		out := *v
		out.Path, out.After = v.Path.Bind(b), v.After.Bind(b)
		return &out
	case *WaitCheck:
		out := *v
		out.With = bindSettings(v.With, b)
		return &out
	case *WaitRun:
		out := *v
		out.Plan, out.MISDate, out.Once = v.Plan.Bind(b), v.MISDate.Bind(b), v.Once.Bind(b)
		return &out
	case *Sleep, *Approve:
		return v
	}
	panic(fmt.Sprintf("plan: nobody taught foreach the verb %T", v))
}

func bindValues(list []*expr.Value, b *expr.Bound) []*expr.Value {
	return mapped(list, func(v *expr.Value) *expr.Value { return v.Bind(b) })
}

func bindSettings(list []Setting, b *expr.Bound) []Setting {
	return mapped(list, func(s Setting) Setting { s.Value = s.Value.Bind(b); return s })
}

func bindTasks(list []TaskSettings, b *expr.Bound) []TaskSettings {
	return mapped(list, func(t TaskSettings) TaskSettings { t.Params = bindSettings(t.Params, b); return t })
}

// mapped is a list with f of each of its items; nil stays nil.
func mapped[A, B any](list []A, f func(A) B) []B {
	if list == nil {
		return nil
	}
	out := make([]B, len(list))
	for i, one := range list {
		out[i] = f(one)
	}
	return out
}

// Loops reports whether a step of the plan goes over a list, so that which steps a run has is known only when it starts.
func (p *Plan) Loops() bool {
	return slices.ContainsFunc(p.Steps, func(s *Step) bool { return s.Each != nil })
}

// Written is the plan as it is written: without the items that a run makes of its foreach steps.
func (p *Plan) Written() *Plan {
	if p.written != nil {
		return p.written
	}
	return p
}

// TopID is the id of a step without its item: score of score[EMEA].
func TopID(id string) string {
	top, _, _ := strings.Cut(id, "[")
	return top
}
