package dispatch

import (
	"slices"

	"ofsplan/ofs"
	"ofsplan/plan"
	"ofsplan/runner"
)

// order puts a filled-in trigger into the scheduler's words, with its secrets where the desk knows them.
func (d *Desk) order(o plan.Order) (ofs.Order, error) {
	w := words{reveal: d.reveal}
	out := ofs.Order{
		Object: ofs.Object(o.Object), Code: o.Code, MISDate: o.MISDate,
		Params: w.pairs(o.Params), Tasks: w.tasks(o.Tasks), Members: w.members(o.Members),
		Excluded: o.Excluded, Held: o.Held, Included: o.Included,
	}
	return out, w.err
}

// words keeps the first error of what it puts into the scheduler's words.
type words struct {
	reveal func(plan.Pair) (string, error)
	err    error
}

func (w *words) pairs(in []plan.Pair) []ofs.Pair {
	var out []ofs.Pair
	for _, p := range in {
		value := p.Value
		if w.reveal != nil && w.err == nil {
			value, w.err = w.reveal(p)
		}
		out = append(out, ofs.Pair{Name: p.Name, Value: value})
	}
	return out
}

func (w *words) tasks(in []plan.TaskPairs) []ofs.TaskParams {
	var out []ofs.TaskParams
	for _, t := range in {
		out = append(out, ofs.TaskParams{Task: t.Task, Params: w.pairs(t.Params)})
	}
	return out
}

func (w *words) members(in []plan.MemberOrder) []ofs.Member {
	var out []ofs.Member
	for _, m := range in {
		out = append(out, ofs.Member{Code: m.Code, Params: w.pairs(m.Params), Tasks: w.tasks(m.Tasks)})
	}
	return out
}

// parts puts what the scheduler told of tasks or members into the plan's words.
func parts(in []ofs.Part) []plan.Part {
	var out []plan.Part
	for _, p := range in {
		out = append(out, plan.Part{Code: p.Code, Status: plan.Status(p.Status), StatusCode: p.StatusCode})
	}
	return out
}

// tells reports whether an answer tells what was seen before.
func tells(a ofs.Answer, seen runner.BatchObserved) bool {
	return plan.Status(a.Status) == seen.Status && a.StatusCode == seen.Code && a.Text == seen.Text &&
		slices.EqualFunc(a.Tasks, seen.Tasks, samePart) && slices.EqualFunc(a.Members, seen.Members, samePart)
}

func samePart(p ofs.Part, seen plan.Part) bool {
	return p.Code == seen.Code && plan.Status(p.Status) == seen.Status && p.StatusCode == seen.StatusCode
}
