package laws

import (
	"slices"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A ground is what a step's outcome can rest on, as far as it has been recorded since the step's last request that
// starts a batch run.
type ground struct {
	seen      *runner.BatchObserved // the last answer
	accepted  bool                  // a request was
	refused   bool                  // a request or a look was
	notSent   bool                  // a request was not sent, or an interrupt is in doubt
	requested bool                  // any request was ordered
	restart   bool                  // the last one that was sent is a restart
	taken     bool                  // a channel took a message
	untaken   bool                  // one did not
	rejected  bool                  // a person said no
	sensor    sighting
}

// outcomes wants a ground for every outcome: L7. A signal, a crash and lost contact are none.
func (j *judge) outcomes() {
	steps := j.plan.Steps
	grounds := make([]ground, len(steps))
	index := map[string]int{}
	for i, s := range steps {
		index[s.ID] = i
	}
	canceled := false
	for _, t := range j.turns {
		if _, word := t.Event.(runner.OperatorCanceled); word {
			canceled = true
		}
		if key := t.Event.Subject(); key.Step != "" {
			grounds[index[key.Step]].take(t)
		}
		for _, m := range t.Decision.Moves {
			if m.To == runner.Waiting {
				grounds[index[m.Step]] = ground{} // it begins anew
			}
		}
		for _, c := range t.Decision.Commands {
			if c.Key.Op.Tells() {
				continue // see told
			}
			grounds[index[c.Key.Step]].requested = true
			grounds[index[c.Key.Step]].sensor.ordered(c)
			begins := slices.ContainsFunc(t.Decision.Moves, func(m runner.Transition) bool { // with a slot that is free now
				return m.Step == c.Key.Step && m.From == runner.Queued
			})
			told := canceled && c.Permit != nil && c.Permit.Kind == runner.PermitCanceled // an operator said so before the runner died
			if c.Key.Op == runner.OpInterrupt && gone(t.Event) && !begins && !told {
				j.breach("L7", "%s ordered %s: the batch run is no business of a runner that comes or goes", t.Event.Type(), c.Key)
			}
		}
		for _, m := range t.Decision.Moves {
			if m.From != m.To && decided(m.To) && !(canceled && m.To == runner.State(fact.Canceled)) {
				i := index[m.Step]
				if steps[i].Whole() {
					continue // see wholes
				}
				if word, ok := runner.StatementOf(t.Event); !ok || word.By == "" || t.Event.Subject().Step != m.Step {
					j.outcome(t, m, steps[i], &grounds[i])
				}
			}
		}
	}
}

// wholes wants of every foreach step that it ends with its items, and as the worst of them: L7.
func (j *judge) wholes() {
	if !j.plan.Loops() {
		return
	}
	states, steps := make(map[string]runner.State, len(j.plan.Steps)), make(map[string]*plan.Step, len(j.plan.Steps))
	for _, s := range j.plan.Steps {
		steps[s.ID] = s
	}
	for _, t := range j.turns {
		for _, m := range t.Decision.Moves {
			states[m.Step] = m.To
			s := steps[m.Step]
			items := j.plan.Items(s)
			if !s.Whole() || m.From == m.To || !decided(m.To) || len(items) == 0 {
				continue
			}
			worst := fact.Worst(func(yield func(fact.Outcome) bool) {
				for _, one := range items {
					if out, _ := states[one.ID].Outcome(); !yield(out) {
						return
					}
				}
			})
			open := slices.ContainsFunc(items, func(one *plan.Step) bool { return !decided(states[one.ID]) })
			if open || runner.State(worst) != m.To {
				j.breach("L7", "step %q became %s at %s, and its items say %s", m.Step, m.To, readable.Micros(t.At), worst)
			}
		}
	}
}

// gone reports whether an event is only about the runner.
func gone(e runner.Event) bool {
	switch e.(type) {
	case runner.RunDetached, runner.RunResumed:
		return true
	}
	return false
}

// take adds what an event tells about a step.
func (g *ground) take(t record.Turn) {
	switch e := t.Event.(type) {
	case runner.RequestSent:
		if e.Op != runner.OpInterrupt {
			*g = ground{requested: true, restart: e.Op == runner.OpRestart}
		}
	case runner.RequestAccepted:
		g.accepted = !t.Crossed() || e.Key.Op == runner.OpRestart
	case runner.RequestRefused:
		g.refused = true
	case runner.LookFailed:
		g.refused = true
	case runner.RequestNotSent:
		g.notSent = true
	case runner.RequestInDoubt:
		g.notSent = e.Key.Op == runner.OpInterrupt
		g.accepted = e.Key.Op == runner.OpRestart // as far as a look can tell
	case runner.BatchObserved:
		g.seen = &e
	case runner.SensorAnswered:
		g.sensor.last, g.sensor.at = &e, t.At
	case runner.NoticeSent:
		g.taken = true
	case runner.NoticeFailed:
		g.untaken = true
	case runner.OperatorRejected:
		g.rejected = true
	}
}

// outcome looks at one.
func (j *judge) outcome(t record.Turn, m runner.Transition, s *plan.Step, g *ground) {
	invented := false
	// A step may begin with the slot of one that the end of a runner left in doubt, or find that no rule answers its failure
	// while that one is.
	began := m.From == runner.Queued || m.From == runner.Waiting || slices.ContainsFunc(t.Decision.Moves, func(o runner.Transition) bool {
		return o.Step != m.Step && o.To == runner.State(fact.InDoubt)
	})
	switch fact.Outcome(m.To) {
	case fact.Failed:
		invented = gone(t.Event) && !began || m.Failure == nil || !g.fails(m.Failure.Kind, s)
	case fact.Succeeded:
		invented = gone(t.Event) && !began || m.Mark == "" && !g.succeeds(s)
	case fact.Canceled:
		invented = true // no operator canceled the run
	}
	if invented {
		j.breach("L7", "step %q became %s at %s, at %s, on no ground: %s", m.Step, m.To, readable.Micros(t.At), t.Event.Type(), m.Why)
	}
}

// fails reports whether a failure of that kind has a ground.
func (g *ground) fails(kind fact.FailureKind, s *plan.Step) bool {
	if _, senses := s.Do.(plan.Sensor); senses && kind != fact.BadExpression {
		return g.sensor.fails(kind)
	}
	status := func(want ...fact.Status) bool {
		for _, one := range want {
			if g.seen != nil && g.seen.Status == one {
				return true
			}
		}
		return false
	}
	switch kind {
	case fact.BatchFailed:
		return status(fact.StatusFailed, fact.Excluded)
	case fact.BatchAborted:
		return status(fact.Aborted)
	case fact.BatchInterrupted:
		return status(fact.Interrupted)
	case fact.BatchHeld:
		return g.seen != nil && heldUp(*g.seen)
	case fact.TimedOut:
		_, sleeps := s.Do.(*plan.Sleep)
		return sleeps || s.Rests() || g.seen != nil
	case fact.NotSent:
		return g.untaken
	case fact.Rejected:
		return g.rejected
	case fact.Refused:
		return g.refused || !g.requested
	case fact.Unreachable:
		return g.notSent
	case fact.Unauthorized:
		return g.notSent || g.refused
	case fact.BadExpression:
		return true
	}
	return false
}

// succeeds reports whether a success has a ground.
func (g *ground) succeeds(s *plan.Step) bool {
	succeeded := g.seen != nil && g.seen.Status == fact.StatusSucceeded
	switch v := s.Do.(type) {
	case *plan.Notify:
		return g.taken
	case plan.Sensor:
		return g.sensor.there()
	case *plan.Trigger:
		return v.NoWait && g.accepted || succeeded
	case *plan.OnRun:
		switch v.Op {
		case plan.OpStatus:
			return g.seen != nil
		case plan.OpInterrupt:
			return g.accepted || g.seen != nil && g.seen.Status.Final() || !g.requested || g.refused
		case plan.OpWait:
			return succeeded
		}
		goesOn := g.restart && g.seen != nil && !g.seen.Status.Final() // as one in doubt shows it was taken
		return v.NoWait && (g.accepted || goesOn) || succeeded
	}
	return true
}
