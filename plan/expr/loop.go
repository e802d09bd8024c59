package expr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// A Loop is what expressions know of the foreach of a step before the night. Nil is a step without one.
type Loop struct {
	Variables []Variable // one, or several whose product the items are
	Over      string     // tells lists apart: two loops with the same go over the same items
	Items     []string   // all there can be; nil: only the run tells
}

// A Variable is one name that foreach gives a value.
type Variable struct {
	Name  string
	Words []string // the only values it can have; nil: any
}

// variable is the variable of that name.
func (l *Loop) variable(name string) (Variable, bool) {
	if l == nil {
		return Variable{}, false
	}
	i := slices.IndexFunc(l.Variables, func(v Variable) bool { return v.Name == name })
	if i < 0 {
		return Variable{}, false
	}
	return l.Variables[i], true
}

// IsRoot reports whether a path can begin with that name, so that no variable may have it.
func IsRoot(name string) bool { return slices.Contains(rootNames(), name) || needs[name] != nil }

// A Bound binds the expressions of one step of a run to that step. A step with foreach is compiled once, and bound once for
// each item; where there are such steps, all others move, and are bound for the sake of their indexes.
type Bound struct {
	Own    string            // the item this step is for; empty: it is for none
	Values map[string]string // of the variables, by name
	Step   []int             // by the index of a step as it is written, that in the run; of a foreach step, that of the whole
	// Item is the index in the run of one item of a foreach step, which has the index in the plan as it is written.
	Item func(step int, item string) (int, bool)
}

// step is the index in the run of a step as it is written.
func (b *Bound) step(written int) int {
	if b == nil {
		return written
	}
	return b.Step[written]
}

// item is the index in the run of an item of a foreach step, of the own one when none is named; false: there is none.
func (b *Bound) item(step int, name string) (int, bool) {
	if b == nil {
		return 0, false
	}
	return b.Item(step, cmp.Or(name, b.Own))
}

// refs are the same references by the indexes of the run.
func (b *Bound) refs(list []Ref) []Ref {
	if b == nil {
		return list
	}
	out := slices.Clone(list)
	for i := range out {
		out[i].Step = b.step(out[i].Step)
	}
	return out
}

// Bind is the value in one step of a run. Nil stays nil.
func (v *Value) Bind(b *Bound) *Value {
	if v == nil || v.parts == nil {
		return v
	}
	out := *v
	out.bound = b
	return &out
}

// Bind is the condition in one step of a run. Nil stays nil.
func (c *Cond) Bind(b *Bound) *Cond {
	if c == nil {
		return nil
	}
	out := *c
	out.bound = b
	return &out
}

// loopRoot is what a variable of foreach begins with.
var loopRoot = &root{name: "foreach", fixed: true, moves: true}

// loopVariable resolves the name of a variable.
func (r *resolver) loopVariable(n ast.Node, v Variable, path []segment) ast.Node {
	o := operand{name: v.Name, root: loopRoot, kind: Text, enum: v.Words}
	o.read = func(f *facts) any {
		if f.bound == nil {
			return absent{"has no value: it is that of an item, and this is the step as it is written"}
		}
		return f.bound.Values[v.Name]
	}
	return r.end(n, o, path)
}

// groupShape is that of a step with foreach as a whole.
var groupShape = &shape[fact.Step]{fields: []field[fact.Step]{
	{"outcome", Text, outcomes, func(s fact.Step) any { return string(s.Outcome) }},
	{"failed_items", List, nil, func(s fact.Step) any { return append([]string{}, s.FailedItems...) }},
	{"started_at", Moment, nil, func(s fact.Step) any { return moment(s, s.StartedAt) }},
	{"finished_at", Moment, nil, func(s fact.Step) any { return moment(s, s.FinishedAt) }},
	{"elapsed", Duration, nil, func(s fact.Step) any { return s.Elapsed }},
}}

// items resolves what stands behind the id of a step with foreach: something of the whole, of one item, or of the same item.
func (r *resolver) items(n ast.Node, o operand, loop *Loop, path []segment) ast.Node {
	step := o.step
	if len(path) == 0 {
		r.fail(n, "%s is not a value: name one of its fields", o.name).Hint = "there are " + strings.Join(groupNames(), ", ")
		return n
	}
	switch name := path[0].text; {
	case name == "items" && len(path) == 1:
		r.fail(path[0].node, "%s.items is not a value: name one, as in %s.items[%q].outcome", o.name, o.name, r.anItem(loop))
		return n
	case name == "items":
		item := path[1].text
		if loop.Items != nil && !slices.Contains(loop.Items, item) {
			r.fail(path[1].node, "%s has no item %q", o.name, source.Short(item)).Hint = source.Meant(item, loop.Items)
			return n
		}
		o.name = fmt.Sprintf("%s.items[%q]", o.name, item)
		o.at = func(f *facts) (int, bool) { return f.bound.item(step, item) }
		return within(r, n, o, stepShape, o.reads(), path[2:])
	case name == "item":
		if r.scope.Loop == nil || r.scope.Loop.Over != loop.Over {
			r.fail(path[0].node, "%s.item is the same item of %s, and this step does not go over the same list", o.name, o.name).Hint =
				fmt.Sprintf("name one, as in %s.items[%q].outcome", o.name, r.anItem(loop))
			return n
		}
		o.name += ".item"
		o.at = func(f *facts) (int, bool) { return f.bound.item(step, "") }
		return within(r, n, o, stepShape, o.reads(), path[1:])
	case slices.Contains(stepShape.names(), name) && !slices.Contains(groupShape.names(), name):
		r.fail(path[0].node, "%s goes over a list, and each item has its own %q", o.name, name).Hint =
			fmt.Sprintf("name one, as in %s.items[%q].%s", o.name, r.anItem(loop), name)
		return n
	}
	o.at = func(f *facts) (int, bool) { return f.bound.step(step), true }
	return within(r, n, o, groupShape, o.reads(), path)
}

func groupNames() []string { return append(groupShape.names(), "items", "item") }

// anItem is one that a message can name.
func (r *resolver) anItem(loop *Loop) string {
	if len(loop.Items) > 0 {
		return loop.Items[0]
	}
	return "ITEM"
}

// reads reads the step that the operand is about; the zero Step when the run has none.
func (o operand) reads() reader[fact.Step] {
	at := o.at
	return func(f *facts) fact.Step {
		i, there := at(f)
		if !there {
			return fact.Step{}
		}
		return f.view.Step(i)
	}
}

// value is what the operand reads, or the absence of a step to read it of.
func (o operand) value(f *facts) any {
	if o.at != nil {
		if _, there := o.at(f); !there {
			return absent{"has no value: the list of this run has no such item"}
		}
	}
	return o.read(f)
}
