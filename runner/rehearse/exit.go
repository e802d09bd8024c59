package rehearse

import (
	"errors"
	"time"

	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// The exit codes a night can end with: those of ofsplan run.
const (
	exitSucceeded   = 0
	exitFailed      = 1
	exitInDoubt     = 3
	exitCanceled    = 4
	exitUnreachable = 5
	exitAuditLog    = 7
	exitDetached    = 75
)

// steps is how each step stood when the last turn was written, by plan index.
type steps struct{ list []stepEnd }

// stepEnd is how one step stood.
type stepEnd struct {
	state   runner.State
	since   time.Time // zero: it never moved
	failure *plan.Failure
	batch   plan.BatchRef // the newest batch run, or what was ordered
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
			s.list[index[c.Key().Step]].order(c)
		}
	}
	return s
}

// order takes what a command is about.
func (s *stepEnd) order(c runner.Command) {
	switch c := c.(type) {
	case runner.TriggerBatch:
		s.batch = plan.BatchRef{Object: c.Order.Object, Code: c.Order.Code}
	case runner.InterruptBatch:
		s.batch = c.Run
	case runner.RestartBatch:
		s.batch = c.Run
	case runner.RerunBatch:
		s.batch = c.Run
	case runner.WatchBatch:
		s.batch = c.Run
	case runner.LookBatch:
		s.batch = c.Run
	}
}

// exit is the exit code of a run that went so: the worst that holds.
func (s *steps) exit(left drive.Result, err error) int {
	switch {
	case errors.Is(err, drive.ErrJournal):
		return exitAuditLog
	case s.count(plan.InDoubt) > 0:
		return exitInDoubt
	case errors.Is(err, drive.ErrNoContact):
		return exitUnreachable
	case left.Detached:
		return exitDetached
	case err != nil || left.End == nil:
		return exitInDoubt // the program refused to go on: a person must look
	}
	switch left.End.Outcome {
	case plan.Succeeded:
		return exitSucceeded
	case plan.Canceled:
		return exitCanceled
	}
	if left.End.NothingStarted && s.noContact() {
		return exitUnreachable
	}
	return exitFailed
}

// count is how many steps stand so.
func (s *steps) count(outcome plan.Outcome) int {
	n := 0
	for i := range s.list {
		if s.list[i].state == runner.State(outcome) {
			n++
		}
	}
	return n
}

// noContact reports whether every step that failed did so because nobody could be reached or would have us.
func (s *steps) noContact() bool {
	failures := 0
	for i := range s.list {
		st := &s.list[i]
		if st.state != runner.State(plan.Failed) || st.failure == nil {
			continue
		}
		if st.failure.Kind != plan.Unreachable && st.failure.Kind != plan.Unauthorized {
			return false
		}
		failures++
	}
	return failures > 0
}

// ended reports whether a state is an outcome.
func ended(s runner.State) bool {
	switch plan.Outcome(s) {
	case plan.Succeeded, plan.Failed, plan.Skipped, plan.Blocked, plan.Canceled, plan.InDoubt:
		return true
	}
	return false
}
