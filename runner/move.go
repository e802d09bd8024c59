package runner

import (
	"time"

	"ofsplan/plan/fact"
)

// The one door through which a step changes its state. [Machine.set] writes it and keeps the counts, move records the
// transition, leave lets go of what belongs to the state that is left. A new state needs a place here, a row in the
// table of doc.go, and whatever moves into it.

// place is what a state means for the run as a whole.
type place int8

const (
	waits   place = iota // it holds nothing up and asks for nothing
	queues               // it waits for a slot of the plan's concurrency
	runs                 // it holds one
	rests                // it goes on by itself or by a person's word and holds none: the run is not over while one does
	doubts               // it waits for an operator's statement
	decided              // it has an outcome that stands
	places
)

// place tells what a state means for the run. A state nobody taught it is our own bug.
func (s State) place() place {
	switch s {
	case Waiting, Running, reopening:
		return waits
	case Queued:
		return queues
	case Requesting, Watching, Looking, Stopping, Delaying, Sleeping:
		return runs
	case Sensing, Notifying, Closed, Awaiting:
		return rests
	case State(fact.InDoubt):
		return doubts
	case State(fact.Succeeded), State(fact.Failed), State(fact.Skipped), State(fact.Blocked), State(fact.Canceled):
		return decided
	}
	panic("runner: nobody taught it the state " + string(s))
}

// reopening is the state of a step whose outcome an operator takes back, within the turn that gives it another. It stands
// in no record.
const reopening State = "reopening"

// counts is how many steps are at each place: those above finally, and those of finally.
type counts struct{ above, finally [places]int }

// at is how many steps of the plan are at a place.
func (c *counts) at(p place) int { return c.above[p] + c.finally[p] }

// placeOf is what a state of step i means for the run. A verb that rests holds no slot in a rule's delay either.
func (m *Machine) placeOf(i int, s State) place {
	if s == Delaying && m.steps[i].def.Rests() {
		return rests
	}
	return s.place()
}

// goesOn reports whether anything of the plan may still move without a statement about a doubt.
func (c *counts) goesOn() bool { return c.at(runs) > 0 || c.at(queues) > 0 || c.at(rests) > 0 }

// set writes the state of step i.
func (m *Machine) set(i int, to State) {
	in := &m.counts.above
	if i >= m.r.FinallyAt {
		in = &m.counts.finally
	}
	s := &m.steps[i]
	was, is := m.placeOf(i, s.state), m.placeOf(i, to)
	in[was]--
	in[is]++
	s.state = to
	if of := s.def.Parent; of != nil {
		m.moved(of, was, is)
	}
}

// move changes the state of step i and records that. What it returns is good until the next one.
func (m *Machine) move(i int, to State, why string) *Transition {
	s := &m.steps[i]
	m.d.Moves = append(m.d.Moves, Transition{Step: s.def.ID, From: s.state, To: to, Why: why})
	m.set(i, to)
	return &m.d.Moves[len(m.d.Moves)-1]
}

// leave lets go of everything that belongs to what step i is doing: what is asked of the driver and may still be
// taken back, what was to follow, and what it waits for of the clock. A doubt stays, see [Machine.settle].
func (m *Machine) leave(i int) {
	s := &m.steps[i]
	m.endAttempt(i)
	m.uncall(i)
	s.wake, s.late = time.Time{}, time.Time{}
}

// endAttempt lets go of the batch run at hand: nobody looks at it, no interrupt of it counts any more, and nothing
// follows its end.
func (m *Machine) endAttempt(i int) {
	m.unwatch(i)
	m.unsend(i)
	m.steps[i].next, m.steps[i].stop, m.steps[i].asks = next{}, stop{}, Key{}
}

// finish gives step i its outcome and tells the steps below. What it returns is the step's transition, good
// until the next one.
func (m *Machine) finish(i int, out fact.Outcome, why string) *Transition {
	s := &m.steps[i]
	m.leave(i)
	m.settle(i)
	s.grant = nil
	s.finished = m.at
	at := len(m.d.Moves)
	m.move(i, State(out), why)
	if out == fact.Succeeded {
		m.heal(i)
	}
	if i < m.r.FinallyAt {
		m.decide(i)
	} else {
		m.tally(i)
	}
	return &m.d.Moves[at]
}

// failNow ends step i as failed. One whose request is in doubt, and whose repeat came to nothing, has not failed: it is
// in doubt.
func (m *Machine) failNow(i int, f fact.Failure) {
	s := &m.steps[i]
	s.fault = &f
	if s.doubt.Op != "" {
		m.leaveInDoubt(i, m.givenUp(i, f))
		return
	}
	t := m.finish(i, fact.Failed, cause(f))
	t.Failure = &f
	if s.def.AllowFailure {
		t.Mark = MarkAllowed
	}
}

// tally takes the outcome of step i, which nothing can make good any more, into the plan's.
func (m *Machine) tally(i int) {
	s := &m.steps[i]
	if s.items != nil || m.good(i) || s.outcome() == fact.Skipped {
		return
	}
	m.badOutcome = true
	if s.outcome() == fact.Failed {
		m.alerts.stand++
		m.alerts.last = i
	}
	if s.outcome() == fact.Failed && (m.firstFail < 0 || s.finished.Before(m.steps[m.firstFail].finished)) {
		m.firstFail = i
	}
}
