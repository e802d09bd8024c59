package rehearse

import (
	"errors"
	"strings"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A story is what a test looks at of a night that was played.
type story struct {
	outcome fact.Outcome // empty when the run has no end
	exit    exitcode.Code
	start   time.Time
	finish  time.Time
	endless *EndlessError
	err     error // why it could not go on
	steps   map[string]*stepStory
	calls   []callMade
	runID   string
}

// stepStory is what became of one step.
type stepStory struct {
	state    runner.State
	attempts int
	failure  *fact.Failure // the last one
	repeated bool          // a request in doubt was made again on the plan's word
	notices  []string      // their kinds, in order
	started  time.Time
	finished time.Time
	why      string
	bodies   []string // of its requests, in order
	excuse
}

// excuse is how a failed step came to count for its dependents.
type excuse struct {
	healedBy  string // the step that healed it
	continued bool   // a rule of its own said so
}

// callMade is one request that the scheduler looked at, or may have.
type callMade struct {
	op, code string
	step     string
}

// tell folds a night. What the error says has to be known from it: that it never ended, or began.
func tell(r Result, err error) *story {
	s := &story{exit: r.Exit, err: r.Err, start: r.StartedAt, finish: r.FinishedAt, runID: r.RunID}
	s.endless, _ = errors.AsType[*EndlessError](err)
	if r.End != nil {
		s.outcome = r.End.Outcome
	}
	s.steps = make(map[string]*stepStory, len(r.Resolved.Steps))
	for _, def := range r.Resolved.Steps {
		s.steps[def.ID] = &stepStory{state: runner.Waiting}
	}
	codes, made := make(map[runner.Key]string), make(map[runner.Key]int)
	for _, t := range r.Turns {
		s.event(t, codes, made)
		for _, c := range t.Decision.Commands {
			codes[c.Key] = c.About().Code
			st := s.steps[c.Key.Step]
			st.attempts = max(st.attempts, c.Key.Attempt)
		}
		for _, m := range t.Decision.Moves {
			s.steps[m.Step].move(t.At, m)
		}
		for _, n := range t.Decision.Notices {
			if st := s.steps[n.Step]; st != nil {
				st.notices = append(st.notices, n.Kind)
			}
		}
	}
	s.forget()
	return s
}

// event takes a request, or that a request was turned away before anybody looked at it: one answered 401
// is made again with another token, and counts once.
func (s *story) event(t record.Turn, codes map[runner.Key]string, made map[runner.Key]int) {
	switch e := t.Event.(type) {
	case runner.RequestSent:
		made[e.Key] = len(s.calls)
		s.calls = append(s.calls, callMade{string(e.Op), codes[e.Key], e.Key.Step})
		st := s.steps[e.Key.Step]
		st.bodies = append(st.bodies, e.Body)
		st.repeated = st.repeated || e.Kind == runner.PermitSafe
	case runner.RequestRefused:
		if at, ok := made[e.Key]; ok && e.HTTP == 401 {
			s.calls[at].op = ""
			st := s.steps[e.Key.Step]
			st.bodies = st.bodies[:len(st.bodies)-1]
		}
	}
}

// forget drops the calls that do not count.
func (s *story) forget() {
	kept := s.calls[:0]
	for _, c := range s.calls {
		if c.op != "" {
			kept = append(kept, c)
		}
	}
	s.calls = kept
}

// move takes one transition.
func (s *stepStory) move(at time.Time, m runner.Transition) {
	if m.Failure != nil {
		s.failure = m.Failure
	}
	switch m.Mark {
	case "healed":
		s.healedBy = m.By
	case "continued":
		s.continued = true
	}
	if m.From == m.To {
		return
	}
	s.state, s.why = m.To, m.Why
	if m.To == runner.State(fact.Skipped) {
		s.why += looked(m.Evidence)
	}
	if begins(m) {
		s.attempts = max(s.attempts, 1)
		if s.started.IsZero() {
			s.started = at
		}
	}
	if _, ended := m.To.Outcome(); ended {
		s.finished = at
	}
}

// begins reports whether a transition is part of a step's own work: it did not end before it began.
func begins(m runner.Transition) bool {
	switch m.To {
	case runner.Waiting, runner.Queued:
		return false
	case runner.State(fact.Skipped), runner.State(fact.Blocked), runner.State(fact.Canceled):
		return m.From != runner.Waiting && m.From != runner.Queued
	}
	return true
}

// looked is what a condition was judged on, to be put behind words about it.
func looked(seen []fact.Evidence) string {
	var b strings.Builder
	for _, e := range seen {
		b.WriteString(": " + e.Expr)
		for i, v := range e.Values {
			lead := ", "
			if i == 0 {
				lead = ", where "
			}
			b.WriteString(lead + v.Name + " is " + v.Value)
		}
	}
	return b.String()
}
