package view

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A Graph is a plan as nodes and edges, or a run: then the nodes know how they stand.
type Graph struct {
	Name  string `json:"name"`
	Run   string `json:"run,omitempty"`
	Nodes []Node `json:"nodes"` // in plan order
	Edges []Edge `json:"edges"` // by the node they lead to, in plan order
}

// A Node is one step.
type Node struct {
	ID      string       `json:"id"`
	Does    string       `json:"does"` // the verb and what it is about
	If      string       `json:"if,omitempty"`
	Level   int          `json:"level"` // the longest way to it from a step that starts at once, which has 1
	Finally bool         `json:"finally,omitempty"`
	Each    string       `json:"foreach,omitempty"`  // the list it goes over
	ItemOf  string       `json:"item_of,omitempty"`  // of a run: the step that goes over a list, of which this is one item
	LeftOut bool         `json:"left_out,omitempty"` // of a plan: only a part of it is meant, without this step
	State   runner.State `json:"state,omitempty"`    // of a run
	Verdict string       `json:"verdict,omitempty"`  // the state with what qualifies it
	Elapsed fold.Seconds `json:"elapsed_s,omitempty"`
}

// An Edge leads from a step to one that waits for it, or acts on its batch run.
type Edge struct {
	From   int  `json:"from"` // positions in Nodes
	To     int  `json:"to"`
	ActsOn bool `json:"acts_on,omitempty"` // To acts on the batch run of From
}

// PlanGraph draws a plan. A step that waits for all above it has edges only from those that no other step
// above it waits for: the rest is implied, and spelt out it would grow with the square of the plan.
func PlanGraph(p *plan.Plan) *Graph {
	g := &Graph{Name: p.Name}
	all, plain := newTips(p), newTips(p) // of all steps, and of those that do not mend
	for i, s := range p.Steps {
		n := Node{ID: s.ID, Does: verbAndSubject(p, s), Level: 1, Finally: s.Finally}
		if s.If != nil {
			n.If = s.If.String()
		}
		if s.Each != nil {
			n.Each = s.Each.String()
		}
		if of := s.Parent; of != nil {
			n.ItemOf = of.ID
			g.Nodes, g.Edges = append(g.Nodes, n), append(g.Edges, Edge{From: of.Index, To: i})
			continue
		}
		from := s.Needs
		switch {
		case s.Above && s.Mends():
			from = mendsAfter(p, s, plain.list())
		case s.Above || s.Finally:
			from = all.list()
		}
		for _, f := range from {
			g.Edges = append(g.Edges, Edge{From: f, To: i})
		}
		if all.add(i, from); !s.Mends() {
			plain.add(i, from)
		}
		g.Nodes = append(g.Nodes, n)
		if on := s.ActsOn(); on >= 0 {
			g.Edges = append(g.Edges, Edge{From: on, To: i, ActsOn: true})
		}
	}
	g.levels()
	return g
}

// tips are the steps that no other waits for yet.
type tips struct {
	steps []int  // some stale
	below []bool // somebody waits for it
}

func newTips(p *plan.Plan) *tips { return &tips{below: make([]bool, len(p.Steps))} }

// list returns them, in plan order.
func (e *tips) list() []int {
	e.steps = slices.DeleteFunc(e.steps, func(i int) bool { return e.below[i] })
	return slices.Clone(e.steps)
}

// add takes a step that waits for others.
func (e *tips) add(i int, from []int) {
	for _, f := range from {
		e.below[f] = true
	}
	e.steps = append(e.steps, i)
}

// mendsAfter are the steps that one waits for which mends and waits for all above it, of these ends and of those that mend the same
// chain: down from the last of them that waits for all above it, which implies the rest.
func mendsAfter(p *plan.Plan, s *plan.Step, ends []int) []int {
	var own []int
	implied := -1
	for _, h := range slices.Backward(s.Healers) {
		if h >= s.Index || !p.Steps[h].Mends() {
			continue
		}
		if own = append(own, h); p.Steps[h].Above {
			implied = h
			break
		}
	}
	ends = slices.DeleteFunc(ends, func(i int) bool { return i < implied })
	ends = append(ends, own...)
	slices.Sort(ends)
	return ends
}

// Part says that only a part of the drawn plan is meant, and which steps are left out of it. They stay in the drawing, since what
// needs them counts them as good.
func (g *Graph) Part(leftOut []string) {
	out := make(map[string]bool, len(leftOut))
	for _, id := range leftOut {
		out[id] = true
	}
	for i := range g.Nodes {
		g.Nodes[i].LeftOut = out[g.Nodes[i].ID]
	}
}

// levels finds how deep each step stands. Needs may point down the file, so it goes by the graph.
func (g *Graph) levels() {
	waits := make([]int, len(g.Nodes))
	next := make([][]int, len(g.Nodes))
	for _, e := range g.Edges {
		if !e.ActsOn {
			waits[e.To]++
			next[e.From] = append(next[e.From], e.To)
		}
	}
	var ready []int
	for i := range g.Nodes {
		if g.Nodes[i].Level = 1; waits[i] == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		i := ready[0]
		ready = ready[1:]
		for _, to := range next[i] {
			g.Nodes[to].Level = max(g.Nodes[to].Level, g.Nodes[i].Level+1)
			if waits[to]--; waits[to] == 0 {
				ready = append(ready, to)
			}
		}
	}
}

// RunGraph draws a run: its plan, with how each step stands. It is an error when the journal does not hold a
// plan that this release reads.
func RunGraph(r *fold.Run) (*Graph, error) {
	if r.Plan == nil {
		return nil, errors.New("the audit log holds no plan that this release reads, so there is nothing to draw\n\tuse show instead")
	}
	g := PlanGraph(r.Plan)
	g.Run = r.ID
	for i, s := range r.Steps[:len(g.Nodes)] {
		n := &g.Nodes[i]
		n.State, n.Verdict, n.Elapsed = s.State, verdict(s.State, s.Mark, s.By), s.Elapsed
	}
	return g, nil
}

// verbAndSubject is a step's verb and what it is about, in a few words.
func verbAndSubject(p *plan.Plan, s *plan.Step) string {
	switch v := s.Do.(type) {
	case *plan.Trigger:
		return fmt.Sprintf("trigger %s %s", v.Object, v.Code)
	case *plan.OnRun:
		if v.Step >= 0 {
			return v.Keyword() + " " + p.Steps[v.Step].ID
		}
		return fmt.Sprintf("%s %s %s", v.Keyword(), v.Object, v.RunID)
	case *plan.Sleep:
		if v.For > 0 {
			return "sleep " + readable.Duration(v.For)
		}
		return fmt.Sprintf("sleep until %02d:%02d", v.Until.Hour, v.Until.Minute)
	case *plan.Items:
		return v.Keyword() + ", " + readable.Count(v.Count, "item")
	}
	return s.Do.Keyword()
}

// mostNeeds is how many needs a line of text names.
const mostNeeds = 6

// Text prints the graph as a list by plan order, each step with its level and what it waits for.
func (g *Graph) Text(w io.Writer, style Style) error {
	needs := make([][]string, len(g.Nodes))
	for _, e := range g.Edges {
		if !e.ActsOn {
			needs[e.To] = append(needs[e.To], g.Nodes[e.From].ID)
		}
	}
	var b strings.Builder
	b.WriteString(audit.Printable(g.Name))
	if g.Run != "" {
		b.WriteString(", run " + g.Run)
	}
	b.WriteByte('\n')
	var rows readable.Table
	for i, n := range g.Nodes {
		after := "at once"
		if n.ItemOf != "" {
			after = "an item of " + n.ItemOf
		} else if len(needs[i]) > 0 {
			after = "after " + readable.List(needs[i], mostNeeds)
		}
		if n.Finally {
			after = "finally"
		}
		if n.LeftOut {
			after = "left out"
		} else if n.If != "" {
			after += ", if " + audit.Printable(n.If)
		}
		if n.Each != "" {
			after += ", for each " + audit.Printable(n.Each)
		}
		row := []string{strconv.Itoa(n.Level), n.ID}
		if g.Run != "" {
			elapsed := ""
			if n.Elapsed > 0 {
				elapsed = n.Elapsed.String()
			}
			row = append(row, n.Verdict, elapsed)
		}
		rows = append(rows, append(row, audit.Printable(n.Does), after))
	}
	rows.Write(&b, style.layout("  ", style.column(2, 0, func(i int) runner.State { return g.Nodes[i].State })))
	return style.write(w, b.String())
}

// fills are the colours of nodes by how they stand.
var fills = map[runner.State]string{
	runner.State(fact.Succeeded): "#c8e6c9",
	runner.State(fact.Failed):    "#ffcdd2",
	runner.State(fact.InDoubt):   "#e1bee7",
	runner.State(fact.Blocked):   "#ffe0b2",
	runner.State(fact.Canceled):  "#ffe0b2",
	runner.State(fact.Skipped):   "#eeeeee",
}

// fill is the colour of a node; empty: none. What is left out is drawn like what was skipped.
func (n *Node) fill() string {
	if n.LeftOut {
		return fills[runner.State(fact.Skipped)]
	}
	return fills[n.State]
}

// label is what stands in a node, its lines joined by br.
func (n *Node) label(br string, escape func(string) string) string {
	lines := []string{n.ID, n.Does}
	if n.If != "" {
		lines = append(lines, "if "+n.If)
	}
	if n.Each != "" {
		lines = append(lines, "for each "+n.Each)
	}
	if n.LeftOut {
		lines = append(lines, "left out")
	}
	if n.Verdict != "" {
		text := n.Verdict
		if n.Elapsed > 0 {
			text += ", " + n.Elapsed.String()
		}
		lines = append(lines, text)
	}
	for i := range lines {
		lines[i] = escape(audit.Printable(lines[i]))
	}
	return strings.Join(lines, br)
}

// DOT prints the graph for Graphviz.
func (g *Graph) DOT(w io.Writer) error {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
	var b strings.Builder
	fmt.Fprintf(&b, "digraph \"%s\" {\n  rankdir=LR\n  node [shape=box, style=filled, fillcolor=white]\n", escape(audit.Printable(g.title())))
	for i, n := range g.Nodes {
		fmt.Fprintf(&b, "  s%d [label=\"%s\"", i, n.label(`\n`, escape))
		if fill := n.fill(); fill != "" {
			fmt.Fprintf(&b, ", fillcolor=\"%s\"", fill)
		}
		if n.Finally {
			b.WriteString(", peripheries=2")
		}
		b.WriteString("]\n")
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  s%d -> s%d", e.From, e.To)
		if e.ActsOn {
			b.WriteString(" [style=dashed, constraint=false]")
		}
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Mermaid prints the graph as a flowchart that Markdown pages show.
func (g *Graph) Mermaid(w io.Writer) error {
	escape := strings.NewReplacer("&", "#amp;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "#", "#35;").Replace
	var b strings.Builder
	fmt.Fprintf(&b, "%%%% %s\nflowchart LR\n", audit.Printable(g.title()))
	for i, n := range g.Nodes {
		open, end := "[", "]"
		if n.Finally {
			open, end = "[[", "]]"
		}
		fmt.Fprintf(&b, "  s%d%s\"%s\"%s\n", i, open, n.label("<br/>", escape), end)
	}
	for _, e := range g.Edges {
		arrow := "-->"
		if e.ActsOn {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "  s%d %s s%d\n", e.From, arrow, e.To)
	}
	for i, n := range g.Nodes {
		if fill := n.fill(); fill != "" {
			fmt.Fprintf(&b, "  style s%d fill:%s\n", i, fill)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (g *Graph) title() string {
	if g.Run != "" {
		return g.Name + ", run " + g.Run
	}
	return g.Name
}
