package runner

import (
	"ofsplan/plan/fact"
)

// view is what expressions of step i may look at now.
func (m *Machine) view(i int) fact.View {
	s := &m.steps[i]
	v := fact.View{
		Step:      m.facts,
		Run:       s.facts,
		Attempt:   s.number,
		Failure:   s.failure(),
		Outcome:   m.outcome(),
		AllGood:   s.bad < 0,
		AnyFailed: s.saw >= 0,
	}
	if !s.anchor.IsZero() {
		v.Elapsed = m.at.Sub(s.anchor)
	}
	if s.def.Finally {
		v.AllGood, v.AnyFailed = !m.badOutcome, m.badOutcome
		if m.firstFail >= 0 {
			v.Failure = m.steps[m.firstFail].failure()
		}
	}
	return v
}

// facts is what expressions see of the step with that index.
func (m *Machine) facts(i int) fact.Step {
	s := &m.steps[i]
	f := fact.Step{
		Outcome: s.outcome(), Run: s.facts, Attempts: s.number,
		StartedAt: s.started, FinishedAt: s.finished, Failure: s.failure(), File: s.file,
	}
	if s.items != nil {
		f.FailedItems = s.items.failed
		if !s.decided() {
			f.FailedItems = m.failedItems(i)
			if m.worst(i) == fact.InDoubt {
				f.Outcome = fact.InDoubt
			}
		}
	}
	switch {
	case !s.finished.IsZero() && !s.started.IsZero():
		f.Elapsed = s.finished.Sub(s.started)
	case !s.started.IsZero():
		f.Elapsed = m.at.Sub(s.started)
	}
	return f
}
