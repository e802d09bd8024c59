package plan

import (
	"fmt"

	"ofsplan/plan/fact"
)

// failures are the kinds that a step can fail with.
func failures(s *Step) fact.KindSet {
	set := fact.SetOf(fact.BadExpression)
	if s.Timeout > 0 {
		set |= fact.SetOf(fact.TimedOut)
	}
	if _, sleeps := s.Do.(*Sleep); sleeps {
		return set
	}
	set |= fact.SetOf(fact.Refused, fact.Unreachable, fact.Unauthorized)
	if s.DuplicateSafe != "" {
		set |= fact.SetOf(fact.RequestInDoubt)
	}
	if s.Waits() {
		set |= fact.SetOf(fact.BatchFailed, fact.BatchAborted, fact.BatchInterrupted, fact.BatchHeld)
	}
	return set
}

// rules warns of on_failure rules that can never act.
func (w *warner) rules(s *Step) {
	possible, taken, repeats := failures(s), fact.KindSet(0), false
	over, doubt := fact.SetOf(fact.BatchFailed, fact.BatchAborted, fact.BatchInterrupted), fact.SetOf(fact.RequestInDoubt)
	carriedOut := over | fact.SetOf(fact.BatchHeld, fact.TimedOut)
	for _, r := range s.OnFailure {
		may, mayNot := r.If.Kinds()
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
func (w *warner) neverMatches(s *Step, r FailureRule, may fact.KindSet) {
	e := w.warn(warnNeverMatch, r.Pos, "this rule can never match: step %q does not fail with %s", s.ID, may)
	switch {
	case may == 0:
		e.Msg = "this rule can never match: its condition never holds"
	case may == fact.SetOf(fact.TimedOut):
		e.Hint = "give the step a timeout"
	case may == fact.SetOf(fact.RequestInDoubt):
		e.Msg = fmt.Sprintf("this rule can never match: a request of step %q in doubt waits for a person", s.ID)
		e.Hint = "if carrying it out twice does no harm, a step that triggers or reruns may say so: duplicate_safe: REASON"
	case !s.Waits():
		e.Hint = "it does not wait for a batch run"
	}
}
