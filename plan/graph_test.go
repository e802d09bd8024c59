package plan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawSteps makes a plan of random steps: triggers, and restarts, reruns and waits that name an earlier one.
func drawSteps(t *rapid.T) []*Step {
	n := rapid.IntRange(1, 12).Draw(t, "steps")
	forward := rapid.Bool().Draw(t, "needs may name later steps")
	steps := make([]*Step, n)
	for i := range steps {
		s := &Step{Index: i, Do: &Trigger{NoWait: rapid.Bool().Draw(t, "no wait")}}
		if i > 0 && rapid.IntRange(0, 2).Draw(t, "names another") > 0 {
			op := rapid.SampledFrom([]Op{OpWait, OpRestart, OpRerun, OpStatus}).Draw(t, "op")
			s.Do = &OnRun{Op: op, Step: rapid.IntRange(0, i-1).Draw(t, "named")}
		}
		if s.Above = rapid.Bool().Draw(t, "above"); !s.Above {
			last := i - 1
			if forward {
				last = n - 1
			}
			for j := 0; j <= last; j++ {
				if j != i && rapid.IntRange(0, 3).Draw(t, "needs") == 0 {
					s.Needs = append(s.Needs, j)
				}
			}
		}
		steps[i] = s
	}
	link(steps)
	return steps
}

// needsOf spells out what a step needs.
func needsOf(s *Step) []int {
	if !s.Above {
		return s.Needs
	}
	var all []int
	for j := range s.Index {
		all = append(all, j)
	}
	return all
}

// waitsFor spells out whom each step waits for, in the words of the design: its needs and their healers, except
// that a healer does not wait for healers of its own chain.
func spelledOut(steps []*Step) [][]int {
	out := make([][]int, len(steps))
	for i, s := range steps {
		for _, need := range needsOf(s) {
			out[i] = append(out[i], need)
			if !s.Heals() || steps[need].Chain != s.Chain {
				out[i] = append(out[i], steps[need].Healers...)
			}
		}
	}
	return out
}

// reach tells which steps can be reached from each over those edges.
func reach(edges [][]int) [][]bool {
	all := make([][]bool, len(edges))
	for i := range edges {
		all[i] = make([]bool, len(edges))
		todo := slices.Clone(edges[i])
		for len(todo) > 0 {
			j := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if !all[i][j] {
				all[i][j] = true
				todo = append(todo, edges[j]...)
			}
		}
	}
	return all
}

// The graph that spells nothing out finds a cycle exactly when the one that spells out everything has one, and
// every hop of what it reports is one of that graph's edges.
func TestCyclesAgreeWithTheGraphSpelledOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := drawSteps(t)
		edges := spelledOut(steps)
		all := reach(edges)
		cyclic := false
		for i := range all {
			cyclic = cyclic || all[i][i]
		}
		g := newGraph(steps)
		cycles := g.visit()
		if (len(cycles) > 0) != cyclic {
			t.Fatalf("cycles %v, but cyclic is %v", cycles, cyclic)
		}
		for _, c := range cycles {
			hops := g.hops(c)
			for k, h := range hops {
				if !slices.Contains(edges[h.from], h.to) {
					t.Fatalf("%v: nothing makes %d wait for %d", hops, h.from, h.to)
				}
				if hops[(k+1)%len(hops)].from != h.to {
					t.Fatalf("%v is no circle", hops)
				}
			}
		}
	})
}

func TestAncestorsAgreeWithTheGraphSpelledOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := drawSteps(t)
		g := newGraph(steps)
		if len(g.visit()) > 0 {
			return
		}
		edges := make([][]int, len(steps))
		for i, s := range steps {
			edges[i] = needsOf(s)
		}
		all := reach(edges)
		var asked, want []query
		for range rapid.IntRange(1, 150).Draw(t, "queries") {
			q := query{rapid.IntRange(0, len(steps)-1).Draw(t, "step"), rapid.IntRange(0, len(steps)-1).Draw(t, "target")}
			asked = append(asked, q)
			if !all[q.step][q.target] {
				want = append(want, q)
			}
		}
		if got := g.notAfter(asked); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// More targets than one walk takes, each asked for by a step far below it.
func TestAncestorsOfAManyStepChain(t *testing.T) {
	const n = 1000
	steps := make([]*Step, n)
	var asked []query
	for i := range steps {
		steps[i] = &Step{Index: i, Do: &Trigger{}}
		if i > 0 && i != n/2 { // broken in the middle
			steps[i].Needs = []int{i - 1}
		}
		asked = append(asked, query{i, i / 3})
	}
	link(steps)
	g := newGraph(steps)
	g.visit()
	for _, q := range asked {
		want := q.step == q.target || q.step >= n/2 && q.target < n/2
		if got := slices.Contains(g.notAfter([]query{q}), q); got != want {
			t.Errorf("%v: not after is %v, want %v", q, got, want)
		}
	}
	together := g.notAfter(asked)
	for _, q := range asked {
		if got, want := slices.Contains(together, q), q.step == q.target || q.step >= n/2 && q.target < n/2; got != want {
			t.Errorf("asked together, %v: not after is %v, want %v", q, got, want)
		}
	}
}

func TestHealersOfAChain(t *testing.T) {
	steps := []*Step{
		{Do: &Trigger{NoWait: true}},
		{Do: &OnRun{Op: OpWait, Step: 0}},
		{Do: &OnRun{Op: OpStatus, Step: 1}},
		{Do: &OnRun{Op: OpRestart, Step: 1}},
		{Do: &OnRun{Op: OpRerun, Step: 3}},
		{Do: &OnRun{Op: OpRestart, Step: 0, NoWait: true}},
		{Do: &OnRun{Op: OpRestart, Step: 0}, Finally: true},
		{Do: &Sleep{}},
		{Do: &OnRun{Op: OpWait, Step: -1}},
		{Do: &OnRun{Op: OpRestart, Step: 8}},
	}
	link(steps)
	if got, want := chainsOf(steps), []int{0, 0, 0, 0, 0, 0, 0, -1, 8, 8}; !slices.Equal(got, want) {
		t.Fatalf("chains %v, want %v", got, want)
	}
	for i, want := range [][]int{nil, {3, 4}, nil, {3, 4}, {3, 4}, nil, nil, nil, {9}, {9}} {
		if !slices.Equal(steps[i].Healers, want) {
			t.Errorf("healers of %d: %v, want %v", i, steps[i].Healers, want)
		}
	}
}

func TestNamesInACircleEndNowhere(t *testing.T) {
	steps := []*Step{{Do: &OnRun{Op: OpWait, Step: 1}}, {Do: &OnRun{Op: OpWait, Step: 0}}, {Do: &OnRun{Op: OpWait, Step: 0}}}
	link(steps)
	if got, want := chainsOf(steps), []int{-1, -1, -1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func chainsOf(steps []*Step) []int {
	var all []int
	for _, s := range steps {
		all = append(all, s.Chain)
	}
	return all
}

func TestBelow(t *testing.T) {
	p, err := Parse("p.yaml", []byte(`
version: 1
name: below
steps:
  - {id: a, needs: [], sleep: 1s}
  - {id: b, needs: [], sleep: 1s}
  - {id: c, needs: [e], sleep: 1s}
  - {id: d, needs: [b], sleep: 1s}
  - {id: e, needs: [a], sleep: 1s}
  - {id: f, sleep: 1s}
  - {id: g, needs: [], sleep: 1s}
finally:
  - {id: h, sleep: 1s}
`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]int{{2, 4, 5}, {3, 5}, {5}, {5}, {2, 5}, nil, nil, nil} {
		if got := p.Below(i); !slices.Equal(got, want) {
			t.Errorf("below %s: got %v, want %v", p.Steps[i].ID, got, want)
		}
	}
}
