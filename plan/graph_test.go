package plan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
)

// drawSteps makes a plan of random steps: triggers, and restarts, reruns and waits that name an earlier one, with and without
// a word on failure.
func drawSteps(t *rapid.T) []*Step {
	n := rapid.IntRange(1, 12).Draw(t, "steps")
	forward := rapid.IntRange(0, 3).Draw(t, "needs may name later steps") == 0
	speaking := rapid.IntRange(0, 3).Draw(t, "how many speak of failure")
	steps := make([]*Step, n)
	for i := range steps {
		s := &Step{Index: i, Do: &Trigger{NoWait: rapid.Bool().Draw(t, "no wait")}}
		if i > 0 && rapid.IntRange(0, 2).Draw(t, "names another") > 0 {
			op := rapid.SampledFrom([]Op{OpWait, OpRestart, OpRerun, OpInterrupt}).Draw(t, "op")
			s.Do = &OnRun{Op: op, Step: rapid.IntRange(0, i-1).Draw(t, "named")}
		}
		if rapid.IntRange(0, 3).Draw(t, "speaks") < speaking {
			s.If = afterFailure
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

// afterFailure is an if that speaks of failure.
var afterFailure = func() *expr.Cond {
	c, errs := expr.New(calendar.Default()).Cond(&source.Node{Kind: source.Scalar, Value: "failed()"}, expr.InIf)
	if len(errs) > 0 {
		panic(errs)
	}
	return c
}()

// needsOf spells out what a step needs: all above it, but for steps that mend other chains where it mends itself.
func needsOf(s *Step, steps []*Step) []int {
	if !s.Above {
		return s.Needs
	}
	var all []int
	for j := range s.Index {
		if !(s.Mends() && steps[j].Mends() && steps[j].Chain != s.Chain) {
			all = append(all, j)
		}
	}
	return all
}

// allNeeds spells out what every step needs.
func allNeeds(steps []*Step) [][]int {
	out := make([][]int, len(steps))
	for i, s := range steps {
		out[i] = needsOf(s, steps)
	}
	return out
}

// spelledOut spells out whom each step waits for, in the words of the documentation: its needs, and their healers, with these
// exceptions. A step that mends waits for no healer of what it needs, and one that has needs and heals for none of its own chain. A
// step on the way to a healer does not wait for that one, unless the healer mends another chain's run than the step heals and the
// step says nothing of failure.
func spelledOut(steps []*Step) [][]int {
	out := allNeeds(steps)
	ways := reach(out)
	for i, s := range steps {
		for _, need := range needsOf(s, steps) {
			for _, h := range steps[need].Healers {
				own := s.Heals() && s.Chain == steps[h].Chain
				silent := !s.speaks() && steps[h].speaks()
				switch {
				case h == i, s.Mends(), own && !s.Above, ways[h][i] && (own || !silent):
				default:
					out[i] = append(out[i], h)
				}
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
		_, g, cycles := waits(steps)
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
		needs, whole, cycles := waits(steps)
		if len(cycles) > 0 {
			return
		}
		g, edges := needs, allNeeds(steps)
		if rapid.Bool().Draw(t, "healers too") {
			g, edges = whole, spelledOut(steps)
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

// The rank alone tells whether a step waits for a healer of what it needs.
func TestRanksAgreeWithTheGraphSpelledOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := drawSteps(t)
		_, g, cycles := waits(steps)
		if len(cycles) > 0 {
			return
		}
		for i, s := range steps {
			s.Rank = int(g.rank[i])
		}
		edges := spelledOut(steps)
		for i, s := range steps {
			needs := needsOf(s, steps)
			for _, need := range needs {
				for _, h := range steps[need].Healers {
					want := slices.Contains(edges[i], h) && !slices.Contains(needs, h)
					if got := s.WaitsForHealer(steps[h]); got != want && !slices.Contains(needs, h) {
						t.Fatalf("step %d, which needs %d, waits for healer %d: %v, want %v", i, need, h, got, want)
					}
				}
			}
		}
	})
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
