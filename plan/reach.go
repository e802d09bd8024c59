package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"ofsplan/plan/fact"
)

// A kindSet is a set of kinds of failure, one bit for each of failureWords.
type kindSet uint

const allKinds kindSet = 1<<10 - 1

func kinds(list ...fact.FailureKind) (set kindSet) {
	for _, k := range list {
		if i := slices.Index(failureWords, string(k)); i >= 0 {
			set |= 1 << i
		}
	}
	return set
}

// String lists the kinds.
func (s kindSet) String() string {
	var list []string
	for i, word := range failureWords {
		if s&(1<<i) != 0 {
			list = append(list, word)
		}
	}
	return strings.Join(list, ", ")
}

// failures are the kinds that a step can fail with.
func failures(s *Step) kindSet {
	set := kinds(fact.BadExpression)
	if s.Timeout > 0 {
		set |= kinds(fact.TimedOut)
	}
	if _, sleeps := s.Do.(*Sleep); sleeps {
		return set
	}
	set |= kinds(fact.Refused, fact.Unreachable, fact.Unauthorized)
	if s.DuplicateSafe != "" {
		set |= kinds(fact.RequestInDoubt)
	}
	if s.Waits() {
		set |= kinds(fact.BatchFailed, fact.BatchAborted, fact.BatchInterrupted, fact.BatchHeld)
	}
	return set
}

// holdsFor tells for which kinds of failure a condition may hold and for which it may not. A kind in both
// sets depends on something else.
func holdsFor(c *Cond) (may, mayNot kindSet) {
	if c == nil {
		return allKinds, 0
	}
	return kindsWhen(c.expr.program.Node())
}

func kindsWhen(n ast.Node) (yes, no kindSet) {
	switch n := n.(type) {
	case *ast.BoolNode:
		if n.Value {
			return allKinds, 0
		}
		return 0, allKinds
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			no, yes = kindsWhen(n.Node)
			return yes, no
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			aYes, aNo := kindsWhen(n.Left)
			bYes, bNo := kindsWhen(n.Right)
			return aYes & bYes, aNo | bNo
		case "or", "||":
			aYes, aNo := kindsWhen(n.Left)
			bYes, bNo := kindsWhen(n.Right)
			return aYes | bYes, aNo & bNo
		case "==", "!=", "in":
			if set, ok := kindsNamed(n); ok {
				if n.Operator == "!=" {
					return allKinds &^ set, set
				}
				return set, allKinds &^ set
			}
		}
	}
	return allKinds, allKinds
}

// kindsNamed are the kinds that failure.kind is compared with; false for any other comparison.
func kindsNamed(n *ast.BinaryNode) (kindSet, bool) {
	left, right := n.Left, n.Right
	if _, ok := right.(*ast.IdentifierNode); ok {
		left, right = right, left
	}
	if name, ok := left.(*ast.IdentifierNode); !ok || name.Value != "failure.kind" {
		return 0, false
	}
	words := []ast.Node{right}
	if list, ok := right.(*ast.ArrayNode); ok {
		words = list.Nodes
	}
	var set kindSet
	for _, w := range words {
		text, ok := w.(*ast.StringNode)
		if !ok {
			return 0, false
		}
		set |= kinds(fact.FailureKind(text.Value))
	}
	return set, true
}

// rules warns of on_failure rules that can never act.
func (w *warner) rules(s *Step) {
	possible, taken, repeats := failures(s), kindSet(0), false
	over, doubt := kinds(fact.BatchFailed, fact.BatchAborted, fact.BatchInterrupted), kinds(fact.RequestInDoubt)
	carriedOut := over | kinds(fact.BatchHeld, fact.TimedOut)
	for _, r := range s.OnFailure {
		may, mayNot := holdsFor(r.If)
		left := may & possible &^ taken
		repeats = repeats || r.Do == DoRetry && left&doubt != 0
		if r.Do != DoRetry && left != doubt {
			left &^= doubt
		}
		switch {
		case may&possible == 0:
			w.neverMatches(s, r, may)
		case left == doubt && r.Do != DoRetry:
			w.warn(warnNeverMatch, r.Pos, "this rule can never act: a request in doubt is repeated, or waits for a person").Hint =
				"write do: retry"
		case left == 0:
			w.warn(warnNeverMatch, r.Pos, "this rule can never match: a rule above it has ended the step by then")
		case r.Do == DoRetry && left&^carriedOut == 0:
			w.warn(warnNeverMatch, r.Pos, "this rule can never act: retry is for failures in which nothing was carried out").Hint =
				"write do: restart or do: rerun"
		case r.Do == DoInterrupt && left&^over == 0:
			w.warn(warnInterrupt, r.Pos, "nobody can reach this interrupt: after %s the batch run is over", left)
		}
		switch {
		case may&mayNot != 0:
		case r.Do == DoContinue, r.Do == DoFail:
			taken |= may &^ doubt
		case r.Do == DoInterrupt: // without a batch run it is passed over
			taken |= may & carriedOut
		}
	}
	if s.DuplicateSafe != "" && !repeats {
		w.warn(warnNoRepeat, w.places[s.Index].duplicateSafe, "duplicate_safe has no effect: no retry rule of step %q matches a request in doubt", s.ID).Hint =
			`add to on_failure: {if: 'failure.kind == "in_doubt"', do: retry}`
	}
}

// neverMatches warns of a rule for kinds of failure that the step does not meet.
func (w *warner) neverMatches(s *Step, r FailureRule, may kindSet) {
	e := w.warn(warnNeverMatch, r.Pos, "this rule can never match: step %q does not fail with %s", s.ID, may)
	switch {
	case may == 0:
		e.Msg = "this rule can never match: its condition never holds"
	case may == kinds(fact.TimedOut):
		e.Hint = "give the step a timeout"
	case may == kinds(fact.RequestInDoubt):
		e.Msg = fmt.Sprintf("this rule can never match: a request of step %q in doubt waits for a person", s.ID)
		e.Hint = "if carrying it out twice does no harm, a step that triggers or reruns may say so: duplicate_safe: REASON"
	case !s.Waits():
		e.Hint = "it does not wait for a batch run"
	}
}
