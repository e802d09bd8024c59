package sim

import "slices"

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
