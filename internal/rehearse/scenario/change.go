package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/history"
	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A change is made to a scenario for the sake of one plan.
type change struct {
	*sim.Scenario
	plan *plan.Resolved
	made map[string]fact.Order // what the plan orders, by code, as far as that is known before it runs
}

// changing makes a scenario ready for a change: its maps are its own from here on.
func changing(sc *sim.Scenario, r *plan.Resolved) change {
	c := change{Scenario: sc, plan: r, made: map[string]fact.Order{}}
	for _, s := range r.Steps {
		if _, ok := s.Do.(*plan.Trigger); ok {
			if o, err := r.Preview(s, nil); err == nil {
				c.made[o.Code] = o
			}
		}
	}
	sc.Batches, sc.Groups = maps.Clone(sc.Batches), maps.Clone(sc.Groups)
	return c
}

// Set changes one thing of the night that a plan is played in: CODE.duration=40m, or 40m ± 10%. Tasks of the batch then
// share that time. What the scenario shares with others stays as it is there.
func Set(sc *sim.Scenario, r *plan.Resolved, text string) error {
	key, value, ok := strings.Cut(text, "=")
	code, what, dotted := strings.Cut(key, ".")
	switch {
	case !ok || !dotted:
		return fmt.Errorf("%q is not BATCH.duration=3h", text)
	case what != "duration":
		return fmt.Errorf("%q: only the duration of a batch can be set, as in %s.duration=3h; for more, write a scenario", text, code)
	}
	l, err := length(strings.TrimSpace(value))
	if err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	c := changing(sc, r)
	if c.isGroup(code) {
		return fmt.Errorf("%q: %s is a group, which lasts as long as its batches: set the duration of %s", text, code, strings.Join(c.members(code), ", "))
	}
	return c.batch(text, code, func(b *sim.Batch) error {
		b.Duration, b.Tasks = &l, slices.Clone(b.Tasks)
		for i := range b.Tasks {
			b.Tasks[i].Duration = nil
		}
		return nil
	})
}

// Fail lets the first start of a batch fail, or of a group: CODE, or CODE:TASK to say at which task. Of several
// failures of one batch, each is that of the next start: name them last one first.
func Fail(sc *sim.Scenario, r *plan.Resolved, text string) error {
	code, task, named := strings.Cut(text, ":")
	if code == "" || named && task == "" {
		return fmt.Errorf("%q is not BATCH or BATCH:TASK", text)
	}
	c := changing(sc, r)
	if !c.isGroup(code) {
		return c.batch(text, code, func(b *sim.Batch) error { return c.fail(b, code, task) })
	}
	members, g := c.members(code), sc.Groups[code]
	switch {
	case len(members) == 0:
		return fmt.Errorf("%q: nobody says which batches are in group %s: name them in a scenario", text, code)
	case named && !slices.Contains(members, task):
		return fmt.Errorf("%q: %s is no batch of group %s%s", text, task, code, meant(task, members))
	case !named:
		g.Starts = append([]sim.Start{{Fails: sim.Whole}}, g.Starts...)
	}
	if set(&sc.Groups, code, g); !named {
		c.spell(code)
		return nil
	}
	return c.batch(text, task, func(b *sim.Batch) error { return c.fail(b, task, "") })
}

// fail puts a failing start before the others.
func (c change) fail(b *sim.Batch, code, task string) error {
	start := sim.Start{Fails: task}
	if task == "" {
		start.Fails = sim.Whole
	} else if err := c.hasTask(b, code, task); err != nil {
		return err
	}
	b.Starts = append([]sim.Start{start}, b.Starts...)
	return nil
}

// hasTask sees to it that a batch has a task. Of a batch whose tasks the scenario does not tell, those that the plan
// names are known.
func (c change) hasTask(b *sim.Batch, code, task string) error {
	var names []string
	for _, t := range b.Tasks {
		names = append(names, t.Code)
	}
	if slices.Contains(names, task) {
		return nil
	}
	if len(names) > 0 {
		return fmt.Errorf("batch %s has no task %s%s", code, task, meant(task, names))
	}
	o := c.made[code]
	for _, t := range o.Tasks {
		names = append(names, t.Task)
	}
	for _, t := range slices.Concat(names, o.Excluded, o.Held, o.Included, []string{task}) {
		if !slices.ContainsFunc(b.Tasks, func(known sim.Task) bool { return known.Code == t }) {
			b.Tasks = append(b.Tasks, sim.Task{Code: t})
		}
	}
	return nil
}

// batch changes a batch wherever the night has it: under batches, and as a member of groups or a batch run of others
// that goes a way of its own.
func (c change) batch(text, code string, change func(*sim.Batch) error) error {
	for name, o := range c.made {
		if slices.ContainsFunc(o.Members, func(m fact.MemberOrder) bool { return m.Code == code }) {
			c.spell(name)
		}
	}
	sc, own := c.Scenario, false
	_, listed := sc.Batches[code]
	for name, g := range sc.Groups {
		for i, m := range g.Members {
			if m.Code != code {
				continue
			}
			listed = true
			if m.Own == nil {
				continue
			}
			b := *m.Own
			if err := change(&b); err != nil {
				return fmt.Errorf("%q: %w", text, err)
			}
			g.Members = slices.Clone(g.Members)
			g.Members[i].Own, own = &b, true
			sc.Groups[name] = g
		}
	}
	for _, e := range sc.Elsewhere {
		listed = listed || e.Code == code
	}
	if codes := c.plan.Codes(); !listed && !codes.May(code) {
		return fmt.Errorf("%q: no step of %s orders %s%s", text, c.plan.File, code, meant(code, codes.Known))
	}
	if _, there := sc.Batches[code]; own && !there {
		return nil
	}
	b := sc.Batches[code]
	if err := change(&b); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	set(&sc.Batches, code, b)
	return nil
}

// spell writes down which batches are in a group: the scheduler does not hear of those for which nothing is set.
func (c change) spell(code string) {
	g := c.Groups[code]
	if len(g.Members) > 0 {
		return
	}
	for _, m := range c.members(code) {
		g.Members = append(g.Members, sim.Member{Code: m})
	}
	set(&c.Groups, code, g)
}

// isGroup reports whether a code is that of a group, by the scenario or by the plan.
func (c change) isGroup(code string) bool {
	_, listed := c.Groups[code]
	return listed || c.made[code].Object == fact.Group
}

// members are the batches of a group, as far as anybody says.
func (c change) members(code string) []string {
	var all []string
	for _, m := range c.Groups[code].Members {
		all = append(all, m.Code)
	}
	for _, m := range c.made[code].Members {
		if !slices.Contains(all, m.Code) {
			all = append(all, m.Code)
		}
	}
	return all
}

// meant is a hint at what was probably meant.
func meant(word string, known []string) string {
	if near := source.Suggest(word, known); near != "" {
		return fmt.Sprintf("\n\tdid you mean %q?", near)
	}
	return ""
}

// MembersOf are the members of a group of which a scenario says nothing: those that an order names. When it names none
// either, one stands for them.
func MembersOf(o fact.Order) []sim.Member {
	var codes []string
	for _, m := range o.Members {
		codes = append(codes, m.Code)
	}
	codes = slices.Concat(codes, o.Excluded, o.Held, o.Included)
	var all []sim.Member
	for i, code := range codes {
		if !slices.Contains(codes[:i], code) {
			all = append(all, sim.Member{Code: code})
		}
	}
	if all == nil {
		all = []sim.Member{{Code: "MEMBER", Own: &sim.Batch{}}}
	}
	return all
}

// Usual gives the batches and groups of a plan the time they usually take, where the scenario says none itself, and the forecasts of the
// night what history says, likewise.
func Usual(sc sim.Scenario, h *history.History, r *plan.Resolved) sim.Scenario {
	sc.Batches, sc.Groups, sc.History = maps.Clone(sc.Batches), maps.Clone(sc.Groups), maps.Clone(sc.History)
	for _, ref := range r.Objects() {
		key := history.Key{Object: ref.Object, Code: ref.Code}
		u, known := h.Usual(key)
		if !known {
			continue
		}
		median := time.Duration(u.Median) * time.Second
		if sc.History[ref.Code] == nil {
			set(&sc.History, ref.Code, &sim.Length{Mean: median, Spread: time.Duration(u.Most-u.Median) * time.Second})
		}
		_, scripted := sc.Groups[ref.Code]
		b := sc.Batches[ref.Code]
		switch {
		case scripted:
		case ref.Object == fact.Group:
			var g sim.Group
			for _, m := range h.Members(key) {
				g.Members = append(g.Members, sim.Member{Code: m, Own: &sim.Batch{Duration: sim.Lasting(median)}})
			}
			if len(g.Members) > 0 {
				set(&sc.Groups, ref.Code, g)
			}
		case b.Duration == nil && !slices.ContainsFunc(b.Tasks, func(t sim.Task) bool { return t.Duration != nil }):
			b.Duration = sim.Lasting(median)
			set(&sc.Batches, ref.Code, b)
		}
	}
	return sc
}

// Lay returns base with over laid on it; either may be nil. It changes a few things of a usual night, as JSON merge
// patches do (RFC 7386): what is a mapping in both is laid over key by key, everything else is taken from above, lists
// such as starts and faults included, so that a case shows all of a list it changes. A null that is written out takes its
// key away; one that there is nothing to take away for is reported at its key.
//
// A duration alone stands for {duration: …}, below and above, so that laying starts over "DATA_LOAD: 40m" keeps
// the 40 minutes, and laying "2h" over a batch keeps its tasks.
func Lay(errs *source.Errors, base, over *source.Node) *source.Node {
	return overlay{errs}.lay(base, over)
}

// An overlay is being laid.
type overlay struct{ *source.Errors }

// lay lays what stands at a path. Nodes keep the places where they were written.
func (o overlay) lay(base, over *source.Node, path ...string) *source.Node {
	switch {
	case over == nil:
		return base
	case base == nil:
		base = &source.Node{Kind: source.Mapping, Pos: over.Pos}
	}
	if lasts(path) {
		base, over = spelt(base, over), spelt(over, base)
	}
	if base.Kind != source.Mapping || over.Kind != source.Mapping {
		return over
	}
	laid := *base
	laid.Fields = append([]source.Field(nil), base.Fields...)
	for _, f := range over.Fields {
		o.put(&laid, f, append(path[:len(path):len(path)], f.Key))
	}
	return &laid
}

// put lays one field over a mapping.
func (o overlay) put(onto *source.Node, f source.Field, path []string) {
	at := onto.Field(f.Key)
	switch {
	case f.Value.Kind == source.Null && f.Value.Value != "":
		o.remove(onto, f)
	case at == nil:
		onto.Fields = append(onto.Fields, f)
	default:
		at.KeyPos, at.Value = f.KeyPos, o.lay(at.Value, f.Value, path...)
	}
}

// remove takes a key away.
func (o overlay) remove(from *source.Node, f source.Field) {
	var keys []string
	for i := range from.Fields {
		if from.Fields[i].Key == f.Key {
			from.Fields = append(from.Fields[:i], from.Fields[i+1:]...)
			return
		}
		keys = append(keys, from.Fields[i].Key)
	}
	o.Add(f.KeyPos, "null takes a key away, and the scenario has no %q here", f.Key).Hint = source.Meant(f.Key, keys)
}

// lasts reports whether what stands at a path takes time, and so may be written as a duration alone: a batch, a
// member, a task.
func lasts(path []string) bool {
	if len(path) < 2 {
		return false
	}
	above := path[len(path)-2]
	return above == "batches" || above == "tasks"
}

// spelt is a duration alone as a mapping, where the other side is one.
func spelt(n, other *source.Node) *source.Node {
	if n.Kind != source.Scalar || other.Kind != source.Mapping {
		return n
	}
	return &source.Node{Kind: source.Mapping, Pos: n.Pos, Fields: []source.Field{{Key: "duration", KeyPos: n.Pos, Value: n}}}
}
