package runner

import (
	"fmt"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// interruptTries is how often an interrupt whose fate is unknown is given again once a look shows that the
// batch run goes on.
const interruptTries = 3

// acceptsLook checks an answer to a watch or a look.
func (m *Machine) acceptsLook(k Key, runID string) error {
	i, ok := m.ids[k.Step]
	if !ok {
		return fmt.Errorf("%w: no step %q", ErrUnexpected, k.Step)
	}
	s := &m.steps[i]
	if s.watch == nil || s.watch.Key != k {
		return fmt.Errorf("%w: nobody looks under %s any more", ErrUnexpected, k)
	}
	if runID != "" && runID != s.run.RunID {
		return fmt.Errorf("%w: %s looks at %s, not at %s", ErrUnexpected, k, s.run.RunID, runID)
	}
	return nil
}

// observed decides what follows a status answer. Most answers change nothing, and then nothing of them is
// kept: what the machine knows of a batch run is what the last recorded answer told.
func (m *Machine) observed(i int, e BatchObserved) {
	s := &m.steps[i]
	facts := fact.BatchRun{ID: s.run.RunID, Status: e.Status, Code: e.Code, Tasks: e.Tasks, Members: e.Members}
	if onlyHeld(e, m.stood(s, e)) {
		facts.Status = fact.Held
	}
	if s.call.sent {
		return // an interrupt is under way: its answer comes first, and another look after it
	}
	m.changed(i, facts)
	if s.watch.Key.Op == OpLook {
		if m.mayBeOld(e) {
			m.notice(i, "may_be_old", "what the scheduler tells of "+e.RunID+" is what it told before that was started again: it may not have caught up")
		}
		m.contradiction(i, facts)
		m.learn(i, facts)
		s.watch = nil
		m.finish(i, fact.Succeeded, e.RunID+" is "+readable.Words(facts.Status))
		return
	}
	if m.stale(i, e, facts) {
		return
	}
	over := facts.Status.Final()
	if m.watchRules(i, facts, over) {
		return
	}
	switch {
	case s.next.op != "":
		m.observedBeforeAgain(i, facts, over)
	case over:
		m.over(i, e, facts)
	case facts.Status == fact.Held:
		m.learn(i, facts)
		m.uncall(i)
		m.failAttempt(i, m.failure(i, fact.BatchHeld, 5, "only held tasks are left, so it does not end by itself"+list(": ", parts(facts, fact.Held))))
	case s.stop.doubt:
		m.learn(i, facts)
		m.interruptAgain(i)
	case noWait(s.def) && s.stop.why == stopNone && (facts.Status == fact.Ongoing || facts.Status == fact.NotStarted):
		m.learn(i, facts) // only a restart in doubt is watched here, and this is what settles it
		m.finish(i, fact.Succeeded, e.RunID+" goes on: it was restarted, and is not waited for")
	case m.timedOut(i):
		m.learn(i, facts)
		m.uncall(i)
		m.failAttempt(i, m.failure(i, fact.TimedOut, e.Code, "not over after "+readable.Duration(s.def.Timeout)+": it is "+readable.Words(facts.Status)))
	case facts.Status == fact.Unknown && !s.unknownTold:
		s.unknownTold = true
		m.learn(i, facts)
		m.notice(i, "unknown_status", fmt.Sprintf("the scheduler answers an unknown status, code %d, text %q: neither success nor an end, so it is watched on", e.Code, e.Text))
	}
}

// changed tells people that a batch run which had ended is not what it was, as when somebody restarts it at the
// scheduler. What was decided by the first answer stands; who looks now goes by this one.
func (m *Machine) changed(i int, facts fact.BatchRun) {
	s := &m.steps[i]
	was := s.facts.Status
	if c := m.chainOf(s); c != nil && c.ref == s.run {
		was = c.facts.Status
	}
	if !was.Final() || facts.Status == was {
		return
	}
	m.learn(i, facts)
	m.notice(i, "status_changed", fmt.Sprintf("batch run %s was %s, and now the scheduler says that it is %s: what was decided by the first answer stands",
		s.run.RunID, readable.Words(was), readable.Words(facts.Status)))
}

// over decides what follows a batch run that has ended.
func (m *Machine) over(i int, e BatchObserved, facts fact.BatchRun) {
	s := &m.steps[i]
	m.contradiction(i, facts)
	m.learn(i, facts)
	m.uncall(i)
	switch s.stop.why {
	case stopVerb:
		m.finish(i, fact.Succeeded, e.RunID+" is over: "+readable.Words(facts.Status))
		return
	case stopFail:
		m.failNow(i, s.failure())
		return
	case stopCancel:
		m.finish(i, fact.Canceled, e.RunID+" is over: "+readable.Words(facts.Status))
		return
	}
	switch facts.Status {
	case fact.StatusSucceeded:
		m.early(i)
		m.finish(i, fact.Succeeded, "")
		return
	case fact.Interrupted:
		m.failAttempt(i, m.failure(i, fact.BatchInterrupted, e.Code, "it was interrupted"))
	case fact.Aborted:
		m.failAttempt(i, m.failure(i, fact.BatchAborted, e.Code, "it was aborted"))
	case fact.Excluded:
		m.failAttempt(i, m.failure(i, fact.BatchFailed, e.Code, "the scheduler excluded it: it did not run"))
	default:
		m.failAttempt(i, m.failure(i, fact.BatchFailed, e.Code, "it ended as failed"+list(", with ", parts(facts, fact.StatusFailed))))
	}
}

// observedBeforeAgain is for a batch run that must be over before it is restarted or run again.
func (m *Machine) observedBeforeAgain(i int, facts fact.BatchRun, over bool) {
	s := &m.steps[i]
	switch {
	case s.repaired() && facts.Status == fact.StatusSucceeded:
		m.learn(i, facts)
		m.uncall(i)
		m.finish(i, fact.Succeeded, s.run.RunID+" came to a good end before the "+string(s.next.op))
	case over || facts.Status == fact.Held:
		m.learn(i, facts)
		m.uncall(i)
		m.proceed(i)
	case s.stop.why == stopNone:
		m.learn(i, facts)
		m.move(i, Stopping, "interrupt "+s.run.RunID+" before the "+string(s.next.op))
		m.interrupt(i, stopAgain, Permit{Text: "it must be over before the " + string(s.next.op), Kind: PermitMustEnd})
	case s.stop.doubt:
		m.learn(i, facts)
		m.interruptAgain(i)
	case s.call.cmd == nil && m.timedOut(i):
		m.learn(i, facts)
		m.failNow(i, m.failure(i, fact.TimedOut, facts.Code, "still "+readable.Words(facts.Status)+" "+readable.Duration(s.def.Timeout)+" after the interrupt"))
	}
}

// repaired reports whether a good end of the batch run at hand leaves nothing to restart or rerun: a rule was to do that, and the step's
// own verb has been carried out, so that this is its batch run. While a request is in doubt nobody knows that.
func (s *step) repaired() bool {
	return s.repair && s.doubt.Op == "" && (s.doubt.done || !startsAgain(s.def))
}

// interruptAgain repeats an interrupt of unknown fate, since the look shows that the batch run goes on.
func (m *Machine) interruptAgain(i int) {
	s := &m.steps[i]
	if s.stop.tries >= interruptTries {
		s.stop.doubt = false
		m.notStopped(i, m.failure(i, fact.Unreachable, 0, fmt.Sprintf("the interrupt is in doubt after %d tries, and the batch run goes on", s.stop.tries)))
		return
	}
	m.interrupt(i, s.stop.why, Permit{Text: "the last one is in doubt and a look shows that the batch run goes on", Kind: PermitInterrupt})
}

// watchRules lets the watch rules act, each once per attempt, and reports whether one interrupts. One that cannot be judged has
// not acted: it is asked again.
func (m *Machine) watchRules(i int, facts fact.BatchRun, over bool) bool {
	s := &m.steps[i]
	for n, rule := range s.def.Watch {
		if s.next.op != "" || (n < len(s.rules) && s.rules[n] == ruleActed) {
			continue
		}
		if rule.Do == plan.WatchInterrupt && (over || s.stop.why != stopNone) {
			continue
		}
		ev, err := m.watchHolds(i, rule, facts)
		m.heard(i, JudgedWatch, n, judgementOf(ev, err))
		if err == nil && !ev.Holds {
			continue
		}
		if s.rules == nil {
			s.rules = make([]ruled, len(s.def.Watch))
		}
		at := rule.Pos.String()
		if err != nil {
			if s.rules[n] == ruleAsked {
				s.rules[n] = ruleTold
				m.learn(i, facts)
				m.notice(i, "expression", "this watch rule cannot be judged: "+err.Error()).Rule = at
			}
			continue
		}
		s.rules[n] = ruleActed
		m.learn(i, facts)
		kind, text := "watch_warn", "a watch rule holds: "+ev.Expr
		if rule.Do == plan.WatchInterrupt {
			kind, text = "watch_interrupt", "a watch rule interrupts "+s.run.RunID+": "+ev.Expr
		}
		notice := m.notice(i, kind, text)
		notice.Rule, notice.Evidence = at, []fact.Evidence{ev}
		if rule.Do == plan.WatchInterrupt {
			m.interrupt(i, stopWatch, watchPermit(rule))
			return true
		}
	}
	return false
}

// watchHolds judges a watch rule. One that holds only because of what tasks and members showed before the batch run was
// started again does not hold.
func (m *Machine) watchHolds(i int, rule plan.WatchRule, facts fact.BatchRun) (fact.Evidence, error) {
	view := m.view(i)
	view.Run = facts
	ev, err := m.r.Holds(rule.If, view)
	if err != nil || !ev.Holds {
		return ev, err
	}
	since, older := m.since(facts)
	if !older {
		return ev, nil
	}
	view.Run = since
	return m.r.Holds(rule.If, view)
}

// timedOut reports whether the attempt's time is over.
func (m *Machine) timedOut(i int) bool {
	s := &m.steps[i]
	return s.def.Timeout > 0 && !s.anchor.IsZero() && m.at.Sub(s.anchor) >= s.def.Timeout
}

// lookFailed decides a look that the scheduler definitely refused, or a watch of a batch run that it does not know.
func (m *Machine) lookFailed(i int, e LookFailed) {
	m.steps[i].watch = nil
	m.failAttempt(i, m.failure(i, fact.Refused, codeOf(e.Code), "the scheduler refused to tell: "+refusal(e.HTTP, e.Code, e.Summary)))
}

// stood reports whether a picture has been the same for as long as two looks are apart before the gaps between them grow.
// Until then a task that has not started may be about to.
func (m *Machine) stood(s *step, e BatchObserved) bool {
	return m.asked(e).Sub(e.Since) >= 2*s.def.Poll.Every
}

// asked is when the question left that an answer to a look is about.
func (m *Machine) asked(e BatchObserved) time.Time {
	if e.Asked.IsZero() {
		return m.at
	}
	return e.Asked
}

// onlyHeld reports whether a batch run waits for nothing but held tasks. Tasks that have not started may
// stand behind a held one, or be about to start: they count as waiting only when the picture has stood.
func onlyHeld(e BatchObserved, stood bool) bool {
	if e.Status == fact.Held {
		return true
	}
	if e.Status.Final() {
		return false
	}
	held := false
	for _, parts := range [][]fact.Part{e.Tasks, e.Members} {
		for _, p := range parts {
			switch {
			case p.Status == fact.Held:
				held = true
			case p.Status == fact.NotStarted && stood, p.Status.Final():
			default:
				return false
			}
		}
	}
	return held
}

// parts lists the codes of the tasks and members in one state.
func parts(facts fact.BatchRun, in fact.Status) []string {
	var out []string
	for _, p := range facts.Tasks {
		if p.Status == in {
			out = append(out, p.Code)
		}
	}
	for _, p := range facts.Members {
		if p.Status == in {
			out = append(out, p.Code)
		}
	}
	return out
}

// list puts a few codes behind a message.
func list(lead string, codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return lead + readable.List(codes, 5)
}
