package view

import (
	"fmt"
	"slices"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// Remedies are what a person can type now to bring this run to its end, the most useful first, and how to look at it.
func Remedies(r *fold.Run, repeat Repeat) []Command {
	here := repeat.Here()
	var out []Command
	switch r.OnceState() {
	case fold.OnceFailed, fold.OnceCanceled:
		if out = statements(r, repeat); len(out) == 0 {
			out = statusCommands(r, repeat)
		}
	case fold.OnceInDoubt, fold.OnceStopped:
		out = statements(r, repeat)
	}
	return append(out, Command{"ofsplan show " + r.ID + here, "shows every step of that run, and why it stands where it stands"})
}

// retryCommands are the commands that give a step another attempt, one for each step, with what stands before its name. Those are left out
// that would start a batch beside a batch run which may go on: it has to end first.
func retryCommands(r *fold.Run, before, there string) []Command {
	var out []Command
	offered := map[string]bool{}
	for _, id := range retries(r) {
		s := actor(r, r.Step(id))
		if s == nil {
			out = append(out, declared(r, id, there))
			continue
		}
		if offered[s.ID] || startsSecond(r, runner.OperatorRetried{Step: s.ID}) || unsettled(r, s) || r.RetryPasses(s) {
			continue
		}
		offered[s.ID] = true
		if len(out) == mostCards {
			out[len(out)-1].Does += "; so can others, see ofsplan show"
			break
		}
		does := "gives " + s.ID + " another attempt; what was blocked or canceled because of it waits for it again"
		if s.Def.Approval() != nil {
			does = "asks for " + s.ID + " anew; what was blocked or canceled because of it waits for it again"
		}
		out = append(out, Command{before + Quote(s.ID) + ` --reason "WHY"` + there, does})
	}
	return out
}

// actor is the step to give another attempt to in place of one that failed: of one that acts on the batch run of another which has none,
// that other one, unless it cannot have another attempt. Nil: there is none.
func actor(r *fold.Run, s *fold.Step) *fold.Step {
	v, acts := s.Def.Do.(*plan.OnRun)
	if ref, _ := r.Newest(s); !acts || v.Step < 0 || ref.RunID != "" {
		return s
	}
	named := r.Step(r.Plan.Steps[v.Step].ID)
	if out := fact.Outcome(named.State); named.Def.Finally || out != fact.Failed && out != fact.Canceled {
		return nil
	}
	return actor(r, named)
}

// declared is the command that declares a step good which has nothing to act on, since another attempt would fail as the last one did.
func declared(r *fold.Run, step, there string) Command {
	return Command{"ofsplan resolve " + r.ID + " " + Quote(step) + ` --succeeded --reason "WHY"` + there,
		step + " acts on the batch run of another step, which has none: it counts as succeeded, and what was blocked because of it waits for it again"}
}

// unsettled reports whether another step that acts on the same batch is in doubt, or at work on it.
func unsettled(r *fold.Run, of *fold.Step) bool {
	return slices.ContainsFunc(r.Steps, func(s *fold.Step) bool {
		if s == of || s.Def == nil || s.Def.Chain < 0 || s.Def.Chain != of.Def.Chain {
			return false
		}
		_, ended := s.State.Outcome()
		return len(s.Unsettled) > 0 || !ended && s.State != runner.Waiting && s.State != runner.Queued && restarts(s)
	})
}

// retries are the steps to give another attempt to: those that failed, and those that were canceled. Left out are finally
// steps, which run again by themselves, and what waits again because of another one: what was canceled below it, and
// what tried to heal it.
func retries(r *fold.Run) []string {
	var steps []string
	below, healers := map[int]bool{}, map[int]bool{}
	for _, s := range r.Steps {
		if s.Def == nil || s.Def.Finally || s.Whole() { // of a whole its items are meant
			continue
		}
		i, canceled := s.Def.Index, s.State == runner.State(fact.Canceled)
		if s.Bad() && fact.Outcome(s.State) == fact.Failed && !healers[i] || canceled && !below[i] {
			steps = append(steps, s.ID)
			for _, j := range r.Plan.Below(i) {
				below[j] = true
				healers[j] = healers[j] || r.Plan.Steps[j].Heals() && r.Plan.Steps[j].Chain == s.Def.Chain
			}
		}
	}
	return steps
}

// once is by what the run is one of a kind; empty when it may run as often as one likes.
func once(r *fold.Run) string {
	o := r.Started.Once
	if o == nil {
		return ""
	}
	text := audit.Printable(o.Value)
	if !o.Again {
		return text
	}
	text += ", started again by " + audit.Printable(r.Started.By.User)
	if o.After != "" {
		text += fmt.Sprintf(" although run %s %s", audit.Printable(o.After), fold.OnceState(o.Found).Describe())
	}
	return text + ": " + audit.Printable(r.Started.Reason)
}
