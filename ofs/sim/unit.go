package sim

import (
	"cmp"
	"slices"
	"time"
)

// Codes of a batch run or a task.
const (
	codeSuccess     = 0
	codeFailure     = -1
	codeInterrupted = -2
	codeNotStarted  = 1
	codeOngoing     = 2
	codeAborted     = 3
	codeExcluded    = 4
	codeHeld        = 5
)

// never is a time that does not come.
const never = Forever

// plus adds without leaving never.
func plus(a, b time.Duration) time.Duration {
	if a == never || b == never {
		return never
	}
	return a + b
}

// A unit is a batch made ready for planning: how long its tasks take, and in which order. It is shared by all
// runs of the batch and never changes.
type unit struct {
	graph
	script
	duration *Length
	lengths  []*Length // of the tasks; nil: a share
	scripted bool      // the scenario says which tasks there are
}

// A script is what becomes of the starts of a batch or group.
type script struct {
	starts []Start
	refuse int // the code of every start; 0: none is refused
}

// start is the script of the start with that number, from 1.
func (s *script) start(number int) Start {
	if number > 0 && number <= len(s.starts) {
		return s.starts[number-1]
	}
	return Start{}
}

// refuses is the code that start is refused with; 0: it is not.
func (s *script) refuses(number int) int { return cmp.Or(s.refuse, s.start(number).Refuse) }

// newUnit makes a unit of a batch that Check found possible. A batch without any duration takes the usual time.
func newUnit(b Batch, otherwise *Length) *unit {
	names := make([]string, len(b.Tasks))
	after := make([][]string, len(b.Tasks))
	u := &unit{duration: b.Duration, script: script{b.Starts, b.Refuse}}
	measured := false
	for i, t := range b.Tasks {
		names[i], after[i] = t.Code, t.After
		u.lengths = append(u.lengths, t.Duration)
		measured = measured || t.Duration != nil
	}
	if u.duration == nil && !measured {
		u.duration = otherwise
	}
	u.graph, _ = newGraph(names, after)
	u.scripted = len(names) > 0
	return u
}

// with is the unit for an order that names tasks. A batch without tasks of its own takes the order at its
// word: they run side by side. Of any other batch nil comes back when the order names a strange task.
func (u *unit) with(tasks []string) *unit {
	if len(u.names) > 0 {
		if u.stranger(tasks) != "" {
			return nil
		}
		return u
	}
	if len(tasks) == 0 {
		return u
	}
	b := Batch{Duration: u.duration, Starts: u.starts, Refuse: u.refuse}
	seen := make(map[string]bool, len(tasks))
	for _, t := range tasks {
		if !seen[t] {
			seen[t] = true
			b.Tasks = append(b.Tasks, Task{Code: t})
		}
	}
	named := newUnit(b, nil)
	named.scripted = false
	return named
}

// A course is what one start of a unit has to go by.
type course struct {
	seed   uint64
	key    string // whose starts are counted: the batch code as a rule
	number int    // of this start, from 1
	start  Start
	fixed  []int // by task: success, excluded or held, which it is from the beginning, or not started; nil: all run
}

// is reports whether a task has that code from the beginning.
func (c *course) is(task, code int) bool { return c.fixed != nil && c.fixed[task] == code }

// has reports whether any task has that code from the beginning.
func (c *course) has(code int) bool { return slices.Contains(c.fixed, code) }

// drawn is how long the whole and each task takes this time.
func (u *unit) drawn(c course) (whole time.Duration, tasks []time.Duration) {
	length := u.duration
	if c.start.Duration != nil {
		length = c.start.Duration
	}
	if length != nil {
		whole = length.draw(chance(c.seed, c.key, "", c.number))
	}
	if len(u.names) == 0 {
		return whole, nil
	}
	tasks = make([]time.Duration, len(u.names))
	for i, l := range u.lengths {
		if l != nil {
			tasks[i] = l.draw(chance(c.seed, c.key, u.names[i], c.number))
		}
	}
	share := u.share(whole, tasks)
	for i, l := range u.lengths {
		if l == nil {
			tasks[i] = share
		}
	}
	return whole, tasks
}

// share is what a task without a duration takes: what the longest chain of measured tasks leaves of the whole,
// divided by the most unmeasured ones in any chain, so that no chain outlasts the whole on their account.
func (u *unit) share(whole time.Duration, tasks []time.Duration) time.Duration {
	longest, most := time.Duration(0), 0
	spent, unmeasured := make([]time.Duration, len(u.names)), make([]int, len(u.names))
	for _, i := range u.order {
		for _, j := range u.after[i] {
			spent[i], unmeasured[i] = max(spent[i], spent[j]), max(unmeasured[i], unmeasured[j])
		}
		spent[i] += tasks[i]
		if u.lengths[i] == nil {
			unmeasured[i]++
		}
		longest, most = max(longest, spent[i]), max(most, unmeasured[i])
	}
	if most == 0 {
		return 0
	}
	return (max(0, whole-longest) / time.Duration(most)).Truncate(time.Microsecond)
}

// A graph is a set of things of which some come after others: the tasks of a batch, the members of a group.
type graph struct {
	names []string
	index map[string]int
	after [][]int // by position in names
	order []int   // every position once, each behind those it comes after
}

// newGraph sorts things into an order they can happen in. What is stuck in a circle, or waits for something that
// is, comes back by name. Names that nothing bears are left to Scenario.Check.
func newGraph(names []string, after [][]string) (g graph, stuck []string) {
	g = graph{names: names, index: make(map[string]int, len(names)), after: make([][]int, len(names))}
	for i, name := range names {
		g.index[name] = i
	}
	waits := make([]int, len(names))
	next := make([][]int, len(names))
	for i := range names {
		for _, name := range after[i] {
			j, known := g.index[name]
			if !known {
				continue
			}
			g.after[i] = append(g.after[i], j)
			next[j] = append(next[j], i)
			waits[i]++
		}
	}
	for i := range names {
		if waits[i] == 0 {
			g.order = append(g.order, i)
		}
	}
	for at := 0; at < len(g.order); at++ {
		for _, i := range next[g.order[at]] {
			if waits[i]--; waits[i] == 0 {
				g.order = append(g.order, i)
			}
		}
	}
	for i, name := range names {
		if waits[i] > 0 {
			stuck = append(stuck, name)
		}
	}
	return g, stuck
}

// knows reports whether something bears that name.
func (g *graph) knows(name string) bool {
	_, known := g.index[name]
	return known
}

// stranger is the first of the names that nothing bears; "" when there is none.
func (g *graph) stranger(names []string) string {
	if i := slices.IndexFunc(names, func(n string) bool { return !g.knows(n) }); i >= 0 {
		return names[i]
	}
	return ""
}
