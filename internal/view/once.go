package view

import (
	"fmt"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// Remedies are what a person can type now to bring this run to its end, the most useful first, and how to look at it.
func Remedies(r *fold.Run, repeat Repeat) []Command {
	here, there := repeat.flags()
	var out []Command
	switch r.OnceState() {
	case fold.OnceFailed, fold.OnceCanceled:
		out = retryCommand(r, there)
	case fold.OnceInDoubt, fold.OnceStopped:
		out = statements(r, repeat)
	}
	return append(out, Command{"ofsplan show " + r.ID + here, "shows every step of that run, and why it stands where it stands"})
}

// retryCommand is the command that gives the steps of an ended run another attempt; none when no step can have one.
func retryCommand(r *fold.Run, there string) []Command {
	steps := retries(r)
	if len(steps) == 0 {
		return nil
	}
	line := "ofsplan resume " + r.ID
	for _, s := range steps {
		line += " --retry " + s
	}
	does := "gives " + strings.Join(steps, ", ") + " another attempt; what was blocked or canceled because of it waits for it again"
	return []Command{{line + ` --reason "WHY"` + there, does}}
}

// mostRetries is how many steps one command names.
const mostRetries = 20

// retries are the steps to give another attempt to: those that failed, and those that were canceled. Left out are finally
// steps, which run again by themselves, and what waits again because of another one: what was canceled below it, and
// what tried to heal it.
func retries(r *fold.Run) []string {
	var steps []string
	below, healers := map[int]bool{}, map[int]bool{}
	for _, s := range r.Steps {
		if len(steps) == mostRetries || s.Def == nil || s.Def.Finally {
			continue
		}
		i, canceled := s.Def.Index, s.State == runner.State(fact.Canceled)
		if s.Bad() && !healers[i] || canceled && !below[i] {
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
