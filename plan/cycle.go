package plan

import (
	"fmt"
	"strings"

	"ofsplan/internal/source"
)

// A graph is who waits for whom, healers included, without ever spelling out "every step above". Each
// step i has three nodes:
//
//	step i      waits for the settled nodes of its needs, or for prefix i
//	settled i   step i is decided and so is every healer of its chain
//	prefix i    the steps 0 to i-1 are settled: prefix i-1 and settled i-1
//
// A healer waits for steps of its own chain themselves, not for their being settled: it cannot wait for itself.
// A healer without needs therefore waits for the prefix up to its chain's first step, and for the steps between
// one by one; where such stretches of two chains overlap there is a cycle, so in a good plan they are
// short. Finally steps wait for all and are waited for by none: they are left out.
type graph struct {
	steps []*Step // without those of finally
	first []int   // by chain root: the first step of the chain that can be healed; len(steps): none
	order []int32 // after visit: the nodes, each after all it waits for
	rank  []int32 // by node: its place in order

	waited bool // strangers asks who waits for whom: healers that are waited for count, ancestors or not
}

func newGraph(steps []*Step) *graph {
	n := len(steps)
	g := &graph{steps: steps, first: make([]int, n)}
	for i := range g.first {
		g.first[i] = n
	}
	for i := n - 1; i >= 0; i-- {
		if len(steps[i].Healers) > 0 {
			g.first[steps[i].Chain] = i
		}
	}
	return g
}

// settled and prefix are the virtual nodes of a step.
func (g *graph) settled(i int) int { return len(g.steps) + i }
func (g *graph) prefix(i int) int  { return 2*len(g.steps) + i }

// next is the k-th node that node v waits for, or -1 past the last.
func (g *graph) next(v, k int) int {
	n := len(g.steps)
	switch {
	case v < n:
		return g.nextOfStep(v, k)
	case v < 2*n:
		if i := v - n; k == 0 {
			return i
		} else if h := g.steps[i].Healers; k <= len(h) {
			return h[k-1]
		}
	case v > 2*n: // prefix 0 waits for nothing
		switch k {
		case 0:
			return v - 1
		case 1:
			return g.settled(v - 2*n - 1)
		}
	}
	return -1
}

func (g *graph) nextOfStep(i, k int) int {
	s := g.steps[i]
	if !s.Above {
		if k < len(s.Needs) {
			return g.waitsFor(i, s.Needs[k])
		}
		return -1
	}
	above := i
	if s.Heals() {
		above = min(i, g.first[s.Chain])
	}
	if k == 0 {
		return g.prefix(above)
	}
	if j := above + k - 1; j < i {
		return g.waitsFor(i, j)
	}
	return -1
}

// waitsFor is the node of step j that step i, which needs it, waits for.
func (g *graph) waitsFor(i, j int) int {
	if g.steps[i].Heals() && g.steps[i].Chain == g.steps[j].Chain {
		return j
	}
	return g.settled(j)
}

// visit orders the nodes and returns the cycles it met, none of which shares a step with another.
// Each is a list of nodes, every one waiting for the next and the last for the first.
func (g *graph) visit() (cycles [][]int) {
	const unseen, open, done = 0, 1, 2
	n := 3 * len(g.steps)
	state := make([]byte, n)
	reported := make([]bool, n)
	g.order = make([]int32, 0, n)
	g.rank = make([]int32, n)
	type frame struct{ v, k int }
	var path []frame
	for start := range n {
		if state[start] != unseen {
			continue
		}
		state[start] = open
		path = append(path[:0], frame{v: start})
		for len(path) > 0 {
			top := &path[len(path)-1]
			w := g.next(top.v, top.k)
			top.k++
			switch {
			case w < 0:
				state[top.v] = done
				g.rank[top.v] = int32(len(g.order))
				g.order = append(g.order, int32(top.v))
				path = path[:len(path)-1]
			case state[w] == unseen:
				state[w] = open
				path = append(path, frame{v: w})
			case state[w] == open:
				at := len(path) - 1
				for path[at].v != w {
					at--
				}
				cycle, fresh := []int{}, true
				for _, f := range path[at:] {
					cycle = append(cycle, f.v)
					fresh = fresh && !reported[f.v]
				}
				if fresh {
					cycles = append(cycles, cycle)
				}
				for _, v := range cycle {
					reported[v] = true
				}
			}
		}
	}
	return cycles
}

// A hop is one real step of a cycle: from waits for to, by way of a step that to may heal when by is set.
type hop struct {
	from, to int
	by       int // -1: directly
}

// hops leaves the virtual nodes of a cycle out and begins with its first step in file order.
func (g *graph) hops(cycle []int) []hop {
	n := len(g.steps)
	start := -1
	for at, v := range cycle {
		if v < n && (start < 0 || v < cycle[start]) {
			start = at
		}
	}
	turned := append(append(append([]int{}, cycle[start:]...), cycle[:start]...), cycle[start])
	var out []hop
	h := hop{from: turned[0], by: -1}
	for at, v := range turned[1:] {
		if v >= n {
			continue
		}
		h.to = v
		if before := turned[at]; before >= n && before < 2*n && before-n != v {
			h.by = before - n
		}
		out = append(out, h)
		h = hop{from: v, by: -1}
	}
	return out
}

// reportCycle writes one cycle as a problem: every step of it in order, each with the place where it says so.
func (g *graph) reportCycle(errs *source.Errors, places []links, cycle []int) {
	hops := g.hops(cycle)
	parts := make([]string, len(hops))
	var at source.Pos
	var hint string
	for k, h := range hops {
		pos, text := g.hopText(h, places)
		if k == 0 {
			at = pos
		} else {
			text += fmt.Sprintf(" (%s)", pos)
		}
		parts[k] = text
		if h.by >= 0 && hint == "" {
			hint = fmt.Sprintf("write %q directly below %q, or give it needs that do not wait for %q",
				g.steps[h.to].ID, g.steps[h.by].ID, g.steps[h.from].ID)
		}
	}
	errs.Add(at, "%s", "steps wait for each other in a circle: "+strings.Join(parts, ", ")).Hint = hint
}

func (g *graph) hopText(h hop, places []links) (source.Pos, string) {
	from, to := g.steps[h.from], g.steps[h.to]
	via := h.to
	if h.by >= 0 {
		via = h.by
	}
	pos, text := from.Pos, fmt.Sprintf("%q waits for every step above it, and so for %q", from.ID, g.steps[via].ID)
	if !from.Above {
		text = fmt.Sprintf("%q needs %q", from.ID, g.steps[via].ID)
		for k, need := range from.Needs {
			if need == via {
				pos = places[h.from].needs[k]
			}
		}
	}
	if h.by >= 0 {
		text += fmt.Sprintf(", which %q may heal", to.ID)
	}
	return pos, text
}
