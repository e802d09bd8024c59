package plan

import (
	"iter"
	mathbits "math/bits"
	"slices"
)

// A step that restarts or reruns the batch run of another heals what failed in that chain. Whoever needs a failed step waits
// for its healers too, with two exceptions, without which no step could stand between a failure and its healer, and no two
// healers beside each other:
//
//   - A step on the way to a healer, one that the healer itself waits for, does not wait for that healer. It sees its need as
//     that ended.
//   - A healer that speaks of failure, which mends, waits for what it needs to have ended, and for no healer of it.
//     When it waits for all above it, it passes over those that mend another chain.
//
// A step on the way that says nothing of failure would be blocked by what is healed later. Where the healer mends, such a
// step waits for it all the same, which makes a circle: that is how a plan is told.

// Heals reports whether a step's success makes good what failed before it in its chain: it restarts or reruns the batch
// run of another step and waits for its end. A finally step heals nothing, since nothing waits for it.
func (s *Step) Heals() bool {
	v, ok := s.verb().(*OnRun)
	return ok && v.Step >= 0 && (v.Op == OpRestart || v.Op == OpRerun) && !v.NoWait && !s.Finally && s.Chain >= 0
}

// Mends reports whether a step heals and may run after a failure, since its if calls failed() or always().
func (s *Step) Mends() bool { return s.Heals() && s.speaks() }

// speaks reports whether the step may run after a failure of what it needs.
func (s *Step) speaks() bool { return s.If != nil && s.If.SpeaksOfFailure() }

// PassesOver reports whether a step that waits for every step above it does not wait for that one: both mend, and not the
// same chain.
func (s *Step) PassesOver(above *Step) bool {
	return s.Above && s.Chain != above.Chain && s.Mends() && above.Mends()
}

// NeedsOf yields the indexes of the steps that a step waits for by its needs, or because they are written above it. A finally step
// waits for all before it, and an item of a foreach for what the whole waits for. Of a foreach, the whole alone is needed.
func (p *Plan) NeedsOf(s *Step) iter.Seq[int] {
	s = s.Top()
	if !s.Above && !s.Finally {
		return slices.Values(s.Needs)
	}
	return func(yield func(int) bool) {
		for i, above := range p.Steps[:s.Index] {
			if above.Parent == nil && !s.PassesOver(above) && !yield(i) {
				return
			}
		}
	}
}

// WaitsForHealer reports whether a step waits for a healer of one of its needs, when that need failed, as it waits for the
// need itself. It holds in a plan without circles: there a step stands before or behind each such healer.
func (s *Step) WaitsForHealer(h *Step) bool { return !s.WaitsForEnd(h.Chain) && h.Rank < s.Rank }

// WaitsForEnd reports whether a step waits for no healer of that chain, whichever step of it it needs: it mends, or it has needs and
// heals that chain itself.
func (s *Step) WaitsForEnd(chain int) bool {
	return s.Heals() && (s.speaks() || !s.Above && s.Chain == chain)
}

// healing is what a graph knows of who waits for which healer. It is made from the graph of needs alone.
type healing struct {
	// active are, by step, the healers that steps without needs wait for from there on, beside all above them: the chain has a step
	// above, and no step without needs from there on is on the way to the healer.
	active map[int][]int32
	onWay  map[query]bool  // a step, and the root of a chain to a healer of which it is on the way
	extra  map[int][]int32 // by step: nodes it waits for that follow from nothing else
}

// healers makes the healing of the steps of a graph of needs, which has been visited and has no cycle; nil when
// nothing heals.
func (g *graph) healers() *healing {
	h := &healing{active: map[int][]int32{}, onWay: map[query]bool{}, extra: map[int][]int32{}}
	chains := g.chains()
	if len(chains) == 0 {
		return nil
	}
	g.withoutNeeds(h, chains)
	g.withNeeds(h, chains)
	return h
}

// healed is a chain that can be healed.
type healed struct {
	root, first int
	healers     []int // in file order
	needing     []int // the steps with needs of their own that need a step of it and may have to wait for a healer, in file order
	lo, hi      int32 // of those, the lowest rank; of the healers, the highest
}

// chains lists the chains that can be healed, by their roots.
func (g *graph) chains() []*healed {
	byRoot := make(map[int]*healed)
	var all []*healed
	for _, s := range g.steps {
		if first := g.first[s.Index]; first < len(g.steps) {
			c := &healed{root: s.Index, first: first, healers: g.steps[first].Healers}
			byRoot[s.Index], all = c, append(all, c)
			for _, h := range c.healers {
				c.hi = max(c.hi, g.rank[h])
			}
		}
	}
	for d, s := range g.steps {
		for _, n := range s.Needs {
			need := g.steps[n]
			if len(need.Healers) == 0 || s.WaitsForEnd(need.Chain) {
				continue
			}
			c := byRoot[need.Chain]
			if g.rank[d] < c.hi && (len(c.needing) == 0 || c.needing[len(c.needing)-1] != d) {
				if len(c.needing) == 0 || g.rank[d] < c.lo {
					c.lo = g.rank[d]
				}
				c.needing = append(c.needing, d)
			}
		}
	}
	return all
}

// withoutNeeds finds which healers steps without needs wait for. Whether one is on the way to a healer is told by the last
// such step that is: all above that one are, but for steps that mend, which wait for no healer.
func (g *graph) withoutNeeds(h *healing, chains []*healed) {
	last := make([]int32, len(g.rank)) // by node: the last step without needs among all it waits for and itself; -1: none
	for _, v := range g.order {
		last[v] = -1
		for k := 0; ; k++ {
			w := g.next(int(v), k)
			if w < 0 {
				break
			}
			last[v] = max(last[v], last[w])
		}
		if int(v) < len(g.steps) && g.steps[v].Above {
			last[v] = max(last[v], v)
		}
	}
	silent := make([]int32, len(g.steps)+1) // by step: the first from there on that has no needs and would be blocked by a failure
	silent[len(g.steps)] = int32(len(g.steps))
	for i := len(g.steps) - 1; i >= 0; i-- {
		if silent[i] = silent[i+1]; g.steps[i].Above && !g.steps[i].speaks() {
			silent[i] = int32(i)
		}
	}
	for _, c := range chains {
		g.ofChain(h, c, last, silent)
	}
}

// ofChain does so for one chain. A step that would be blocked by what a healer below makes good is let wait for that healer:
// a circle. One of them is enough.
func (g *graph) ofChain(h *healing, c *healed, last, silent []int32) {
	blocked := silent[c.first+1]
	for int(blocked) < len(g.steps) && g.steps[blocked].Heals() && g.steps[blocked].Chain == c.root {
		blocked = silent[blocked+1]
	}
	for _, i := range c.healers {
		if g.steps[i].speaks() && blocked <= last[i] {
			h.extra[int(blocked)] = append(h.extra[int(blocked)], int32(i))
		}
		at := max(c.first, int(last[i])) + 1
		h.active[at] = append(h.active[at], int32(i))
	}
}

// withNeeds finds the steps with needs that are on the way to a healer of what they need, 64 healers at a time: one walk from
// the healers up to the first of those steps tells all.
func (g *graph) withNeeds(h *healing, chains []*healed) {
	w := &walk{graph: g, seen: make([]uint64, len(g.rank)), ways: make(map[query]bits)}
	for _, c := range chains {
		if len(c.needing) == 0 {
			continue
		}
		for k := range c.healers {
			if len(w.healers) == 64 {
				w.run()
			}
			w.healers = append(w.healers, target{c, k})
		}
	}
	w.run()
	for _, c := range chains {
		for _, d := range c.needing {
			if ways := w.ways[query{d, c.root}]; ways != nil {
				g.onTheWay(h, c, d, ways)
			}
		}
	}
}

// onTheWay keeps which healers of the chain step d waits for all the same: those it is not on the way to, and those that mend
// what would block it.
func (g *graph) onTheWay(h *healing, c *healed, d int, ways bits) {
	if !g.steps[d].speaks() {
		for k, i := range c.healers {
			if g.steps[i].speaks() {
				ways[k/64] &^= 1 << (k % 64)
			}
		}
	}
	first := ways.next(0, true)
	if first >= len(c.healers) {
		return
	}
	h.onWay[query{d, c.root}] = true
	if first > 0 {
		h.extra[d] = append(h.extra[d], int32(g.earlier(c.healers[first])))
	}
	for k := ways.next(first, false); k < len(c.healers); k = ways.next(k+1, false) {
		h.extra[d] = append(h.extra[d], int32(c.healers[k]))
	}
}

// bits is a set of the healers of a chain, by their place in it.
type bits []uint64

// next is the first place from k on that is in the set, or that is not.
func (b bits) next(k int, in bool) int {
	for ; k < 64*len(b); k = k/64*64 + 64 {
		word := b[k/64]
		if !in {
			word = ^word
		}
		if word = word >> (k % 64); word != 0 {
			return k + mathbits.TrailingZeros64(word)
		}
	}
	return k
}

// target is one healer of a chain.
type target struct {
	chain *healed
	at    int // in its healers
}

// walk finds who is on the way to a batch of healers.
type walk struct {
	*graph
	healers []target
	seen    []uint64       // by node: the healers of the batch that are below it
	ways    map[query]bits // by step and chain: the healers it is on the way to; nothing where there are none
}

func (w *walk) run() {
	if len(w.healers) == 0 {
		return
	}
	lo, hi := w.healers[0].chain.lo, int32(0)
	for b, t := range w.healers {
		i := t.chain.healers[t.at]
		w.seen[i] |= 1 << b
		lo, hi = min(lo, t.chain.lo), max(hi, w.rank[i])
	}
	for r := hi; r >= lo; r-- {
		v := int(w.order[r])
		for k := 0; w.seen[v] != 0; k++ {
			n := w.next(v, k)
			if n < 0 {
				break
			}
			if w.rank[n] >= lo {
				w.seen[n] |= w.seen[v]
			}
		}
	}
	for b := 0; b < len(w.healers); {
		b += w.keep(b)
	}
	for r := lo; r <= hi; r++ {
		w.seen[w.order[r]] = 0
	}
	for _, t := range w.healers { // of a chain whose steps all stand elsewhere
		w.seen[t.chain.healers[t.at]] = 0
	}
	w.healers = w.healers[:0]
}

// keep takes down who is on the way to the healers of one chain, which begin at bit b of the batch, and returns how many they are.
func (w *walk) keep(b int) int {
	c, first := w.healers[b].chain, w.healers[b].at
	n := 1
	for b+n < len(w.healers) && w.healers[b+n].chain == c {
		n++
	}
	for _, d := range c.needing {
		seen := w.seen[d] >> b
		if n < 64 {
			seen &= 1<<n - 1
		}
		if seen == 0 {
			continue
		}
		q := query{d, c.root}
		ways := w.ways[q]
		if ways == nil {
			ways = make(bits, len(c.healers)/64+2)
			w.ways[q] = ways
		}
		ways[first/64] |= seen << (first % 64)
		ways[first/64+1] |= seen >> (64 - first%64)
	}
	return n
}
