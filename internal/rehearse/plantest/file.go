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
	Expect Expectation
}

// An Expectation is what a night has to come to. What it does not speak of may be anything.
type Expectation struct {
	Outcome        *Want[fact.Outcome]
	ExitCode       *Want[exitcode.Code]
	FinishedBefore *Want[Moment]
	Steps          []StepWant // in file order, as all lists here
	Calls          []CallWant
	Never          []NeverWant
	Bodies         []BodyWant
}

// A Want is one expected value and the place that expects it.
type Want[T any] struct {
	Pos source.Pos
	Is  T
}

// A StepWant is what is expected of one step. Nil means that nothing is.
type StepWant struct {
	ID             string
	Outcome        *Want[fact.Outcome]
	Attempts       *Want[int]
	Failure        *Want[fact.FailureKind]
	HealedBy       *Want[string] // the step that healed it
	Continued      *Want[bool]   // an on_failure rule counted it as succeeded
	Notices        *Want[[]string]
	StartedAfter   *Want[Moment]
	FinishedBefore *Want[Moment]
}

// A CallWant lists the codes that requests of one kind are about, in order, and all of them.
type CallWant struct {
	Op string // trigger, interrupt, restart or rerun
	Want[[]string]
}

// A NeverWant is a request that must not be made. Without a code none of its kind may.
type NeverWant struct {
	Op   string
	Code string
	Pos  source.Pos
}

// A BodyWant lists what the bodies of a step's first requests must hold.
type BodyWant struct {
	Step   string
	Bodies []*source.Node
}

// A Moment is a time of the night: one of the clock, the first such after the run's start in the plan's zone,
// or a date with a time.
type Moment struct {
	Clock *calendar.Clock
	Time  time.Time // when Clock is nil
}

// String is the moment as a test file writes it.
func (m Moment) String() string {
	if m.Clock != nil {
		return m.Clock.String()
	}
	return m.Time.Format(time.RFC3339)
}

// after is the time the moment means for a run that starts then.
func (m Moment) after(start time.Time, c *calendar.Calendar) time.Time {
	if m.Clock != nil {
		return c.Next(*m.Clock, start)
	}
	return m.Time
}
