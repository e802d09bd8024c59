package runner

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/ofs/callcode"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// failure describes what went wrong with step i in this attempt.
func (m *Machine) failure(i int, kind fact.FailureKind, code int, message string) fact.Failure {
	s := &m.steps[i]
	return fact.Failure{
		Kind: kind, Code: code, Message: message, Attempt: s.number, Step: s.def.ID, Batch: s.run.Code, BatchRunID: s.run.RunID,
	}
}

// failAttempt answers a failure: the first on_failure rule that holds, can act and has tries left acts; when
// there is none, the step has failed.
func (m *Machine) failAttempt(i int, f fact.Failure) {
	s := &m.steps[i]
	m.endAttempt(i)
	s.fault = &f
	if m.cancel != "" && !s.def.Finally {
		m.cancelAttempt(i, cause(f))
		return
	}
	view := m.view(i)
	view.Failure = f
	for n, rule := range s.def.OnFailure {
		if s.used[n] >= rule.Times || !m.canAct(i, rule.Do) {
			m.tellCannot(i, n)
			continue
		}
		var seen []fact.Evidence
		if rule.If != nil {
			ev, err := m.r.Holds(rule.If, view)
			m.heard(i, JudgedFailure, n, judgementOf(ev, err))
			if err != nil {
				m.notice(i, "expression", "this on_failure rule cannot be judged: "+err.Error()).Rule = rule.Pos.String()
				continue
			}
			if !ev.Holds {
				continue
			}
			seen = []fact.Evidence{ev}
		} else {
			m.heard(i, JudgedFailure, n, Judgement{Acts: true})
		}
		s.used[n]++
		m.answer(i, n, seen)
		return
	}
	m.failNow(i, f)
}

// canAct reports whether an action makes sense after the failure at hand.
func (m *Machine) canAct(i int, do plan.FailureAction) bool {
	s := &m.steps[i]
	if s.doubt.Op != "" { // only in a step that is duplicate_safe: one more does no harm, and nothing else is known
		return do == plan.DoRetry && !m.doubtBeside(i)
	}
	if s.def.Approval() != nil && (do == plan.DoRetry || do == plan.DoContinue) { // a rejection stands: it may be asked anew, and not gone over
		return do == plan.DoRetry || s.failure().Kind != fact.Rejected
	}
	switch do {
	case plan.DoInterrupt:
		return s.run.RunID != ""
	case plan.DoRestart, plan.DoRerun:
		return s.run.RunID != "" && !m.doubtBeside(i)
	case plan.DoRetry:
		if startsAgain(s.def) && (s.doubt.done || m.doubtBeside(i)) {
			return false
		}
		if _, trigger := s.def.Do.(*plan.Trigger); trigger && s.run.RunID != "" {
			return false // it was started once: what failed is a restart, a rerun or an interrupt
		}
		switch s.failure().Kind {
		case fact.Refused, fact.Unreachable, fact.Unauthorized, fact.BadExpression, fact.NotSent, fact.FileFailed, fact.CheckFailed, fact.PlanFailed:
			return true
		case fact.TimedOut: // who tells people something, or looks for something, has started nothing
			return s.def.Rests()
		}
		return false
	}
	return true
}

// answer lets on_failure rule n act, after its delay.
func (m *Machine) answer(i, n int, seen []fact.Evidence) {
	s := &m.steps[i]
	rule := s.def.OnFailure[n]
	first, why := len(m.d.Moves), s.because()
	s.rule = n
	delay := backoff(rule, s.used[n])
	if rule.Do == plan.DoRetry {
		delay = max(delay, s.leftAlone.Sub(m.at))
	}
	if delay > 0 {
		m.move(i, Delaying, fmt.Sprintf("%s; %s in %s", why, rule.Do, readable.Duration(delay)))
		m.wake(i, m.at.Add(delay))
	} else {
		m.act(i, n)
	}
	if first < len(m.d.Moves) {
		t := &m.d.Moves[first]
		failed := s.failure()
		if !strings.HasPrefix(t.Why, why) {
			t.Why = why + "; " + t.Why
		}
		t.Rule, t.Evidence, t.Failure = rule.Pos.String(), append(t.Evidence, seen...), &failed
	}
}

// backoff is the delay before the n-th time a rule acts, n from 1: at most the rule's max, and a week.
func backoff(rule plan.FailureRule, n int) time.Duration {
	most := 7 * 24 * time.Hour
	if rule.Max > 0 {
		most = min(most, rule.Max)
	}
	d := float64(rule.Delay)
	if rule.Factor > 0 {
		d *= math.Pow(rule.Factor, float64(n-1))
	}
	return time.Duration(min(d, float64(most)))
}

// act carries out on_failure rule n now.
func (m *Machine) act(i, n int) {
	s := &m.steps[i]
	rule := s.def.OnFailure[n]
	permit := m.permitOf(i, n)
	first := len(m.d.Moves)
	defer func() {
		if first < len(m.d.Moves) {
			m.d.Moves[first].Rule = rule.Pos.String()
		}
	}()
	switch rule.Do {
	case plan.DoRestart, plan.DoRerun:
		if m.parkBesideDoubt(i) { // the doubt came up during the delay
			return
		}
		s.again()
		s.repair = true
		m.againOrLook(i, Op(rule.Do), permit)
	case plan.DoRetry:
		switch {
		case (s.doubt.Op != "" || startsAgain(s.def)) && m.doubtBeside(i): // likewise
			m.failNow(i, s.failure())
		case s.doubt.repair && s.doubt.Op != "":
			s.again()
			s.repair = true
			m.againOrLook(i, s.doubt.Op, permit)
		default:
			m.try(i, permit)
		}
	case plan.DoInterrupt:
		if s.facts.Status.Final() {
			m.failNow(i, s.failure())
			return
		}
		m.move(i, Stopping, "interrupt "+s.run.RunID)
		m.interrupt(i, stopFail, permit)
	case plan.DoContinue:
		m.finish(i, fact.Succeeded, cause(s.failure())+"; on_failure continues").Mark = MarkContinued
	case plan.DoFail:
		m.failNow(i, s.failure())
	}
}

// proceed restarts or reruns the batch run at hand, which is over now.
func (m *Machine) proceed(i int) {
	s := &m.steps[i]
	permit := s.next.permit
	switch {
	case s.doubt.Op != "":
		permit = m.permitOf(i, s.rule)
	case s.failure().Kind != "":
		permit.Text = "on_failure, " + cause(s.failure())
	}
	m.orderAgain(i, s.next.op, permit)
}

// cause is a failure in a few words.
func cause(f fact.Failure) string { return string(f.Kind) + ": " + f.Message }

// notice tells people something that moves no step. What it returns is good until the next one.
func (m *Machine) notice(i int, kind, message string) *Notice {
	m.d.Notices = append(m.d.Notices, Notice{Step: m.steps[i].def.ID, Kind: kind, Message: message})
	return &m.d.Notices[len(m.d.Notices)-1]
}

// codeOf reads the scheduler's code; 0 when there is none or it is not a number.
func codeOf(code string) int {
	n, err := strconv.Atoi(code)
	if err != nil {
		return 0
	}
	return n
}

// refusal is a refusal in words.
func refusal(http int, code, summary string) string {
	text := fmt.Sprintf("http %d", http)
	if code != "" {
		text = "code " + code
		if n, ok := callcode.Parse(code); ok && (callcode.Refuses(n) || callcode.TooLate(n)) {
			text += ", " + callcode.Meaning(n)
		}
	}
	if summary != "" {
		text += " (" + summary + ")"
	}
	return text
}
