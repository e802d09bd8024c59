package runner

import (
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// Status is a copy of how a run stands, for those who ask and decide nothing: who takes a run up, speaks to it or shows
// it. Making it costs the plan, so a driver asks when it comes and goes, and not at every turn.
type Status struct {
	Ended   bool         // the run has ended, or stopped until an operator speaks
	Doubted int          // steps in doubt
	Pending []Pending    // in plan order, messages about the run last: after a replay, this is what to carry on with
	Steps   []StepStatus // in plan order
}

// Pending is a command not answered yet.
type Pending struct {
	*Command
	// Sent is true of a request that may have reached the scheduler: it is not carried out again, and is in doubt once
	// the run is resumed.
	Sent bool
}

// StepStatus is how one step stands.
type StepStatus struct {
	Step  *plan.Step // as the plan has it
	State State
	// Doubt is the trigger or rerun of which an operator would have to say what became of it, were the run taken up now:
	// one in doubt, or one that was sent and has no answer yet. Zero: there is none.
	Doubt Key
	// Asks is the approval that is asked for; zero: none is.
	Asks Key
	// Open is true of a step whose own verb may still be carried out: one without an outcome that stands, and one that is
	// blocked, which a statement about another step can set free.
	Open bool
}

// Status returns how the run stands.
func (m *Machine) Status() Status {
	out := Status{Ended: m.ended, Doubted: m.counts.at(doubts), Steps: make([]StepStatus, len(m.steps))}
	for i := range m.steps {
		s := &m.steps[i]
		one := &out.Steps[i]
		*one = StepStatus{Step: s.def, State: s.state, Doubt: s.doubt.Key, Asks: s.asks, Open: !s.decided() || s.outcome() == fact.Blocked}
		if c := s.call.cmd; c != nil {
			out.Pending = append(out.Pending, Pending{c, s.call.sent})
			if s.call.sent && (c.Key.Op == OpTrigger || c.Key.Op == OpRerun) {
				one.Doubt = c.Key
			}
		}
		if s.watch != nil {
			out.Pending = append(out.Pending, Pending{Command: s.watch})
		}
		for _, c := range s.underWay() {
			out.Pending = append(out.Pending, Pending{Command: c})
		}
	}
	for _, c := range m.alerts.open {
		out.Pending = append(out.Pending, Pending{Command: c})
	}
	return out
}
