package plan

import (
	"slices"
)

// A query asks whether a step runs after another in every case: whether target is among what step waits for,
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
		case s.Above && q.target < q.step && (g.all || !s.PassesOver(g.steps[q.target])), slices.Contains(s.Needs, q.target):
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

// Below lists the indexes of the steps that wait for step i, directly or through others, in file order; of foreach steps the whole
// and each item. Finally steps are not among them, and nothing waits for one. It costs the whole plan.
func (p *Plan) Below(i int) []int {
	if i >= p.FinallyAt {
		return nil
	}
	of := i
	i = p.Steps[i].Top().Index // an item is waited for by those that wait for the whole
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
	// From here down every step that waits for all above it has been visited: those that mend, and the others.
	above := map[bool]int{true: p.FinallyAt, false: p.FinallyAt}
	for len(todo) > 0 {
		j := todo[0]
		todo = todo[1:]
		s := p.Steps[j]
		for _, d := range direct[j] {
			visit(d)
		}
		for _, mends := range []bool{false, true} {
			if mends && s.Mends() {
				break // of these only its own chain waits for it
			}
			for k := j + 1; k < above[mends]; k++ {
				if p.Steps[k].Above && p.Steps[k].Mends() == mends {
					visit(k)
				}
			}
			above[mends] = min(above[mends], j+1)
		}
		if s.Mends() {
			for _, h := range s.Healers {
				if h > j && p.Steps[h].Above {
					visit(h)
				}
			}
		}
	}
	var below []int
	for j := range seen {
		if top := p.Steps[j].Top().Index; seen[top] && top != i && j != of {
			below = append(below, j)
		}
	}
	return below
}
