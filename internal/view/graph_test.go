package view

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ofsplan/plan"
)

func parse(t testing.TB, text string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const drawn = `
version: 1
name: drawn
steps:
  - {id: a, needs: [], trigger: {batch: A}}
  - {id: b, needs: [], trigger: {batch: B}}
  - {id: c, needs: [a], if: 'steps.a.code < 1 && "\"x\"" != "<y>"', trigger: {batch: C}}
  - {id: mend, needs: [b], if: failed(), restart: b}
  - {id: all, wait: c}
  - {id: nap, needs: [], sleep: {until: "02:00"}}
finally:
  - {id: f1, sleep: 1m}
  - {id: f2, status: {batch: B, run: B_2026-11-20_1795222800000_1}}
`

func TestGraphOfAPlan(t *testing.T) {
	g := PlanGraph(parse(t, drawn))
	golden(t, "graph.txt", text(t, func(b *strings.Builder) error { return g.Text(b, Style{}) }))
	golden(t, "graph.dot", text(t, func(b *strings.Builder) error { return g.DOT(b) }))
	golden(t, "graph.mmd", text(t, func(b *strings.Builder) error { return g.Mermaid(b) }))
	b, err := json.Marshal(g)
	if err != nil || !strings.Contains(string(b), `{"from":1,"to":3,"acts_on":true}`) {
		t.Errorf("got %s, %v", b, err)
	}
}

// Healers of two chains stand side by side, and those of one below each other; what waits for all above waits for the last of each.
func TestGraphOfHealers(t *testing.T) {
	g := PlanGraph(parse(t, `
version: 1
name: healers
steps:
  - {id: a, trigger: {batch: A}}
  - {id: b, needs: [], trigger: {batch: B}}
  - {id: a1, if: failed(), restart: a}
  - {id: b1, if: failed(), restart: b}
  - {id: a2, if: failed(), rerun: a}
  - {id: c, trigger: {batch: C}}
`))
	var waits []string
	for _, e := range g.Edges {
		if !e.ActsOn {
			waits = append(waits, g.Nodes[e.From].ID+"-"+g.Nodes[e.To].ID)
		}
	}
	if got, want := strings.Join(waits, " "), "a-a1 b-a1 a-b1 b-b1 a1-a2 b1-c a2-c"; got != want || g.Nodes[4].Level != 3 || g.Nodes[5].Level != 4 {
		t.Errorf("got %s at %+v, want %s", got, g.Nodes, want)
	}
}

func TestGraphOfARun(t *testing.T) {
	g, err := RunGraph(read(t, "failed"))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "failed.dot", text(t, func(b *strings.Builder) error { return g.DOT(b) }))
	golden(t, "failed.mmd", text(t, func(b *strings.Builder) error { return g.Mermaid(b) }))
}

// Steps without needs wait for all above: spelt out, a thousand of them would be half a million edges.
func TestGraphDoesNotGrowWithTheSquareOfThePlan(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nname: long\nsteps:\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "  - {id: s%d, trigger: {batch: B%d}}\n", i, i)
	}
	g := PlanGraph(parse(t, b.String()))
	if len(g.Edges) != 999 || g.Nodes[999].Level != 1000 {
		t.Errorf("got %d edges, level %d", len(g.Edges), g.Nodes[999].Level)
	}
}
