package fold

import (
	"cmp"
	"slices"

	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
)

// OnceState is how a run stands for whoever is about to start the same again, which the plan wants only once.
type OnceState string

// How a run stands by its journal. Only its lock shows that it goes on.
const (
	OnceUnstarted OnceState = "unstarted"         // it came to nothing before its first request: it may be started again
	OnceDone      OnceState = "succeeded"         // all of it
	OnceInPart    OnceState = "succeeded_in_part" // steps were left out when it was started
	OnceFailed    OnceState = "failed"
	OnceCanceled  OnceState = "canceled"
	OnceInDoubt   OnceState = "in_doubt"
	OnceStopped   OnceState = "stopped" // detached or killed, to be resumed
)

// Describe says how a run stands, as the end of a sentence that begins with the run.
func (s OnceState) Describe() string { return cmp.Or(onceTexts[s], "is "+readable.Words(s)) }

var onceTexts = map[OnceState]string{
	OnceDone: "has succeeded", OnceInPart: "has succeeded with steps left out", OnceFailed: "has failed", OnceCanceled: "was canceled",
	OnceStopped: "was stopped before its end", OnceUnstarted: "came to nothing before its first request",
}

// OnceState is how the run stands, as far as its journal says.
func (r *Run) OnceState() OnceState {
	switch {
	case !r.pinned, r.noContact():
		return OnceUnstarted
	case r.inDoubt():
		return OnceInDoubt
	}
	switch r.State {
	case State(fact.Succeeded):
		if len(r.Started.Skip) > 0 {
			return OnceInPart
		}
		return OnceDone
	case State(fact.Failed):
		return OnceFailed
	case State(fact.Canceled):
		return OnceCanceled
	}
	return OnceStopped
}

// inDoubt reports whether a person must say what became of a request.
func (r *Run) inDoubt() bool {
	doubted := slices.ContainsFunc(r.Steps, func(s *Step) bool { return fact.Outcome(s.State) == fact.InDoubt })
	return doubted || r.State == State(fact.InDoubt)
}

// noContact reports whether the run was given up because nobody answered or would let it in, with nothing started:
// exit code 5.
func (r *Run) noContact() bool {
	if slices.ContainsFunc(r.Steps, func(s *Step) bool { return s.Sent != nil }) {
		return false
	}
	if r.End != nil {
		return r.End.NoContact
	}
	return r.State == Detached && r.OutOfContact() != nil
}
