package plantest

import (
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/calendar"
	"ofsplan/plan/fact"
)

// A File is one plan and the nights it has to stand.
type File struct {
	File  string
	Plan  *plan.Plan
	Cases []*Case
}

// A Case is one night and what is expected of it.
type Case struct {
	Name   string
	Pos    source.Pos // of its first key
	Night  rehearse.Night
	expect expectation
}

// An expectation is what a night has to come to. What it does not speak of may be anything.
type expectation struct {
	Outcome        *wanted[fact.Outcome]
	ExitCode       *wanted[exitcode.Code]
	FinishedBefore *wanted[moment]
	Steps          []stepWant // in file order, as all lists here
	Calls          []callWant
	Never          []neverWant
	Bodies         []bodyWant
}

// A Want is one expected value and the place that expects it.
type wanted[T any] struct {
	Pos source.Pos
	Is  T
}

// A stepWant is what is expected of one step. Nil means that nothing is.
type stepWant struct {
	ID             string
	Outcome        *wanted[fact.Outcome]
	Attempts       *wanted[int]
	Failure        *wanted[fact.FailureKind]
	HealedBy       *wanted[string] // the step that healed it
	Continued      *wanted[bool]   // an on_failure rule counted it as succeeded
	Notices        *wanted[[]string]
	StartedAfter   *wanted[moment]
	FinishedBefore *wanted[moment]
}

// A callWant lists the codes that requests of one kind are about, in order, and all of them.
type callWant struct {
	Op string // trigger, interrupt, restart or rerun
	wanted[[]string]
}

// A neverWant is a request that must not be made. Without a code none of its kind may.
type neverWant struct {
	Op   string
	Code string
	Pos  source.Pos
}

// A bodyWant lists what the bodies of a step's first requests must hold.
type bodyWant struct {
	Step   string
	Bodies []*source.Node
}

// A moment is a time of the night: one of the clock, the first such after the run's start in the plan's zone,
// or a date with a time.
type moment struct {
	Clock *calendar.Clock
	Time  time.Time // when Clock is nil
}

// String is the moment as a test file writes it.
func (m moment) String() string {
	if m.Clock != nil {
		return m.Clock.String()
	}
	return m.Time.Format(time.RFC3339)
}

// after is the time the moment means for a run that starts then.
func (m moment) after(start time.Time, c *calendar.Calendar) time.Time {
	if m.Clock != nil {
		return c.Next(*m.Clock, start)
	}
	return m.Time
}
