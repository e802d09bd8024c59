package runner

import (
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// pump carries a turn to its end: it judges the steps whose needs have closed, starts those for which a
// slot is free, goes on to finally, and ends the run when nothing can move any more.
func (m *Machine) pump() {
	if !m.started || m.ended {
		return
	}
	for {
		switch {
		case len(m.ready) > 0:
			if i := m.ready.pop(); m.steps[i].state == Waiting {
				m.judge(i)
			}
		case len(m.offering) > 0:
			m.beginItem()
		case m.counts.at(queues) > 0 && m.free():
			if i := m.queue.pop(); m.steps[i].state == Queued { // it may have been canceled, or adopted
				m.take(i)
			}
		case !m.counts.goesOn():
			if !m.goOn() {
				return
			}
		default:
			return
		}
	}
}

// take begins a queued step, or lets it wait on.
func (m *Machine) take(i int) {
	if m.steps[i].call.later != nil {
		m.orderHeld(i)
		return
	}
	if m.mustPark(i) {
		m.park(i)
		return
	}
	m.begin(i)
}

// free reports whether another step may run.
func (m *Machine) free() bool { return m.r.Concurrency == 0 || m.counts.at(runs) < m.r.Concurrency }

// goOn is asked when nothing moves. It starts the next finally step and reports true, or ends the run.
func (m *Machine) goOn() bool {
	if m.counts.at(doubts) > 0 {
		m.end(fact.InDoubt)
		return false
	}
	if m.counts.above[decided] < m.r.FinallyAt { // no plan that was loaded can come here: its waits have no cycle
		for i := range m.r.FinallyAt {
			if m.steps[i].state == Waiting {
				m.finish(i, fact.Blocked, "what it needs never came to an end")
			}
		}
		return true
	}
	if m.finally < len(m.steps) {
		i := m.finally
		m.finally++
		if m.steps[i].state == Waiting { // else it was in doubt when a statement let the others wait again, and has ended since
			m.judge(i)
		}
		return true
	}
	out := m.outcome()
	m.end(out)
	return false
}

// outcome is the plan's so far.
func (m *Machine) outcome() fact.Outcome {
	switch {
	case m.counts.at(doubts) > 0:
		return fact.InDoubt
	case m.cancel != "":
		return fact.Canceled
	case m.badOutcome:
		return fact.Failed
	}
	return fact.Succeeded
}

// end ends the run, or stops it until a person has spoken.
func (m *Machine) end(out fact.Outcome) {
	m.ended = true
	e := &End{Outcome: out, Steps: map[fact.Outcome]int{}, NothingStarted: m.carried == 0, Late: m.late(), Rejected: out == fact.Failed && m.onlyRejected()}
	contact, silent := false, false
	for i := range m.steps {
		s := &m.steps[i]
		if s.items != nil {
			continue // its items count
		}
		if out, is := s.state.Outcome(); is {
			e.Steps[out]++
		}
		if s.outcome() != fact.Failed {
			continue
		}
		switch s.failure().Kind {
		case fact.Unreachable, fact.Unauthorized:
			silent = true
		case fact.NotSent: // it says nothing of the scheduler
		default:
			contact = true
		}
	}
	e.NoContact = e.NothingStarted && silent && !contact
	m.d.End = e
}

// judge decides whether step i, whose needs are closed, runs.
func (m *Machine) judge(i int) {
	s := &m.steps[i]
	if m.cancel != "" && !s.def.Finally {
		m.finishAll(i, fact.Canceled, "the run was canceled")
		return
	}
	if m.mustPark(i) {
		m.park(i)
		return
	}
	switch of := s.def.Parent; {
	case of != nil:
		w := m.steps[of.Index].items
		s.bad, s.root, s.saw = w.bad, w.root, w.saw
	case s.def.Above:
		m.weigh(i)
	default:
		m.refresh(i)
	}
	cond := s.def.If
	if !s.def.Finally && s.grant == nil && s.bad >= 0 && (cond == nil || cond.Bare()) && !m.granted(i) {
		if cond != nil {
			m.heard(i, JudgedIf, 0, Judgement{Why: "needs " + m.steps[s.bad].def.ID})
		}
		m.finishAll(i, fact.Blocked, "needs "+m.steps[s.bad].def.ID)
		return
	}
	if s.items != nil {
		m.openWhole(i)
		return
	}
	var seen []fact.Evidence
	if cond != nil && s.grant == nil {
		ev, err := m.r.Holds(cond, m.view(i))
		if err != nil {
			m.heard(i, JudgedIf, 0, judgementOf(ev, err))
			m.failNow(i, m.failure(i, fact.BadExpression, 0, err.Error()))
			return
		}
		m.heard(i, JudgedIf, 0, judgementOf(ev, nil))
		seen = []fact.Evidence{ev}
		if !ev.Holds {
			m.finish(i, fact.Skipped, "if does not hold").Evidence = seen
			return
		}
	}
	first := len(m.d.Moves)
	if m.free() || s.def.Rests() {
		m.begin(i)
	} else {
		m.move(i, Queued, "concurrency")
		m.queue.push(i)
	}
	m.d.Moves[first].Evidence = append(seen, m.d.Moves[first].Evidence...)
}

// begin starts the first attempt of step i.
func (m *Machine) begin(i int) {
	s := &m.steps[i]
	s.started, s.begun = m.at, time.Time{}
	s.used = make([]int, len(s.def.OnFailure))
	s.doubt, s.telling = doubt{}, nil
	permit := firstRequest()
	switch {
	case s.grant != nil:
		permit = *s.grant
	case s.number > 0 || s.requested:
		permit = reopened()
	}
	m.try(i, permit)
}

// try begins the next attempt with the step's own verb.
func (m *Machine) try(i int, permit Permit) {
	s := &m.steps[i]
	s.again()
	switch v := s.def.Do.(type) {
	case *plan.Trigger:
		if m.parkBesideDoubt(i) {
			return
		}
		order, err := m.r.Order(s.def, m.view(i))
		if err != nil {
			m.failAttempt(i, m.failure(i, fact.BadExpression, 0, err.Error()))
			return
		}
		s.run = fact.BatchRef{Object: order.Object, Code: order.Code}
		m.batches.ordered(order.Code)
		cmd := m.request(i, OpTrigger, permit)
		cmd.Order, cmd.Run, cmd.Sensitive = &order, fact.BatchRef{}, order.Sensitive()
		if m.closeFor(i, cmd) {
			return
		}
		m.move(i, Requesting, "trigger "+string(order.Object)+" "+order.Code)
		m.order(i, cmd)
	case *plan.Sleep:
		m.sleep(i, v)
	case *plan.Notify:
		m.tell(i, v)
	case *plan.OnRun:
		m.tryOnRun(i, v, permit)
	case plan.Sensor:
		m.sense(i)
	case *plan.Approve:
		m.ask(i, v)
	}
}

// sleep begins a sleep, or ends it at once when its clock time has passed.
func (m *Machine) sleep(i int, v *plan.Sleep) {
	s := &m.steps[i]
	s.anchor = m.at
	until := m.at.Add(v.For)
	if v.For == 0 {
		until = m.r.Until(s.def)
	}
	if !until.After(m.at) {
		m.finish(i, fact.Succeeded, "that time has passed: "+until.UTC().Format(time.RFC3339)+", "+readable.Duration(m.at.Sub(until).Truncate(time.Second))+" ago")
		return
	}
	m.move(i, Sleeping, "until "+until.UTC().Format(time.RFC3339))
	m.wake(i, until)
	m.expect(i)
	if s.def.Timeout > 0 {
		m.timeoutAt(i, m.at.Add(s.def.Timeout))
	}
}

// tryOnRun begins a verb about a batch run that exists.
func (m *Machine) tryOnRun(i int, v *plan.OnRun, permit Permit) {
	s := &m.steps[i]
	ref := m.chainOf(s).ref
	if v.Step < 0 {
		var err error
		if ref, err = m.r.Ref(s.def, m.view(i)); err != nil {
			m.failAttempt(i, m.failure(i, fact.BadExpression, 0, err.Error()))
			return
		}
		c := m.chainOf(s)
		c.ref, c.facts, c.foreign = ref, untold(ref.RunID), true
		if _, held := m.batches.holders[ref.RunID]; !held {
			m.hold(i, ref.RunID)
		}
	} else if ref.RunID == "" {
		m.nothingToActOn(i, v)
		return
	}
	s.run, s.facts, s.foreign = ref, m.chainOf(s).facts, m.chainOf(s).foreign
	s.anchor = m.at
	switch v.Op {
	case plan.OpWait:
		m.move(i, Watching, "batch run "+ref.RunID)
		m.look(i)
		m.expect(i)
	case plan.OpStatus:
		tasks, err := m.r.Tasks(s.def, m.view(i))
		if err != nil {
			m.failAttempt(i, m.failure(i, fact.BadExpression, 0, err.Error()))
			return
		}
		m.move(i, Looking, "batch run "+ref.RunID)
		s.watch = &Command{Key: s.key(OpLook), Run: ref, Tasks: tasks, Foreign: s.foreign}
		m.d.Commands = append(m.d.Commands, s.watch)
	case plan.OpInterrupt:
		if s.facts.Status.Final() {
			m.finish(i, fact.Succeeded, "batch run "+ref.RunID+" is over already")
			return
		}
		m.move(i, Requesting, "interrupt "+ref.RunID)
		m.interrupt(i, stopVerb, permit)
	case plan.OpRestart, plan.OpRerun:
		m.againOrLook(i, Op(v.Op), permit)
	}
}

// nothingToActOn decides a verb whose step never had a batch run.
func (m *Machine) nothingToActOn(i int, v *plan.OnRun) {
	named := &m.steps[v.Step]
	if named.outcome() == fact.Skipped {
		m.finish(i, fact.Skipped, named.def.ID+" was skipped and has no batch run")
		return
	}
	m.failNow(i, m.failure(i, fact.Refused, 0, "step \""+named.def.ID+"\" has no batch run to "+string(v.Op)))
}

// againOrLook restarts or reruns the batch run at hand when it is known to be over, and looks first when
// it is not.
func (m *Machine) againOrLook(i int, op Op, permit Permit) {
	s := &m.steps[i]
	if s.facts.Status.Final() || s.facts.Status == fact.Held {
		m.orderAgain(i, op, permit)
		return
	}
	s.next = next{op, permit}
	m.move(i, Looking, "is "+s.run.RunID+" over?")
	m.look(i)
}

// orderAgain gives the order to restart or rerun the batch run at hand.
func (m *Machine) orderAgain(i int, op Op, permit Permit) {
	s := &m.steps[i]
	m.endAttempt(i)
	if m.parkBesideDoubt(i) || m.closeFor(i, &Command{Key: Key{Op: op}, Permit: &permit}) {
		return
	}
	m.move(i, Requesting, string(op)+" "+s.run.RunID)
	m.order(i, m.request(i, op, permit.And("batch run "+s.run.RunID+" is "+readable.Words(s.facts.Status))))
}

// interrupt gives the order to stop the batch run at hand.
func (m *Machine) interrupt(i int, why stopFor, permit Permit) {
	s := &m.steps[i]
	s.stop = stop{why: why, tries: s.stop.tries + 1}
	m.order(i, m.request(i, OpInterrupt, permit))
}
