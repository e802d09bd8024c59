package runner

import (
	"fmt"
	"strings"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// What a person asks of a step as it stands: what it waits for, what its condition would come to now, and what of its rules is left. It is asked
// of a machine that a journal was replayed with, and nobody drives: what is looked up may refresh what steps have seen of each other.

// An Explanation is how one step stands, and what has to happen before it moves.
type Explanation struct {
	Step     *plan.Step
	State    State
	Attempt  int
	Since    time.Time     // when its work began, from which timeout and elapsed count; zero: it has not
	Run      fact.BatchRef // the batch run at hand
	Facts    fact.BatchRun // as the last recorded answer told
	Failure  fact.Failure  // what went wrong last
	WaitsFor []Wait        // in plan order; none: it waits for nothing, or has ended
	// If is what its condition comes to as things stand, of a step that waits and has one; nil: there is none, or it was judged.
	If *Judgement
	// Cause is the step with which it began that this one was blocked; nil: it was not.
	Cause *plan.Step
	Used  []int // how often each on_failure rule has acted since the step began
	// Timeout and Late are when the attempt has taken too long, and longer than expected; zero: never.
	Timeout, Late time.Time
}

// A Wait is one thing that a step waits for.
type Wait struct {
	For   WaitFor
	Step  string    // of a need, a healer, a doubt or a slot: who
	State State     // of that step
	Until time.Time // until when at most; zero: nobody knows
	Text  string    // more of it, for people; may be empty
}

// WaitFor is what sort of thing a step waits for.
type WaitFor string

// The sorts.
const (
	ForNeed     WaitFor = "need"      // a step that it needs
	ForHealer   WaitFor = "healer"    // a step that may make good a need that failed
	ForOthers   WaitFor = "others"    // every other step, of one of finally
	ForDoubt    WaitFor = "doubt"     // a doubt about the batch it would start again
	ForSlot     WaitFor = "slot"      // a slot of the plan's concurrency
	ForTurn     WaitFor = "turn"      // its turn among the items of a list
	ForItem     WaitFor = "item"      // an item of its list
	ForRequest  WaitFor = "request"   // its request to leave, or the answer to it
	ForBatchRun WaitFor = "batch_run" // the end of a batch run
	ForAnswer   WaitFor = "answer"    // one answer about a batch run
	ForDelay    WaitFor = "delay"     // the delay of an on_failure rule
	ForClock    WaitFor = "clock"     // the end of a sleep
	ForOutside  WaitFor = "outside"   // something that is not at the scheduler
	ForWindow   WaitFor = "window"    // the end of a closed window
	ForPerson   WaitFor = "person"    // a person's statement
)

// Explain says how the step of that id stands; false: there is none.
func (m *Machine) Explain(id string) (Explanation, bool) {
	i, ok := m.ids[id]
	if !ok {
		return Explanation{}, false
	}
	s := &m.steps[i]
	e := Explanation{
		Step: s.def, State: s.state, Attempt: s.number, Since: s.anchor, Run: s.run, Facts: s.facts, Failure: s.failure(), Used: s.used,
		Late: s.late,
	}
	if !s.decided() && s.state != Delaying && s.def.Timeout > 0 && !s.anchor.IsZero() {
		e.Timeout = s.anchor.Add(s.def.Timeout)
	}
	if s.state == State(fact.Blocked) && s.root >= 0 {
		e.Cause = m.steps[s.root].def
	}
	e.WaitsFor = m.waitsFor(i)
	if s.state == Waiting && s.def.If != nil && s.items == nil { // each item has its own
		e.If = m.foresee(i)
	}
	return e, true
}

// View is what expressions of the step of that id may look at now, all of it; without an id what every step may look at. False: there is no such
// step.
func (m *Machine) View(id string) (fact.View, bool) {
	if id == "" {
		return fact.View{Step: m.facts, Outcome: m.outcome(), AllGood: !m.badOutcome, AnyFailed: m.badOutcome}, true
	}
	i, ok := m.ids[id]
	if !ok {
		return fact.View{}, false
	}
	if m.steps[i].state == Waiting {
		return m.soFar(i), true
	}
	return m.view(i), true
}

// soFar is the view of a step that waits: its needs, as far as they are decided.
func (m *Machine) soFar(i int) fact.View {
	v := m.view(i)
	if m.steps[i].def.Finally {
		return v
	}
	v.AllGood, v.AnyFailed = true, false
	for n := range m.r.NeedsOf(m.steps[i].def.Top()) {
		if m.steps[n].decided() {
			v.AllGood = v.AllGood && m.good(n)
			v.AnyFailed = v.AnyFailed || m.showsFailure(n)
		}
	}
	return v
}

// foresee judges the condition of a step that waits, as things stand.
func (m *Machine) foresee(i int) *Judgement {
	s := &m.steps[i]
	view := m.soFar(i)
	ev, err := m.r.Holds(s.def.If, view)
	j := judgementOf(ev, err)
	j.Step, j.Of = s.def.ID, JudgedIf
	if err == nil && !s.def.Finally && s.def.If.Bare() && !view.AllGood {
		j.Acts, j.Why = false, "a step that it needs did not go well"
	}
	if holds, decided := m.r.Decided(s.def.If); decided && !holds && err == nil {
		j.Why = "whatever the night brings"
	}
	return &j
}

// waitsFor is what step i waits for.
func (m *Machine) waitsFor(i int) []Wait {
	s := &m.steps[i]
	switch s.state {
	case Waiting:
		return m.waitsForOthers(i)
	case Queued:
		return m.waitsForSlot(i)
	case State(fact.InDoubt):
		return []Wait{{For: ForPerson, Text: "a person has to say what became of request " + s.doubt.Key.String()}}
	}
	if s.decided() {
		return nil
	}
	var out []Wait
	if c := s.call; s.state == Closed {
		text := "a closed window of the calendar"
		if c.later != nil {
			text += "; then " + string(c.later.Key.Op) + " is asked for"
		}
		return []Wait{{For: ForWindow, Until: s.wake, Text: text}}
	} else if c.later != nil {
		out = append(out, Wait{For: ForRequest, Until: s.wake, Text: "the scheduler asked to be left alone, and then " + string(c.later.Key.Op) + " is asked for again"})
	} else if c.cmd != nil && c.sent {
		out = append(out, Wait{For: ForRequest, Text: "the answer to request " + c.cmd.Key.String() + ", which was sent"})
	} else if c.cmd != nil {
		out = append(out, Wait{For: ForRequest, Until: c.cmd.NotAfter, Text: "request " + c.cmd.Key.String() + " has not been sent"})
	}
	return append(out, m.waitsAtWork(i)...)
}

// waitsAtWork is what a step at work waits for beside a request.
func (m *Machine) waitsAtWork(i int) []Wait {
	s := &m.steps[i]
	run := fmt.Sprintf("batch run %s, which was %s when an answer was last on record", s.run.RunID, readable.Words(s.facts.Status))
	if s.facts.Status == fact.Unknown || s.facts.Status == "" {
		run = fmt.Sprintf("batch run %s, of which no answer is on record yet", s.run.RunID)
	}
	switch s.state {
	case Watching:
		return []Wait{{For: ForBatchRun, Text: "the end of " + run}}
	case Looking, Stopping:
		then := ""
		if s.next.op != "" {
			then = "; then " + string(s.next.op)
		}
		return []Wait{{For: ForAnswer, Text: "an answer about " + run + then}}
	case Delaying:
		rule := s.def.OnFailure[s.rule]
		return []Wait{{For: ForDelay, Until: s.wake, Text: fmt.Sprintf("then on_failure rule %d acts: %s", s.rule+1, rule.Do)}}
	case Sleeping:
		return []Wait{{For: ForClock, Until: s.wake, Text: "it sleeps"}}
	case Running:
		var out []Wait
		for k := range m.itemsOf(i) {
			if !m.steps[k].decided() {
				out = append(out, Wait{For: ForItem, Step: m.steps[k].def.ID, State: m.steps[k].state})
			}
		}
		return out
	case Notifying:
		var out []Wait
		for _, c := range s.underWay() {
			out = append(out, Wait{For: ForOutside, Text: "channel " + c.Message.Channel + " to take its message"})
		}
		return out
	case Sensing:
		text := strings.TrimPrefix(SoughtText(*s.watch.Sought), "for ")
		if s.told != "" {
			text += "; the last that was told: " + s.told
		}
		return []Wait{{For: ForOutside, Until: s.watch.Until, Text: text}}
	case Awaiting:
		return []Wait{{For: ForPerson, Text: "a word " + s.def.Approval().By() + ": ofsplan approve, or reject"}}
	case Requesting: // its request was told
		return nil
	}
	return []Wait{{For: ForOutside, Text: readable.Words(s.state)}}
}

// waitsForSlot are the steps that hold the slots which a queued step waits for.
func (m *Machine) waitsForSlot(i int) []Wait {
	before := 0
	var out []Wait
	for k := range m.steps {
		switch o := &m.steps[k]; {
		case m.placeOf(k, o.state) == runs:
			out = append(out, Wait{For: ForSlot, Step: o.def.ID, State: o.state})
		case k < i && o.state == Queued:
			before++
		}
	}
	if before > 0 {
		out = append(out, Wait{For: ForSlot, Text: readable.Count(before, "step") + " before it in the queue"})
	}
	return out
}

// waitsForTurn are what an item waits for that has not begun: what its whole waits for, or the items before it.
func (m *Machine) waitsForTurn(k, whole int) []Wait {
	if m.steps[whole].state != Running {
		return m.waitsFor(whole)
	}
	var out []Wait
	for o := range m.itemsOf(whole) {
		if s := &m.steps[o]; o != k && !s.decided() && s.state != Waiting {
			text := fmt.Sprintf("max_parallel of %s is %d", m.steps[whole].def.ID, m.steps[whole].def.Each.Parallel)
			out = append(out, Wait{For: ForTurn, Step: s.def.ID, State: s.state, Text: text})
		}
	}
	return out
}

// waitsForOthers are the steps that a waiting one waits for.
func (m *Machine) waitsForOthers(i int) []Wait {
	s := &m.steps[i]
	var out []Wait
	add := func(why WaitFor, n int, text string) {
		out = append(out, Wait{For: why, Step: m.steps[n].def.ID, State: m.steps[n].state, Text: text})
	}
	if c := m.chainOf(s); m.mustPark(i) && c != nil {
		for k := range m.steps {
			if k != i && sameChain(&m.steps[k], s) && m.steps[k].doubt.Op != "" {
				add(ForDoubt, k, "request "+m.steps[k].doubt.Key.String()+" is in doubt, and acts on the same batch")
			}
		}
	}
	if of := s.def.Parent; of != nil {
		return append(out, m.waitsForTurn(i, of.Index)...)
	}
	why := ForNeed
	if s.def.Finally {
		why = ForOthers
	}
	asked := map[int]bool{} // chains whose healers were looked at
	for n := range m.r.NeedsOf(s.def) {
		need := &m.steps[n]
		if !need.decided() {
			add(why, n, "")
			continue
		}
		if need.outcome() != fact.Failed || need.closed || asked[need.def.Chain] {
			continue
		}
		asked[need.def.Chain] = true
		for _, h := range need.def.Healers {
			if !m.steps[h].decided() && s.def.WaitsForHealer(m.r.Steps[h]) {
				add(ForHealer, h, "it may make "+need.def.ID+" good, which failed")
			}
		}
	}
	return out
}
