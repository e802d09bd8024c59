package plandiff

import (
	"ofsplan/internal/readable"
	"ofsplan/internal/view"
	"ofsplan/plan"
)

// waits are who waits for whom in both plans. Only what nobody waits for on the way is an edge, so that what is implied is neither
// told nor counted.
type waits struct {
	*comparison
	old, new web
	back     []int // by old step: the new one; -1: it is gone
	effort   int   // steps that may still be looked at
}

// A web is who waits for whom in one plan.
type web struct {
	edges  [][]int // by step: those it waits for directly
	levels []int   // by step: more than of each that it waits for
}

// mostEffort bounds how much is looked at to tell what is implied.
const mostEffort = 5_000_000

func newWaits(c *comparison) *waits {
	w := &waits{comparison: c, old: newWeb(c.old.Resolved.Plan), new: newWeb(c.new.Resolved.Plan), effort: mostEffort}
	w.back = make([]int, len(c.old.steps))
	for j := range w.back {
		w.back[j] = -1
	}
	for i, j := range c.pair {
		if j >= 0 {
			w.back[j] = i
		}
	}
	return w
}

func newWeb(p *plan.Plan) web {
	g := view.PlanGraph(p)
	w := web{edges: make([][]int, len(p.Steps)), levels: make([]int, len(p.Steps))}
	for i, n := range g.Nodes {
		w.levels[i] = n.Level
	}
	for _, e := range g.Edges {
		if !e.ActsOn {
			w.edges[e.To] = append(w.edges[e.To], e.From)
		}
	}
	return w
}

// mostNamed is how many steps are named that another waits for.
const mostNamed = 8

// after are the names of those that a new step waits for directly.
func (w *waits) after(i int) []string { return w.names(w.new.edges[i]) }

func (w *waits) names(steps []int) (all []string) {
	for _, k := range steps {
		all = append(all, w.comparison.new.id(k))
	}
	return all
}

// changes are for whom a step waits now that it did not, and for whom no longer.
func (w *waits) changes(i int) (all []Change) {
	j := w.pair[i]
	var more, fewer []string
	for _, k := range w.new.edges[i] {
		was := w.pair[k]
		if was < 0 || !w.reaches(w.old, j, was) {
			more = append(more, w.comparison.new.id(k))
		}
	}
	for _, k := range w.old.edges[j] {
		now := w.back[k]
		if now >= 0 && !w.reaches(w.new, i, now) {
			fewer = append(fewer, w.comparison.new.id(now))
		}
	}
	if len(more) > 0 {
		all = append(all, Change{What: "waits for", Is: readable.List(more, mostNamed)})
	}
	if len(fewer) > 0 {
		all = append(all, Change{What: "no longer waits for", Was: readable.List(fewer, mostNamed)})
	}
	if len(w.new.edges[i]) == 0 && len(w.old.edges[j]) > 0 && len(fewer) == 0 {
		all = append(all, Change{What: "waits for", Was: readable.List(oldNames(w, w.old.edges[j]), mostNamed), Is: "nothing"})
	}
	return all
}

func oldNames(w *waits, steps []int) (all []string) {
	for _, k := range steps {
		all = append(all, w.comparison.old.id(k))
	}
	return all
}

// reaches reports whether a step waits for another, also through others. When too much has been looked at, it reports only
// what is direct.
func (w *waits) reaches(in web, from, to int) bool {
	for _, k := range in.edges[from] {
		if k == to {
			return true
		}
	}
	seen := make(map[int]bool)
	next := append([]int(nil), in.edges[from]...)
	for len(next) > 0 && w.effort > 0 {
		k := next[len(next)-1]
		next = next[:len(next)-1]
		if k == to {
			return true
		}
		if seen[k] || in.levels[k] <= in.levels[to] {
			continue
		}
		seen[k] = true
		w.effort--
		next = append(next, in.edges[k]...)
	}
	return false
}
