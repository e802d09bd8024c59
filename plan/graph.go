package plan

import (
	"fmt"
	"slices"
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

	// withHealers makes notAfter count the healers that a step waits for as well, which are no ancestors of it.
	withHealers bool
	circled     []bool // after visit: by node, it is in a circle
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
	g.circled = reported
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

// lost tells by step which of them wait, directly or through others, for a circle or for what is unknown. Nil: none does.
func (g *graph) lost(cycles [][]int, unknown map[int]bool) []bool {
	if len(cycles) == 0 && len(unknown) == 0 {
		return nil
	}
	lost := slices.Clone(g.circled)
	for _, v := range g.order {
		lost[v] = lost[v] || unknown[int(v)]
		for k := 0; !lost[v]; k++ {
			w := g.next(int(v), k)
			if w < 0 {
				break
			}
			lost[v] = lost[w]
		}
	}
	return lost[:len(g.steps)]
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
func (g *graph) reportCycle(errs *source.Errors, places []stepPlaces, cycle []int) {
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

func (g *graph) hopText(h hop, places []stepPlaces) (source.Pos, string) {
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

// A query asks whether a step runs after another in every case: whether target is among what step needs,
// directly or through others.
type query struct{ step, target int }

// notAfter returns the queries whose answer is no, in the order given. The graph must have been
// visited and have no cycle.
//
// Most questions are about a step's own needs, or are put by a step that waits for all above it; these cost
// nothing. The rest are answered 64 targets at a time by one walk over the stretch of the order between the
// first target and the last asker, so that no step ever holds the list of its ancestors.
func (g *graph) notAfter(queries []query) []query {
	var hard []query
	no := make(map[query]bool)
	for _, q := range queries {
		s := g.steps[q.step]
		switch {
		case q.step == q.target:
			no[q] = true
		case s.Above && q.target < q.step, slices.Contains(s.Needs, q.target):
		default:
			hard = append(hard, q)
		}
	}
	slices.SortFunc(hard, func(a, b query) int { return int(g.rank[a.target]) - int(g.rank[b.target]) })
	seen := make([]uint64, len(g.rank))
	for len(hard) > 0 {
		hard = g.batch(hard, seen, no)
	}
	var out []query
	for _, q := range queries {
		if no[q] {
			out = append(out, q)
		}
	}
	return out
}

// batch answers the queries about the next 64 targets and returns the rest. seen is scratch space by node.
func (g *graph) batch(hard []query, seen []uint64, no map[query]bool) []query {
	bits := make(map[int]uint64, 64)
	end, hi := 0, int32(0)
	for ; end < len(hard); end++ {
		q := hard[end]
		if bits[q.target] == 0 {
			if len(bits) == 64 {
				break
			}
			bits[q.target] = 1 << len(bits)
		}
		hi = max(hi, g.rank[q.step])
	}
	lo := g.rank[hard[0].target]
	for r := lo; r <= hi; r++ {
		v := int(g.order[r])
		var mask uint64
		for k := 0; ; k++ {
			w := g.next(v, k)
			if w < 0 {
				break
			}
			if g.rank[w] >= lo {
				mask |= seen[w]
				if w < len(g.steps) {
					mask |= bits[w]
				}
			}
			if g.isSettled(v) && !g.withHealers {
				break // healers are waited for, but are no ancestors
			}
		}
		seen[v] = mask
	}
	for _, q := range hard[:end] {
		if g.rank[q.step] < lo || seen[q.step]&bits[q.target] == 0 {
			no[q] = true
		}
	}
	return hard[end:]
}

func (g *graph) isSettled(v int) bool { return v >= len(g.steps) && v < 2*len(g.steps) }

// Below lists the indexes of the steps that wait for step i, directly or through others, in file order. Finally
// steps are not among them, and nothing waits for one. It costs the whole plan.
func (p *Plan) Below(i int) []int {
	if i >= p.FinallyAt {
		return nil
	}
	direct := make([][]int, p.FinallyAt)
	for j := range p.FinallyAt {
		for _, n := range p.Steps[j].Needs {
			direct[n] = append(direct[n], j)
		}
	}
	seen := make([]bool, p.FinallyAt)
	todo := []int{i}
	visit := func(j int) {
		if !seen[j] {
			seen[j] = true
			todo = append(todo, j)
		}
	}
	above := p.FinallyAt // from here down every step that waits for all above it has been visited
	for len(todo) > 0 {
		j := todo[0]
		todo = todo[1:]
		for _, d := range direct[j] {
			visit(d)
		}
		for k := j + 1; k < above; k++ {
			if p.Steps[k].Above {
				visit(k)
			}
		}
		above = min(above, j+1)
	}
	var below []int
	for j, s := range seen {
		if s && j != i {
			below = append(below, j)
		}
	}
	return below
}
