package runner

import (
	"fmt"
	"slices"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A Startable is a batch run beside which an operator's statement would let a step start another one.
type Startable struct {
	Step   string        // that would start again
	Run    fact.BatchRef // the newest one of its batch
	Status fact.Status   // as last recorded
}

// A Look is what the scheduler said of such a batch run when it was asked, before the statement was made.
type Look struct {
	Step       string      `json:"step"`
	BatchRunID string      `json:"batch_run_id"`
	Status     fact.Status `json:"status,omitempty"` // empty: it could not be asked, or nobody did, and the operator's word alone counts
	Code       int         `json:"code,omitempty"`
}

// Unchecked reports whether the scheduler said nothing.
func (l Look) Unchecked() bool { return l.Status == "" }

// StartsAgain are the batch runs beside which steps would start another one if an operator's event were applied now, in plan order:
// of a step that gets another attempt, and of all that wait again because of the event. Of one that only restarts or reruns, and
// was not named itself, there is none: it looks by itself, and lets what goes on come to its end first.
func (m *Machine) StartsAgain(e Event) []Startable {
	return StartsAgain(m.r.Plan, e, func(j int) State { return m.steps[j].state }, m.newest)
}

// StartsAgain is what [Machine.StartsAgain] tells, for who knows a run of that plan from its log: in which state a step is, and the
// newest batch run of a step's batch with how it stands as far as is known.
func StartsAgain(p *plan.Plan, e Event, state func(step int) State, newest func(step int) (fact.BatchRef, fact.Status)) []Startable {
	i := slices.IndexFunc(p.Steps, func(s *plan.Step) bool { return s.ID == e.Subject().Step })
	if i < 0 {
		return nil
	}
	_, named := e.(OperatorRetried)
	switch e.(type) {
	case OperatorRetried, OperatorMarked, OperatorAdopted, OperatorApproved:
	default:
		return nil
	}
	if state(i).place() != decided {
		return nil // nothing hangs on it yet
	}
	named = named && starts(p.Steps[i])
	again := opens(p, i, state)
	again[i] = false
	for j, s := range p.Steps {
		_, triggers := s.Do.(*plan.Trigger)
		again[j] = again[j] && triggers || j == i && named
	}
	var all []Startable
	for j, is := range again {
		if ref, status := newest(j); is && ref.RunID != "" {
			all = append(all, Startable{p.Steps[j].ID, ref, status})
		}
	}
	return all
}

// opens are the steps that wait again when step i does: below it those that did not run because of it and those that tried to heal it,
// and the finally steps.
func opens(p *plan.Plan, i int, state func(step int) State) []bool {
	out := make([]bool, len(p.Steps))
	for _, j := range p.Below(i) {
		out[j] = opensBelow(p.Steps[i], p.Steps[j], state(j))
	}
	for j := p.FinallyAt; j < len(p.Steps); j++ {
		out[j] = state(j).place() == decided
	}
	return out
}

// opensBelow reports whether a step that waits for another one waits again when that one does.
func opensBelow(of, below *plan.Step, is State) bool {
	switch out, _ := is.Outcome(); out {
	case fact.Blocked, fact.Canceled:
		return true
	}
	return is.place() == decided && below.Heals() && below.Chain >= 0 && below.Chain == of.Chain
}

// newest is the newest batch run of a step's batch, and how it stands as far as is known.
func (m *Machine) newest(i int) (fact.BatchRef, fact.Status) {
	s := &m.steps[i]
	if c := m.chainOf(s); c != nil && c.ref.RunID != "" {
		return c.ref, c.facts.Status
	}
	return s.run, s.facts.Status
}

// startsNoSecond refuses an operator's statement that would start a batch beside a batch run that goes on. Whether one does is what the
// scheduler said before the statement was made; where nobody asked, a status that was final when it was recorded last is believed.
func (m *Machine) startsNoSecond(e Event) error {
	said, _ := StatementOf(e)
	for _, a := range m.StartsAgain(e) {
		look, asked := lookAt(said.Looks, a.Run.RunID)
		switch {
		case asked && (look.Unchecked() || look.Status.Final()), !asked && a.Status.Final():
		case asked:
			return fmt.Errorf("%w: batch run %s of step %q is %s, and a second one would be started beside it: adopt it, or interrupt it first",
				ErrUnexpected, a.Run.RunID, a.Step, readable.Words(look.Status))
		default:
			return fmt.Errorf("%w: batch run %s of step %q %s, and a second one would be started beside it: the scheduler has to be asked about it first",
				ErrUnexpected, a.Run.RunID, a.Step, lastSeen(a.Status))
		}
	}
	return nil
}

// lastSeen says how a batch run stood that was not seen to have ended.
func lastSeen(status fact.Status) string {
	if status == fact.Unknown || status == "" {
		return "was not looked at since it began"
	}
	return "was " + readable.Words(status) + " when it was last looked at"
}

// lookAt is what was said of a batch run, if it was asked about.
func lookAt(looks []Look, batchRun string) (Look, bool) {
	for _, l := range looks {
		if l.BatchRunID == batchRun {
			return l, true
		}
	}
	return Look{}, false
}
