package runner

import (
	"fmt"

	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
)

// A doubt is a trigger or rerun of a step whose fate is unknown. It lasts until a person has said what became of it,
// or, in a step that is duplicate_safe, until a repeat was accepted: what counts from then on is the repeat. A repeat
// that came to nothing leaves it as it was.
//
//	nothing ──in doubt──▶ in doubt ──statement──▶ nothing
//	                       │    ▲
//	                 retry │    │ refused, not sent, in doubt too, and no rule left
//	                       ▼    │
//	                      repeated ──accepted──▶ nothing
type doubt struct {
	Key           // the newest request that is in doubt; zero: none is
	repair   bool // an on_failure rule had asked for it, not the step's own verb
	repeated bool // a repeat was accepted since the step began
	done     bool // what the step's verb asks for was carried out since it began, so that no retry asks for it again
}

// doubtOf is for a trigger or rerun in doubt. Only a step that is duplicate_safe has rules for it.
func (m *Machine) doubtOf(i int, e RequestInDoubt) {
	s := &m.steps[i]
	m.settle(i)
	s.doubt.Key, s.doubt.repair = e.Key, s.repair
	if c := m.chainOf(s); c != nil {
		c.doubted++
	}
	if s.def.DuplicateSafe == "" {
		m.leaveInDoubt(i, string(e.Key.Op)+" is in doubt: "+e.Message)
		m.parkOthers(i)
		return
	}
	m.parkOthers(i)
	m.failAttempt(i, m.failure(i, fact.RequestInDoubt, 0, "nobody knows whether the "+string(e.Key.Op)+" was carried out: "+e.Message))
}

// settle ends the doubt of step i: a person has spoken, or a repeat was accepted.
func (m *Machine) settle(i int) {
	s := &m.steps[i]
	if s.doubt.Op == "" {
		return
	}
	s.doubt.Key = Key{}
	if c := m.chainOf(s); c != nil {
		if c.doubted--; c.doubted == 0 {
			for _, j := range c.parked {
				m.ready.push(j) // pump passes over those that do not wait any more
			}
			c.parked = nil
		}
	}
}

// leaveInDoubt gives step i up until a person has spoken.
func (m *Machine) leaveInDoubt(i int, why string) {
	m.leave(i)
	m.move(i, State(fact.InDoubt), why)
}

// givenUp is why a step that is duplicate_safe is in doubt: what no rule answers.
func (m *Machine) givenUp(i int, f fact.Failure) string {
	s := &m.steps[i]
	switch {
	case f.Kind == fact.RequestInDoubt && m.doubtBeside(i):
		return f.Message + "; it is not repeated while another step that acts on the same batch is in doubt"
	case f.Kind == fact.RequestInDoubt:
		return f.Message + "; no rule is left to repeat it"
	}
	return fmt.Sprintf("the repeat came to nothing (%s), and the %s before it is still in doubt", cause(f), s.doubt.Op)
}

// waitsForStatement reports whether a person may say what became of a request of the step: it is in doubt, and no repeat of it
// may have been sent.
func (s *step) waitsForStatement() bool {
	return s.outcome() == fact.InDoubt || s.doubt.Op != "" && !s.call.sent
}

// orRepeated says why a statement about a request in doubt comes too late: the plan had it repeated. err is what is said
// otherwise; nil stays nil.
func (m *Machine) orRepeated(id string, err error) error {
	i, known := m.ids[id]
	if err == nil || !known {
		return err
	}
	switch s := &m.steps[i]; {
	case s.doubt.Op != "":
		return fmt.Errorf("%w: the %s of step %q in doubt is being repeated under the plan's duplicate_safe, and the answer is not there yet: look again when it is", ErrUnexpected, s.doubt.Op, id)
	case s.doubt.repeated:
		return fmt.Errorf("%w: the request of step %q in doubt was repeated under the plan's duplicate_safe, and what counts is the repeat: step %q is %s", ErrUnexpected, id, id, readable.Words(s.state))
	}
	return err
}

// undoubt takes a step's doubt away, and with it the repeat that was to come; what follows gives the step another state.
func (m *Machine) undoubt(i int) {
	m.ended = false
	m.leave(i)
	m.settle(i)
}

// cancelAttempt ends a step of a canceled run whose attempt came to nothing. What is in doubt stays so.
func (m *Machine) cancelAttempt(i int, why string) {
	if s := &m.steps[i]; s.doubt.Op != "" {
		m.leaveInDoubt(i, "the run was canceled, so the "+string(s.doubt.Op)+" in doubt is not repeated: "+why)
		return
	}
	m.finish(i, fact.Canceled, why)
}

// because is what an on_failure rule answers, in words.
func (s *step) because() string {
	why := cause(s.failure())
	if s.doubt.Op != "" {
		why += "; the plan says that a duplicate is safe: " + s.def.DuplicateSafe
	}
	return why
}
