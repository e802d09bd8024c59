package rehearse

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/resume"
)

// A said is something that an operator may say, as it is counted.
type said string

// What operators say.
const (
	adopted      said = "adopted"
	retried      said = "retried"
	markedGood   said = "marked succeeded"
	markedOut    said = "marked skipped"
	markedBad    said = "marked failed"
	resolvedAny  said = "resolved"
	stopAndLeave said = "canceled, interrupt false"
	stopAndStop  said = "canceled, interrupt true"
	approvedIt   said = "approved"
	rejectedIt   said = "rejected"
)

// saidBy is what a word says, as it is counted.
func saidBy(word runner.Event) said {
	switch e := word.(type) {
	case runner.OperatorResolved:
		return resolvedAny + " " + said(e.As)
	case runner.OperatorAdopted:
		return adopted
	case runner.OperatorRetried:
		return retried
	case runner.OperatorMarked:
		return "marked " + said(e.As)
	case runner.OperatorApproved:
		return approvedIt
	case runner.OperatorRejected:
		return rejectedIt
	case runner.OperatorCanceled:
		return said(fmt.Sprintf("canceled, interrupt %t", e.Interrupt))
	}
	return ""
}

// again lets operators speak of a run that was left, with all that still lies in its inbox.
func (h *hardship) again(left drive.Result, err error) bool {
	m := &h.mail
	if left.End == nil || err != nil {
		return false
	}
	h.play.process.away = time.Duration(1+h.IntN(7200)) * time.Second
	m.saying = nil
	for _, l := range m.letters {
		m.saying = append(m.saying, l.word)
	}
	if m.letters = nil; m.speaks == 0 {
		return len(m.saying) > 0
	}
	m.speaks--
	if m.advised {
		if e := h.advice(); e != nil {
			m.saying = append(m.saying, e)
		}
		return len(m.saying) > 0
	}
	for _, s := range fold.Turns(h.play.result.Resolved.Plan, h.play.result.Turns).Steps {
		switch st := fact.Outcome(s.State); {
		case h.IntN(4) == 0: // later
		case st == fact.InDoubt:
			m.saying = append(m.saying, h.resolve(h.sign(), s.ID))
		case st == fact.Failed && h.IntN(3) == 0:
			m.saying = append(m.saying, runner.OperatorMarked{Statement: h.signLooked(), Step: s.ID, As: runner.AsSucceeded})
		case st == fact.Failed, st == fact.Canceled:
			m.saying = append(m.saying, runner.OperatorRetried{Statement: h.signLooked(), Step: s.ID})
		}
	}
	if h.IntN(3) == 0 {
		m.saying = slices.Insert(m.saying, h.IntN(len(m.saying)+1), h.compose())
	}
	return len(m.saying) > 0
}

// words are what is said to a run that is taken up: of one whose runner died, now and then as well.
func (h *hardship) words(again *resume.Run) []runner.Event {
	m := &h.mail
	h.play.process.fatal = h.opened()
	if len(m.saying) == 0 && !again.Machine.Status().Ended && m.speaks > 0 && (h.IntN(3) == 0 || h.delays()) {
		m.speaks--
		if e := h.compose(); e != nil {
			m.saying = append(m.saying, e)
		}
	}
	return m.saying
}

// told takes a statement that was heard before, or that does not fit, for said.
func (h *hardship) told(word runner.Event, err error) error {
	w, _ := runner.StatementOf(word)
	h.tell("an operator says %s, %s: %v", w.ID, saidBy(word), err)
	switch {
	case err == nil:
		h.reached["word "+string(saidBy(word))]++
	case errors.Is(err, runner.ErrApplied):
		h.reached["word heard before"]++
	case errors.Is(err, runner.ErrUnexpected):
		h.reached["word refused"]++
	default:
		return err
	}
	return nil
}

// sign begins a word.
func (h *hardship) sign() runner.Statement {
	h.mail.serial++
	return runner.Statement{ID: fmt.Sprintf("w%03d", h.mail.serial), By: "night", Reason: "seen at the scheduler"}
}

// signLooked begins a word that may start something again: the scheduler was asked about every batch run that the log names, or now
// and then nobody asked it.
func (h *hardship) signLooked() runner.Statement {
	w := h.sign()
	for _, s := range fold.Turns(h.play.result.Resolved.Plan, h.play.result.Turns).Steps {
		if s.Batch.RunID == "" || h.IntN(8) == 0 {
			continue
		}
		look := runner.Look{Step: s.ID, BatchRunID: s.Batch.RunID, Status: fact.Ongoing}
		if _, over := h.play.scheduler.EndedAt(h.play.process.world.Now(), s.Batch.RunID); over {
			look.Status = fact.StatusFailed
		} else if h.IntN(2) == 0 {
			look.Status = ""
		}
		w.Looks = append(w.Looks, look)
	}
	return w
}

// delays reports whether a step waits for the delay of a rule, which is short, so that operators speak of it when they can.
func (h *hardship) delays() bool {
	return slices.ContainsFunc(fold.Turns(h.play.result.Resolved.Plan, h.play.result.Turns).Steps, func(st *fold.Step) bool { return st.State == runner.Delaying })
}

// compose is a word of some kind, most often one that fits how the steps stand; nil: there is nothing to say.
func (h *hardship) compose() runner.Event {
	if h.mail.advised {
		return h.advice()
	}
	s := h.play
	steps := fold.Turns(s.result.Resolved.Plan, s.result.Turns).Steps
	kinds := []said{retried, retried, markedGood, markedGood, markedOut, markedOut, markedBad, adopted, adopted, adopted, resolvedAny, stopAndLeave, stopAndStop}
	if slices.ContainsFunc(steps, func(st *fold.Step) bool { return st.State == runner.State(fact.InDoubt) }) && h.IntN(3) > 0 {
		kinds = []said{resolvedAny, resolvedAny, resolvedAny, adopted}
	}
	if h.delays() && h.IntN(8) > 0 {
		kinds = []said{markedGood, markedOut, markedBad, markedBad}
	}
	if slices.ContainsFunc(steps, func(st *fold.Step) bool { return st.State == runner.Awaiting }) && h.IntN(3) > 0 {
		kinds = []said{approvedIt, rejectedIt, approvedIt, markedGood, markedOut}
	}
	kind, stray := kinds[h.IntN(len(kinds))], h.IntN(8) == 0
	var fit []int
	for i := range steps {
		if stray || fits(kind, steps[i].State, s.result.Resolved.Steps[i]) {
			fit = append(fit, i)
		}
	}
	w := h.signLooked()
	if len(fit) == 0 && kind != stopAndLeave && kind != stopAndStop {
		kind, fit = markedGood, []int{h.IntN(len(steps))}
	}
	var step string
	if len(fit) > 0 {
		step = s.result.Resolved.Steps[fit[h.IntN(len(fit))]].ID
	}
	switch kind {
	case retried:
		return runner.OperatorRetried{Statement: w, Step: step}
	case markedGood:
		return runner.OperatorMarked{Statement: w, Step: step, As: runner.AsSucceeded}
	case markedOut:
		return runner.OperatorMarked{Statement: w, Step: step, As: runner.AsSkipped}
	case markedBad:
		return runner.OperatorMarked{Statement: w, Step: step, As: runner.AsFailed}
	case adopted:
		return h.adopt(w, step)
	case resolvedAny:
		return h.resolve(w, step)
	case approvedIt:
		return runner.OperatorApproved{Statement: w, Step: step, Request: h.asks(step)}
	case rejectedIt:
		return runner.OperatorRejected{Statement: w, Step: step, Request: h.asks(step)}
	}
	return runner.OperatorCanceled{Statement: w, Interrupt: kind == stopAndStop}
}

// fits reports whether a word of that kind fits a step that stands so.
func fits(kind said, st runner.State, def *plan.Step) bool {
	waits, failed := st == runner.Waiting || st == runner.Queued, st == runner.State(fact.Failed)
	doubt := st == runner.State(fact.InDoubt) || st == runner.Delaying && def.DuplicateSafe != ""
	_, trigger := def.Do.(*plan.Trigger)
	switch kind {
	case retried:
		return failed || st == runner.State(fact.Canceled)
	case markedGood:
		return waits || failed || st == runner.State(fact.Blocked) || st == runner.State(fact.Canceled) || st == runner.Sleeping || st == runner.Sensing || st == runner.Delaying || st == runner.Closed
	case markedOut:
		return waits || st == runner.Sleeping || st == runner.Sensing || st == runner.Delaying || st == runner.Closed
	case markedBad:
		return st == runner.Delaying || st == runner.Closed
	case adopted:
		return trigger && (waits || st == runner.Closed || failed || doubt || st == runner.State(fact.Canceled))
	case approvedIt, rejectedIt:
		return st == runner.Awaiting
	case resolvedAny:
		return doubt || st == runner.Requesting // of a process that died, or before a repeat
	}
	return true
}

// adopt gives a step a batch run that somebody started elsewhere, or now and then one that nobody knows.
func (h *hardship) adopt(w runner.Statement, step string) runner.Event {
	s := h.play
	e := runner.OperatorAdopted{Statement: w, Step: step, Request: h.doubt(step), BatchRunID: "NOBODY_2026-11-20_1795222800000_9"}
	for _, def := range s.result.Resolved.Steps {
		v, ok := def.Do.(*plan.Trigger)
		if !ok || def.ID != step || h.IntN(10) == 0 {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(s.Scenario.Elsewhere)) {
			code, _ := v.Code.Literal()
			if h.mail.adopted[id] == "" && s.Scenario.Elsewhere[id].Code == code {
				e.BatchRunID = id
				h.mail.adopt(id, step)
				return e
			}
		}
	}
	return e
}

// resolve says what became of a step's last request, and never that something was not started that was.
func (h *hardship) resolve(w runner.Statement, step string) runner.Event {
	e := runner.OperatorResolved{Statement: w, Step: step, Request: h.doubt(step), As: runner.AsNotStarted}
	switch h.IntN(6) {
	case 0:
		e.As = runner.AsFailed
		return e
	case 1:
		e.As = runner.AsSucceeded
		return e
	}
	for _, t := range h.play.result.Turns {
		if sent, ok := t.Event.(runner.RequestSent); ok && sent.Key.Step == e.Step && sent.Op != runner.OpInterrupt {
			c := h.carriedOut(sent.Key)
			switch {
			case c != nil:
				e.As, e.BatchRunID = runner.AsStarted, c.RunID
			case sent.Kind != runner.PermitSafe: // a repeat says nothing of what it repeats
				e.As, e.BatchRunID = runner.AsNotStarted, ""
			}
		}
	}
	return e
}

// doubt is the request of a step that has no answer yet, or came into doubt, as the log tells an operator who looks
// now. Until the statement is taken in, it may be another.
func (h *hardship) doubt(step string) (k runner.Key) {
	for _, t := range h.play.result.Turns {
		if t.Event.Subject().Step != step {
			continue
		}
		switch e := t.Event.(type) {
		case runner.RequestSent:
			if e.Op == runner.OpTrigger || e.Op == runner.OpRerun {
				k = e.Key
			}
		case runner.RequestAccepted:
			if e.Key == k && !t.Crossed() {
				k = runner.Key{}
			}
		case runner.RequestRefused:
			if e.Key == k {
				k = runner.Key{}
			}
		case runner.OperatorResolved, runner.OperatorAdopted:
			k = runner.Key{}
		}
	}
	return k
}

// asks is the approval that a step asks for, as the log tells an operator who looks now, or now and then an earlier one.
func (h *hardship) asks(step string) runner.Key {
	for _, s := range fold.Turns(h.play.result.Resolved.Plan, h.play.result.Turns).Steps {
		if s.ID == step && s.Asks != (runner.Key{}) && h.IntN(8) > 0 {
			return s.Asks
		}
	}
	return runner.Key{Step: step, Attempt: 1, Op: runner.OpApprove, N: 1}
}

// who tells who has said something: an operator is carol, one of those on duty, or somebody else, by the number of his word.
func (h *hardship) who(id string, q runner.Inquiry) *runner.Approver {
	number, err := strconv.Atoi(strings.TrimPrefix(id, "w"))
	if err != nil {
		return nil // it is none of theirs
	}
	is := func(names []string, name string) []string {
		if slices.Contains(names, name) {
			return []string{name}
		}
		return nil
	}
	switch number % 4 {
	case 0:
		return &runner.Approver{UID: "1003", Name: "carol", Users: is(q.Users, "carol")}
	case 1, 2:
		return &runner.Approver{UID: "1005", Groups: is(q.Groups, "duty")}
	}
	return &runner.Approver{UID: "1009"}
}

// carriedOut is what the scheduler carried out of the request with that key; nil: nothing.
func (h *hardship) carriedOut(key runner.Key) *sim.Carried {
	for _, c := range h.play.scheduler.Carried() {
		if c.Mark == h.play.result.RunID+"/"+key.String() {
			return &c
		}
	}
	return nil
}
