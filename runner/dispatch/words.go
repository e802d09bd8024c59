package dispatch

import (
	"slices"

	"ofsplan/ofs"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// order puts a filled-in trigger into the scheduler's words, with its secrets where the desk knows them.
func (d *Desk) order(o fact.Order) (ofs.Order, error) {
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
	reveal func(fact.Pair) (string, error)
	err    error
}

func (w *words) pairs(in []fact.Pair) []ofs.Pair {
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

func (w *words) tasks(in []fact.TaskPairs) []ofs.TaskParams {
	var out []ofs.TaskParams
	for _, t := range in {
		out = append(out, ofs.TaskParams{Task: t.Task, Params: w.pairs(t.Params)})
	}
	return out
}

func (w *words) members(in []fact.MemberOrder) []ofs.Member {
	var out []ofs.Member
	for _, m := range in {
		out = append(out, ofs.Member{Code: m.Code, Params: w.pairs(m.Params), Tasks: w.tasks(m.Tasks)})
	}
	return out
}

// parts puts what the scheduler told of tasks or members into the plan's words.
func parts(in []ofs.Part) []fact.Part {
	var out []fact.Part
	for _, p := range in {
		out = append(out, fact.Part{Code: p.Code, Status: fact.Status(p.Status), StatusCode: p.StatusCode})
	}
	return out
}

// tells reports whether an answer tells what was seen before.
func tells(a ofs.Answer, seen runner.BatchObserved) bool {
	return fact.Status(a.Status) == seen.Status && a.StatusCode == seen.Code && a.Text == seen.Text &&
		slices.EqualFunc(a.Tasks, seen.Tasks, samePart) && slices.EqualFunc(a.Members, seen.Members, samePart)
}

func samePart(p ofs.Part, seen fact.Part) bool {
	return p.Code == seen.Code && fact.Status(p.Status) == seen.Status && p.StatusCode == seen.StatusCode
}
