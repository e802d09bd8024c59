package plantest

import (
	"cmp"
	"fmt"
	"slices"

	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A Coverage tells which parts of one plan some case exercised, from the decisions that were recorded.
type Coverage struct {
	Plan  string // the plan's file
	Items []Item // in file order
}

// An Item is one part of a plan that a night can exercise.
type Item struct {
	Kind  ItemKind   `json:"kind"`
	Pos   source.Pos `json:"at"`
	Step  string     `json:"step"`
	Text  string     `json:"text,omitempty"` // the condition; of a rule also what it does
	Cases int        `json:"-"`              // how many cases exercised it
}

// ItemKind is what sort of part an Item is.
type ItemKind string

// The kinds of part. A step is exercised when it began, a side of an if when it was decided so, a rule when it
// acted.
const (
	stepItem    ItemKind = "step"
	ifTrueItem  ItemKind = "if_true"
	ifFalseItem ItemKind = "if_false"
	watchItem   ItemKind = "watch"
	failureItem ItemKind = "on_failure"

	deadlineItem ItemKind = "deadline"   // it was missed
	earlyItem    ItemKind = "min_expect" // a step was over too soon

	// What becomes of an approval, when it was asked for: a person gives it, or says no, or nobody answers in time.
	approvedItem   ItemKind = runner.MarkApproved
	rejectedItem   ItemKind = ItemKind(fact.Rejected)
	unansweredItem ItemKind = ItemKind(fact.TimedOut)
)

// String is what to write next: what no case has shown.
func (i Item) String() string {
	switch i.Kind {
	case ifTrueItem:
		return fmt.Sprintf("if of step %q never holds: %s", i.Step, i.Text)
	case ifFalseItem:
		return fmt.Sprintf("if of step %q always holds: %s", i.Step, i.Text)
	case watchItem:
		return fmt.Sprintf("watch rule of step %q never acts: %s", i.Step, i.Text)
	case deadlineItem:
		return "deadline of the plan is never missed: " + i.Text
	case earlyItem:
		return fmt.Sprintf("min_expect of step %q is never undercut: %s", i.Step, i.Text)
	case failureItem:
		return fmt.Sprintf("on_failure rule of step %q never acts: %s", i.Step, i.Text)
	}
	switch i.Kind {
	case approvedItem:
		return fmt.Sprintf("approval %q is never given", i.Step)
	case rejectedItem:
		return fmt.Sprintf("approval %q is never rejected", i.Step)
	case unansweredItem:
		return fmt.Sprintf("approval %q is always answered in time", i.Step)
	}
	return fmt.Sprintf("step %q never runs", i.Step)
}

// Exercised is how many parts some case exercised.
func (c *Coverage) Exercised() int { return len(c.Items) - len(c.Missing()) }

// Percent is how much that is, from 0 to 100. It is 100 only when nothing is missing.
func (c *Coverage) Percent() float64 {
	if len(c.Items) == 0 {
		return 100
	}
	return 100 * float64(c.Exercised()) / float64(len(c.Items))
}

// Missing are the parts that no case exercised.
func (c *Coverage) Missing() []Item {
	return slices.DeleteFunc(slices.Clone(c.Items), func(i Item) bool { return i.Cases > 0 })
}

// newCoverage lists what there is to exercise in a plan.
func newCoverage(p *plan.Plan) *Coverage {
	c := &Coverage{Plan: p.File}
	if p.Deadline != nil {
		c.Items = append(c.Items, Item{Kind: deadlineItem, Pos: p.Deadline.Pos, Text: p.Deadline.String()})
	}
	for _, s := range p.Steps {
		c.Items = append(c.Items, Item{Kind: stepItem, Pos: s.Pos, Step: s.ID})
		if s.If != nil {
			text := s.If.String()
			if text != "false" {
				c.Items = append(c.Items, Item{Kind: ifTrueItem, Pos: s.If.Pos(), Step: s.ID, Text: text})
			}
			if text != "true" && text != "always()" {
				c.Items = append(c.Items, Item{Kind: ifFalseItem, Pos: s.If.Pos(), Step: s.ID, Text: text})
			}
		}
		if s.MinExpect > 0 && s.Waits() {
			c.Items = append(c.Items, Item{Kind: earlyItem, Pos: s.Pos, Step: s.ID, Text: readable.Duration(s.MinExpect)})
		}
		if s.Approval() != nil {
			kinds := []ItemKind{approvedItem, rejectedItem, unansweredItem}
			if s.Timeout == 0 {
				kinds = kinds[:2]
			}
			for _, kind := range kinds {
				c.Items = append(c.Items, Item{Kind: kind, Pos: s.Pos, Step: s.ID})
			}
		}
		for _, r := range s.Watch {
			c.Items = append(c.Items, Item{Kind: watchItem, Pos: r.Pos, Step: s.ID, Text: r.String()})
		}
		for _, r := range s.OnFailure {
			c.Items = append(c.Items, Item{Kind: failureItem, Pos: r.Pos, Step: s.ID, Text: r.String()})
		}
	}
	slices.SortStableFunc(c.Items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return c
}

// add counts what one night exercised.
func (c *Coverage) add(seen marks) {
	for i := range c.Items {
		if it := &c.Items[i]; seen[mark{it.Kind, it.Pos.String()}] {
			it.Cases++
		}
	}
}

// marks are the parts of a plan that one night exercised.
type marks map[mark]bool

// mark names a part by its kind and its place, which instances of one step share.
type mark struct {
	kind ItemKind
	at   string
}

// marksOf reads them from what became of the steps.
func marksOf(run *fold.Run) marks {
	seen := make(marks)
	if run.Plan.Deadline != nil && run.Late() {
		seen[mark{deadlineItem, run.Plan.Deadline.Pos.String()}] = true
	}
	for _, s := range run.Steps {
		if !s.StartedAt.IsZero() {
			seen[mark{stepItem, s.Def.Pos.String()}] = true
		}
		if s.Def.MinExpect > 0 && slices.Contains(run.Notices(s.ID), runner.NoticeEarly) {
			seen[mark{earlyItem, s.Def.Pos.String()}] = true
		}
		for _, kind := range s.Answers {
			seen[mark{ItemKind(kind), s.Def.Pos.String()}] = true
		}
		for _, at := range s.Acted {
			seen[mark{watchItem, at}], seen[mark{failureItem, at}] = true, true
		}
		for _, e := range s.Judged {
			side := ifFalseItem
			if e.Holds {
				side = ifTrueItem
			}
			if s.Def.If != nil && e.At == s.Def.If.Pos().String() {
				seen[mark{side, e.At}] = true
			}
		}
	}
	return seen
}
