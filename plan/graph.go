package plan

import (
	"fmt"
	"slices"
	"strings"

	"ofsplan/internal/source"
)

// A graph is who waits for whom, without ever spelling out "every step above". Each step i has five nodes:
//
//	step i      waits for its needs, or for prefix i; where it mends, for plain i and earlier i
//	settled i   step i is decided and so is every healer of its chain
//	prefix i    the steps 0 to i-1 are decided, and the healers that are active at i: see [healing]
//	plain i     those of the steps 0 to i-1 that do not mend are decided
//	earlier i   of a healer: those of its chain that are written above it are decided
//
// Without its healing it is the graph of needs alone. With it, a step waits for the settled nodes of its needs, but for
// the exceptions of which healing.go tells. Finally steps wait for all and are waited for by none: they are left out.
type graph struct {
	steps    []*Step // without those of finally
	first    []int   // by chain root: the first step of the chain that can be healed; len(steps): none
	previous []int   // by healer: the one of its chain that is written above it; -1: none
	mends    []bool  // by step: see [Step.Mends]
	all      bool    // of needs alone: no step passes over one above it
	*healing         // nil: needs alone
	order    []int32 // after visit: the nodes, each after all it waits for
	rank     []int32 // by node: its place in order
	circled  []bool  // after visit: by node, it is in a circle
}

// newGraph is the graph of needs.
func newGraph(steps []*Step) *graph {
	n := len(steps)
	g := &graph{steps: steps, first: make([]int, n), previous: make([]int, n), mends: make([]bool, n)}
	for i, s := range steps {
		g.first[i], g.previous[i], g.mends[i] = n, -1, s.Mends()
	}
	for i := n - 1; i >= 0; i-- {
		if len(steps[i].Healers) > 0 {
			g.first[steps[i].Chain] = i
		}
	}
	for _, i := range g.first {
		if i == n {
			continue
		}
		healers := steps[i].Healers
		for k := 1; k < len(healers); k++ {
			g.previous[healers[k]] = healers[k-1]
		}
	}
	return g
}

// waits is the whole graph of steps, and the graph of needs that it stands on, both visited, and the circles as [graph.visit] returns
// them. Who is on the way to a healer is not known of steps in circles of needs and of those that wait for them: of
// these only the circles of needs are returned.
func waits(steps []*Step) (needs, whole *graph, cycles [][]int) {
	needs = newGraph(steps)
	cycles = needs.visit()
	h := needs.healers()
	if h == nil {
		return needs, needs, cycles
	}
	whole = &graph{steps: steps, first: needs.first, previous: needs.previous, mends: needs.mends, healing: h}
	lost := needs.lost(cycles, nil)
	for _, c := range whole.visit() {
		if lost == nil || !slices.ContainsFunc(c, func(v int) bool { return v < len(steps) && lost[v] }) {
			cycles = append(cycles, c)
		}
	}
	return needs, whole, cycles
}

// kinds is how many nodes each step has.
const kinds = 5

// The virtual nodes of a step.
func (g *graph) settled(i int) int { return len(g.steps) + i }
func (g *graph) prefix(i int) int  { return 2*len(g.steps) + i }
func (g *graph) plain(i int) int   { return 3*len(g.steps) + i }
func (g *graph) earlier(i int) int { return 4*len(g.steps) + i }

// next is the k-th node that node v waits for, or -1 past the last.
func (g *graph) next(v, k int) int {
	n := len(g.steps)
	i := v % n
	switch v / n {
	case 0:
		return g.nextOfStep(i, k)
	case 1:
		h := g.steps[i].Healers
		switch {
		case k == 0:
			return i
		case len(h) == 0 || k > 2:
		case k == 1:
			return h[len(h)-1]
		default:
			return g.earlier(h[len(h)-1])
		}
	case 2:
		return g.nextOfPrefix(i, k)
	case 3:
		switch {
		case i == 0 || k > 1:
		case k == 0:
			return g.plain(i - 1)
		case !g.mends[i-1]:
			return i - 1
		}
	case 4:
		switch before := g.previous[i]; {
		case before < 0 || k > 1:
		case k == 0:
			return g.earlier(before)
		default:
			return before
		}
	}
	return -1
}

func (g *graph) nextOfStep(i, k int) int {
	s := g.steps[i]
	switch {
	case !s.Above && k < len(s.Needs):
		return g.need(s, s.Needs[k])
	case !s.Above:
		k -= len(s.Needs)
	case g.mends[i] && !g.all:
		switch k {
		case 0:
			return g.plain(i)
		case 1:
			return g.earlier(i)
		}
		return -1
	case k == 0:
		return g.prefix(i)
	default:
		k--
	}
	if g.healing != nil {
		if more := g.extra[i]; k < len(more) {
			return int(more[k])
		}
	}
	return -1
}

// need is the node of its need j that a step waits for.
func (g *graph) need(s *Step, j int) int {
	n := g.steps[j]
	if g.healing == nil || len(n.Healers) == 0 || s.WaitsForEnd(n.Chain) || g.onWay[query{s.Index, n.Chain}] {
		return j
	}
	return g.settled(j)
}

func (g *graph) nextOfPrefix(i, k int) int {
	switch {
	case i == 0:
	case k == 0:
		return g.prefix(i - 1)
	case k == 1:
		return i - 1
	case g.healing != nil:
		if active := g.active[i]; k-2 < len(active) {
			return int(active[k-2])
		}
	}
	return -1
}

// visit orders the nodes and returns the cycles it met, none of which shares a step with another.
// Each is a list of nodes, every one waiting for the next and the last for the first.
func (g *graph) visit() (cycles [][]int) {
	const unseen, open, done = 0, 1, 2
	n := kinds * len(g.steps)
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
	var real []int
	first := 0
	for _, v := range cycle {
		if v >= len(g.steps) {
			continue
		}
		if real = append(real, v); v < real[first] {
			first = len(real) - 1
		}
	}
	out := make([]hop, len(real))
	for k := range out {
		from, to := real[(first+k)%len(real)], real[(first+k+1)%len(real)]
		out[k] = hop{from, to, g.healedBy(from, to)}
	}
	return out
}

// healedBy is the step because of which one step waits for another: the first it needs that the other may heal; -1 when it needs the
// other itself.
func (g *graph) healedBy(from, to int) int {
	f, t := g.steps[from], g.steps[to]
	switch {
	case f.Above && to < from && !f.PassesOver(t), slices.Contains(f.Needs, to):
		return -1
	case f.Above:
		return g.first[t.Chain]
	}
	return f.Needs[slices.IndexFunc(f.Needs, func(n int) bool { return g.steps[n].Chain == t.Chain && len(g.steps[n].Healers) > 0 })]
}

// reportCycle writes one cycle as a problem: every step of it in order, each with the place where it says so.
func (g *graph) reportCycle(errs *source.Errors, places []stepPlaces, cycle []int) {
	hops := g.hops(cycle)
	parts := make([]string, len(hops))
	var at source.Pos
	var healed []hop
	for k, h := range hops {
		pos, text := g.hopText(h, places)
		if k == 0 {
			at = pos
		} else {
			text += fmt.Sprintf(" (%s)", pos)
		}
		parts[k] = text
		if h.by >= 0 {
			healed = append(healed, h)
		}
	}
	errs.Add(at, "%s", "steps wait for each other in a circle: "+strings.Join(parts, ", ")).Hint = g.hint(healed)
}

// hint says what to do about steps that wait for healers which wait for them.
func (g *graph) hint(healed []hop) string {
	if len(healed) == 0 {
		return ""
	}
	h := healed[0]
	from, to, by := g.steps[h.from], g.steps[h.to], g.steps[h.by]
	for _, other := range healed[1:] {
		if o := g.steps[other.to]; from.speaks() && o.Chain == to.Chain && o != to && !to.Above {
			return fmt.Sprintf("add %q to the needs of %q, so that what heals %q goes one after the other", o.ID, to.ID, by.ID)
		}
	}
	text := fmt.Sprintf("write %q above %q, directly below %q, or give it needs that do not wait for %q", to.ID, from.ID, by.ID, from.ID)
	if !from.speaks() && to.speaks() {
		text += fmt.Sprintf("; a step on the way from %q to %q must say in its if what it does after a failure, as in failed()", by.ID, to.ID)
	}
	return text
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
