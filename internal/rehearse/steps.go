package rehearse

import (
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// steps is how each step stood when the last turn was written, by plan index.
type steps struct{ list []stepEnd }

// stepEnd is how one step stood.
type stepEnd struct {
	state   runner.State
	since   time.Time // zero: it never moved
	failure *fact.Failure
	batch   fact.BatchRef // the newest batch run, or what was ordered
}

// newSteps folds turns.
func newSteps(p *plan.Plan, turns []record.Turn) *steps {
	s := &steps{make([]stepEnd, len(p.Steps))}
	index := make(map[string]int, len(p.Steps))
	for i, def := range p.Steps {
		s.list[i].state, index[def.ID] = runner.Waiting, i
	}
	for _, t := range turns {
		if a, ok := t.Event.(runner.RequestAccepted); ok && a.Key.Op != runner.OpInterrupt {
			s.list[index[a.Key.Step]].batch.RunID = a.BatchRunID
		}
		for _, m := range t.Decision.Moves {
			st := &s.list[index[m.Step]]
			if m.From != m.To {
				st.state, st.since = m.To, t.At
			}
			if m.Failure != nil {
				st.failure = m.Failure
			}
		}
		for _, c := range t.Decision.Commands {
			s.list[index[c.Key.Step]].batch = c.About()
		}
	}
	return s
}
