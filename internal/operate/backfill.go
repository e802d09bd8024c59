package operate

import (
	"fmt"
	"slices"
	"time"

	"ofsplan/plan"
)

// mostBackfilled is how many runs one backfill may come to: more than ten years of business days are a slip.
const mostBackfilled = 3000

// FromBackfill is where the date of a run of a backfill came from, as the audit log has it.
const FromBackfill = "backfill"

// A Backfill is a plan with once to be run for several business dates of its calendar, one ordinary run for each. It starts nothing:
// see [Backfill.Start].
type Backfill struct {
	plan.Span
	Plan   *plan.Plan
	Param  string      // the parameter that is the plan's date
	Dates  []time.Time // midnight UTC, in order
	Given  []plan.Given
	Reason string
}

// NewBackfill lists the business dates from one to another, each written as 2026-11-20 or in words such as T-1. The error is that of a
// plan which cannot be run date by date, or of dates that are none; now says what today is.
func NewBackfill(p *plan.Plan, given []plan.Given, from, to string, now time.Time) (*Backfill, error) {
	if p.Once == nil {
		return nil, &plan.DateError{
			Why: fmt.Sprintf("plan %q (%s) has no once, so nobody could tell which dates have been run, and the same command typed again would run them again", p.Name, p.File),
			Do:  "add a line at the top of the plan, such as once: night",
		}
	}
	b := &Backfill{Plan: p, Given: given}
	var err error
	if b.Param, err = p.DateParam(); err != nil {
		return nil, err
	}
	if i := givenAt(given, b.Param); i >= 0 {
		return nil, fmt.Errorf("parameter %q, from the %s, is the plan's date, which a backfill sets itself\n\tleave it out, and say the dates with --from and --to", b.Param, given[i].From)
	}
	if b.Span, err = p.PastSpan(from, to, now); err != nil {
		return nil, err
	}
	b.Dates, err = p.BusinessDates(b.Span, mostBackfilled)
	return b, err
}

// Start is what the run of one of the dates is started with, but for its target and store.
func (b *Backfill) Start(d time.Time) Start {
	date := plan.Given{Name: b.Param, Value: d.Format(time.DateOnly), From: FromBackfill}
	s := Start{Plan: b.Plan, Given: append([]plan.Given{date}, b.Given...)}
	if b.Reason != "" {
		s.Reason = fmt.Sprintf("backfill of %s: %s", b.Span, b.Reason)
	}
	return s
}

// Check binds the plan to every date, so that what does not fit one of them is known before the first is started. The error names the
// first such date.
func (b *Backfill) Check(target string, now time.Time) error {
	for _, d := range b.Dates {
		_, err := b.Plan.Resolve(plan.Inputs{Given: b.Start(d).Given, Now: now, RunID: "backfill", Target: target})
		if err != nil {
			return fmt.Errorf("the plan cannot be run for %s, so nothing was started: %w", d.Format(time.DateOnly), err)
		}
	}
	return nil
}

// Unmoved are the other parameters of dates that nobody gave and that are counted from today, so that they are the same in the run of each
// date. That is rarely meant.
func (b *Backfill) Unmoved() []string {
	return slices.DeleteFunc(b.Plan.CountedFromToday(b.Param), func(name string) bool { return givenAt(b.Given, name) >= 0 })
}
