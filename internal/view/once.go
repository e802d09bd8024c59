package view

import (
	"fmt"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// Standing is how a run stands for whoever is about to start the same again.
type Standing string

// The standings. Which of them a run has that goes on, its lock tells and not its journal.
const (
	Unstarted  Standing = "unstarted"         // it came to nothing before its first request: it may be started again
	Done       Standing = "succeeded"         // all of it
	DoneInPart Standing = "succeeded_in_part" // steps were left out when it was started
	Failed     Standing = "failed"
	Canceled   Standing = "canceled"
	Doubted    Standing = "in_doubt"
	Stopped    Standing = "stopped" // detached or killed, to be resumed
)

// Standing tells how the run stands, as far as its journal tells.
func (r *Run) Standing() Standing {
	switch {
	case !r.pinned, r.noContact():
		return Unstarted
	case r.doubted():
		return Doubted
	}
	switch r.State {
	case State(fact.Succeeded):
		if len(r.Started.Skip) > 0 {
			return DoneInPart
		}
		return Done
	case State(fact.Failed):
		return Failed
	case State(fact.Canceled):
		return Canceled
	}
	return Stopped
}

// doubted reports whether a person must say what became of a request.
func (r *Run) doubted() bool {
	for _, s := range r.Steps {
		if fact.Outcome(s.State) == fact.InDoubt {
			return true
		}
	}
	return r.State == State(fact.InDoubt)
}

// noContact reports whether the run was given up because nobody answered or would let it in, with nothing started:
// exit code 5.
func (r *Run) noContact() bool {
	for _, s := range r.Steps {
		if s.Sent != nil {
			return false
		}
	}
	if r.End != nil {
		return r.End.NoContact
	}
	return r.State == Detached && r.outOfContact() != nil
}

// Remedies are what a person can type now to bring this run to its end, the most useful first, and how to look at it.
func (r *Run) Remedies(site Site) []Command {
	here, there := site.flags()
	var out []Command
	switch r.Standing() {
	case Failed, Canceled:
		out = r.anew(there)
	case Doubted, Stopped:
		out = r.words(site)
	}
	return append(out, Command{"ofsplan show " + r.ID + here, "shows every step of that run, and why it stands where it stands"})
}

// anew is the command that gives the steps of an ended run another attempt; none when no step can have one.
func (r *Run) anew(there string) []Command {
	steps := r.retries()
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

// retries are the steps to give another attempt to: those that failed, and those that were canceled and will not wait
// again because of another one.
func (r *Run) retries() []string {
	var steps []string
	below := map[int]bool{}
	for _, s := range r.Steps {
		canceled := s.State == runner.State(fact.Canceled)
		if len(steps) == mostRetries || s.def == nil || s.def.Finally && canceled || !s.bad() && (!canceled || below[s.def.Index]) {
			continue
		}
		steps = append(steps, s.ID)
		for _, i := range r.plan.Below(s.def.Index) {
			below[i] = true
		}
	}
	return steps
}

// once tells what the run is one of a kind by; empty when it may run as often as one likes.
func (r *Run) once() string {
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
		text += fmt.Sprintf(" although run %s %s", audit.Printable(o.After), Standing(o.Found).Words())
	}
	return text + ": " + audit.Printable(r.Started.Reason)
}

// Words are the standing as the end of a sentence that begins with a run.
func (s Standing) Words() string {
	switch s {
	case Done:
		return "has succeeded"
	case DoneInPart:
		return "has succeeded with steps left out"
	case Failed:
		return "has failed"
	case Canceled:
		return "was canceled"
	case Doubted:
		return "is in doubt"
	case Stopped:
		return "was stopped before its end"
	case Unstarted:
		return "came to nothing before its first request"
	}
	return "is " + readable.Words(s)
}
