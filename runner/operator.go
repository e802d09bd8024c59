package runner

import (
	"fmt"
	"slices"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// Interpret is an operator's event as it goes on record, by how the run stands: who resolves a step, as succeeded or
// skipped, means a request in doubt when there is one or one is named, and otherwise marks the step. Any other event is
// what it is. Nothing changes.
func (m *Machine) Interpret(e Event) Event {
	if e := m.interpretApproval(e); e != nil {
		return e
	}
	said, ok := e.(OperatorResolved)
	if !ok || said.As != AsSucceeded && said.As != AsSkipped && said.As != AsFailed {
		return e
	}
	if i, known := m.ids[said.Step]; known && said.As != AsSkipped {
		switch s := &m.steps[i]; {
		case said.Request != Key{}, s.waitsForStatement(), s.state == Requesting, s.state == Looking, said.As == AsFailed && !s.repairs():
			return e
		}
	}
	return OperatorMarked{Statement: said.Statement, Step: said.Step, As: said.As}
}

// acceptsStatement checks whether an operator's statement fits where the run stands.
func (m *Machine) acceptsStatement(e Event) error {
	if !m.started {
		return fmt.Errorf("%w: the run has not started", ErrUnexpected)
	}
	if w, _ := StatementOf(e); m.applied[w.ID] {
		return fmt.Errorf("%w: word %s: %w", ErrUnexpected, w.ID, ErrApplied)
	}
	if i, known := m.ids[e.Subject().Step]; known && m.steps[i].items != nil {
		return m.stepOrItem(i)
	}
	if err := m.passesNone(e); err != nil {
		return err
	}
	switch e := e.(type) {
	case OperatorApproved:
		if err := m.acceptsApproval(e.Step, e.Request, e.Statement, false); err != nil {
			return err
		}
		return m.startsNoSecond(e)
	case OperatorRejected:
		return m.acceptsApproval(e.Step, e.Request, e.Statement, true)
	case OperatorResolved:
		switch {
		case !slices.Contains([]Resolution{AsStarted, AsNotStarted, AsSucceeded, AsFailed}, e.As):
			return fmt.Errorf("%w: a request in doubt is resolved as started, not_started, succeeded or failed, not as %q", ErrUnexpected, e.As)
		case e.As == AsStarted && e.BatchRunID == "":
			return fmt.Errorf("%w: which batch run was started is not said", ErrUnexpected)
		}
		if err := m.orRepeated(e.Step, m.stepIs(e.Step, "in doubt", (*step).waitsForStatement)); err != nil {
			return err
		}
		return m.isAbout(e.Step, e.Request)
	case OperatorAdopted:
		if err := m.orRepeated(e.Step, m.stepIs(e.Step, "a trigger that waits, is in doubt, has failed or was canceled", func(s *step) bool {
			_, trigger := s.def.Do.(*plan.Trigger)
			fits := s.state == Waiting || s.state == Queued || s.state == Closed && s.run.RunID == "" || s.waitsForStatement() || failedForGood(s) || s.outcome() == fact.Canceled
			return trigger && e.BatchRunID != "" && !s.def.Finally && fits
		})); err != nil {
			return err
		}
		if err := m.isAbout(e.Step, e.Request); err != nil {
			return err
		}
		return m.startsNoSecond(e)
	case OperatorRetried:
		if err := m.stepIs(e.Step, "failed or canceled", func(s *step) bool {
			return !s.def.Finally && (failedForGood(s) || s.outcome() == fact.Canceled)
		}); err != nil {
			return err
		}
		if err := m.chainIsSettled(e.Step); err != nil {
			return err
		}
		return m.startsNoSecond(e)
	case OperatorMarked:
		if err := m.acceptsMark(e); err != nil {
			return err
		}
		return m.startsNoSecond(e)
	case OperatorCanceled:
		if m.cancel != "" || m.ended && m.counts.at(doubts) == 0 {
			return fmt.Errorf("%w: the run is over or canceled already", ErrUnexpected)
		}
	}
	return nil
}

// acceptsMark checks whether a step may be given an outcome without running, or running any further.
func (m *Machine) acceptsMark(e OperatorMarked) error {
	if i, known := m.ids[e.Step]; known && m.steps[i].def.Approval() != nil && e.As != AsFailed {
		return fmt.Errorf("%w: step %q is an approval, which is approved or rejected", ErrUnexpected, e.Step)
	}
	begun := func(s *step) bool { return (s.state == Delaying || s.state == Closed) && s.doubt.Op == "" }
	waits := func(s *step) bool { return s.state == Waiting || s.state == Queued }
	switch e.As {
	case AsSucceeded:
		return m.stepIs(e.Step, "failed, blocked, canceled, waiting, sleeping, sensing or delaying", func(s *step) bool {
			return s.waitsForNoBatch() || begun(s) || !s.def.Finally && (waits(s) || failedForGood(s) || s.outcome() == fact.Blocked || s.outcome() == fact.Canceled)
		})
	case AsSkipped:
		if i, known := m.ids[e.Step]; known && begun(&m.steps[i]) && m.steps[i].carriedOut {
			return fmt.Errorf("%w: step %q has started batch run %s, so it cannot be skipped: give it --succeeded or --failed", ErrUnexpected, e.Step, m.steps[i].run.RunID)
		}
		return m.stepIs(e.Step, "waiting, sleeping, sensing or delaying", func(s *step) bool {
			return s.waitsForNoBatch() || begun(s) || !s.def.Finally && waits(s)
		})
	case AsFailed:
		return m.stepIs(e.Step, "delaying", func(s *step) bool { return begun(s) && s.repairs() })
	}
	return fmt.Errorf("%w: a step is marked as succeeded, skipped or failed, not as %q", ErrUnexpected, e.As)
}

func (m *Machine) stepIs(id, want string, ok func(*step) bool) error {
	i, known := m.ids[id]
	if !known {
		return fmt.Errorf("%w: no step %q", ErrUnexpected, id)
	}
	if s := &m.steps[i]; !ok(s) {
		if s.waitsForNoBatch() {
			return fmt.Errorf("%w: step %q is %s: end it as --succeeded or --skipped", ErrUnexpected, id, readable.Words(s.state))
		}
		return fmt.Errorf("%w: step %q is %s, not %s", ErrUnexpected, id, readable.Words(s.state), want)
	}
	return nil
}

// isAbout refuses a statement about another request than the one in doubt: since the operator looked, it was settled and the
// next one came into doubt, of which nobody has said anything.
func (m *Machine) isAbout(id string, asked Key) error {
	now := m.steps[m.ids[id]].doubt.Key
	switch {
	case asked == now:
		return nil
	case now == Key{}:
		return fmt.Errorf("%w: the word is about request %s, which is not in doubt any more: step %q is %s", ErrUnexpected, asked, id, readable.Words(m.steps[m.ids[id]].state))
	case asked == Key{}:
		return fmt.Errorf("%w: request %s is in doubt, of which the word says nothing: look what became of it, and say it again", ErrUnexpected, now)
	}
	return fmt.Errorf("%w: the word is about request %s, and the one in doubt now is %s: look what became of that one, and say it again", ErrUnexpected, asked, now)
}

// chainIsSettled refuses to start a batch again while nobody knows whether another step has done so, or while one that
// restarts or reruns it is at it.
func (m *Machine) chainIsSettled(id string) error {
	of := &m.steps[m.ids[id]]
	for i := range m.steps {
		s := &m.steps[i]
		if s == of || !sameChain(s, of) {
			continue
		}
		if s.doubt.Op != "" || s.call.sent {
			return fmt.Errorf("%w: step %q acts on the same batch as %q, and its request may or may not have been carried out: settle that first", ErrUnexpected, s.def.ID, id)
		}
		if startsAgain(s.def) && (s.state == Watching || s.state == Stopping) {
			return fmt.Errorf("%w: step %q, which acts on the same batch as %q, is at work on batch run %s: let it come to its end, or cancel the run first", ErrUnexpected, s.def.ID, id, s.run.RunID)
		}
	}
	return nil
}

// waitsForNoBatch reports whether a step waits for the clock, or for something that is not at the scheduler.
func (s *step) waitsForNoBatch() bool { return s.state == Sleeping || s.state == Sensing }

func failedForGood(s *step) bool { return s.outcome() == fact.Failed && !s.healed }

// resolved settles a step in doubt.
func (m *Machine) resolved(i int, e OperatorResolved) {
	switch e.As {
	case AsStarted:
		m.attach(i, e.BatchRunID, e.Statement)
	case AsNotStarted:
		m.askAnew(i, e.permit())
	case AsSucceeded:
		m.undoubt(i)
		m.declare(i, fact.Succeeded, e.Statement)
	case AsFailed:
		m.undoubt(i)
		f := m.failure(i, fact.BatchFailed, 0, "declared failed by "+e.By+": "+e.Reason)
		m.failNow(i, f)
	}
}

// askAnew makes the request in doubt once more, of which a person says that it was not carried out. What a rule had asked for is
// that again, about the batch run it was to repair: a trigger in its place could start a second one beside it.
func (m *Machine) askAnew(i int, permit Permit) {
	s := &m.steps[i]
	rerun := s.doubt.Op == OpRerun && s.doubt.repair
	m.undoubt(i)
	if rerun && !m.doubtBeside(i) && (m.cancel == "" || s.def.Finally) {
		s.again()
		s.repair = true
		m.againOrLook(i, OpRerun, permit)
		return
	}
	s.grant = &permit
	m.reset(i)
}

// declare gives a step an outcome on somebody's word.
func (m *Machine) declare(i int, out fact.Outcome, w Statement) *Transition {
	t := m.finish(i, out, "declared by "+w.By+": "+w.Reason)
	t.Mark, t.By = MarkResolved, w.By
	return t
}

// takeBack takes the outcome of step i back, and lets what hung on it wait again. What follows gives it another state in
// the same turn.
func (m *Machine) takeBack(i int) {
	m.set(i, reopening)
	m.reopen(i)
}

// attach makes a batch run a person named the one at hand, and watches it.
func (m *Machine) attach(i int, runID string, w Statement) *Transition {
	s := &m.steps[i]
	m.ended = false
	if s.waitsForStatement() {
		m.undoubt(i) // the same attempt: what it asked for was carried out
	} else {
		if s.state == Closed {
			m.leave(i)
		}
		s.again()
	}
	if s.run.Code == "" {
		order, err := m.r.Order(s.def, m.view(i))
		if err != nil { // what it orders is told by a step that has not run; which batch it is may be known all the same
			order, _ = m.r.Preview(s.def, nil)
		}
		s.run = fact.BatchRef{Object: order.Object, Code: order.Code}
	}
	if s.started.IsZero() {
		s.started = m.at
		s.used = make([]int, len(s.def.OnFailure))
	}
	s.doubt.done, s.carriedOut = true, true
	s.anchor = m.at
	m.carried++
	m.adopt(i, fact.BatchRef{Object: s.run.Object, Code: s.run.Code, RunID: runID})
	s.foreign, s.requested = true, true
	if c := m.chainOf(s); c != nil {
		c.foreign = true
	}
	why := "batch run " + runID + ", on the word of " + w.By + ": " + w.Reason
	if noWait(s.def) {
		t := m.finish(i, fact.Succeeded, why+"; not waited for")
		t.Mark, t.By = MarkResolved, w.By
		return t
	}
	t := m.move(i, Watching, why)
	t.Mark, t.By = MarkResolved, w.By
	m.look(i)
	m.expect(i)
	return t
}

// adopted gives step i a batch run that goes on, or that somebody started by hand. Of a canceled run the step goes on, and what
// waits for it.
func (m *Machine) adopted(i int, e OperatorAdopted) {
	from := m.steps[i].state
	if m.steps[i].outcome() == fact.Canceled {
		m.cancel = ""
	}
	if m.steps[i].decided() {
		m.takeBack(i)
	}
	m.attach(i, e.BatchRunID, e.Statement).From = from
}

// retried lets step i and what it blocked wait again.
func (m *Machine) retried(i int, e OperatorRetried) {
	permit := e.permit()
	m.steps[i].grant, m.steps[i].requested = &permit, true
	m.cancel = "" // of a canceled run this step goes on, and what waits for it
	m.reset(i)
	m.reopen(i)
}

// marked gives step i an outcome without running it.
func (m *Machine) marked(i int, e OperatorMarked) {
	s := &m.steps[i]
	m.ended = false // of a run that stopped in doubt too: what waits for this step may go on
	if e.As == AsFailed {
		f := s.failure() // that which a rule was about to answer
		f.Message = "declared failed by " + e.By + ": " + e.Reason + "; before that, " + f.Message
		m.failNow(i, f)
		return
	}
	from := s.state
	if s.decided() {
		m.takeBack(i)
	}
	m.declare(i, fact.Outcome(e.As), e.Statement).From = from
}

// canceled ends the run as far as it is ours to end.
func (m *Machine) canceled(e OperatorCanceled) {
	m.ended = false
	m.cancel = stopLeave
	if e.Interrupt {
		m.cancel = stopCancel
	}
	for i := range m.r.FinallyAt {
		s := &m.steps[i]
		switch {
		case s.outcome() != "" || s.call.sent || s.items != nil && m.after(i) > i+1: // a whole ends with its items
		case s.doubt.Op != "":
			m.leaveInDoubt(i, "the run was canceled, so the "+string(s.doubt.Op)+" in doubt is not repeated")
		case s.run.RunID != "" && s.state.place() == runs && s.state != Delaying:
			m.uncall(i)
			m.cancelRun(i)
		default:
			m.finish(i, fact.Canceled, "the run was canceled")
		}
	}
}

// cancelRun interrupts the batch run at hand, or leaves it going on.
func (m *Machine) cancelRun(i int) {
	s := &m.steps[i]
	if m.cancel == stopLeave {
		m.finish(i, fact.Canceled, "the run was canceled; "+s.run.RunID+" was left to itself")
		return
	}
	m.endAttempt(i)
	m.move(i, Stopping, "interrupt "+s.run.RunID+": the run was canceled")
	m.interrupt(i, stopCancel, Permit{Text: "the run was canceled by an operator", Kind: PermitCanceled})
}
