package plan

import (
	"fmt"
	"slices"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
)

// A DateError is why a plan cannot be run for a date that somebody names.
type DateError struct{ Why, Do string }

// Error says why, and what to change in the plan.
func (e *DateError) Error() string { return e.Why + "\n\t" + e.Do }

// DateParam is the name of the parameter that alone is the plan's date. The error, a [DateError], says why there is none.
func (p *Plan) DateParam() (string, error) {
	if p.MISDate == nil {
		return "", &DateError{
			fmt.Sprintf("plan %q (%s) has no misdate, so there is nothing to run it for a date with", p.Name, p.File),
			"declare a parameter of type business_date, and add misdate: ${{ params.NAME }}",
		}
	}
	name := p.MISDate.Param()
	if !slices.ContainsFunc(p.Params, func(one Param) bool { return one.Name == name }) {
		return "", &DateError{
			fmt.Sprintf("%s: misdate is %q, and no parameter alone, so nobody can say for which date the plan runs", p.MISDate.Pos(), source.Short(p.MISDate.String())),
			"write misdate: ${{ params.NAME }}, with a parameter of type business_date",
		}
	}
	return name, nil
}

// CountedFromToday are the parameters of dates, but for the one named, whose default is a word such as T-1, which is counted from the day on
// which a run starts.
func (p *Plan) CountedFromToday(but string) (names []string) {
	for _, one := range p.Params {
		date := one.Type == ParamDate || one.Type == ParamBusinessDate
		if date && one.Name != but && one.Default != nil && expr.IsTerm(one.Default.Value) {
			names = append(names, one.Name)
		}
	}
	return names
}

// A Span is a stretch of days, both ends included, at midnight UTC.
type Span struct{ From, To time.Time }

// String is the span as people write it.
func (s Span) String() string {
	return s.From.Format(time.DateOnly) + " to " + s.To.Format(time.DateOnly)
}

// PastSpan reads two ends, each written out or in words such as T-1, which count business days. The span must have begun and be over on the
// day that now is in the plan's calendar; the errors name the flags --from and --to.
func (p *Plan) PastSpan(from, to string, now time.Time) (Span, error) {
	var s Span
	var err error
	if s.From, err = p.end(from, now); err != nil {
		return s, fmt.Errorf("--from: %w", err)
	}
	if s.To, err = p.end(to, now); err != nil {
		return s, fmt.Errorf("--to: %w", err)
	}
	switch today := p.Calendar.Today(now); {
	case s.To.Before(s.From):
		return s, fmt.Errorf("--to %s is before --from %s", s.To.Format(time.DateOnly), s.From.Format(time.DateOnly))
	case s.To.After(today):
		return s, fmt.Errorf("--to %s has not come yet: in the plan's calendar it is %s", s.To.Format(time.DateOnly), today.Format(time.DateOnly))
	}
	return s, nil
}

// end reads one end of a span. One that is written out may be any day.
func (p *Plan) end(text string, now time.Time) (time.Time, error) {
	if d, err := calendar.Parse(text); err == nil {
		return d, nil
	}
	return p.Calendar.Resolve(text, true, now)
}

// BusinessDates are the business days of a span by the plan's calendar, in order. That there is none, or more than so many, is an error.
func (p *Plan) BusinessDates(s Span, most int) ([]time.Time, error) {
	var all []time.Time
	for d := s.From; !d.After(s.To); d = d.AddDate(0, 0, 1) {
		switch business, err := p.Calendar.IsBusinessDay(d); {
		case err != nil:
			return nil, err
		case !business:
			continue
		}
		if all = append(all, d); len(all) > most {
			return nil, fmt.Errorf("%s are more than %d business dates: name a part of them", s, most)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("from %s the plan's calendar has no business date", s)
	}
	return all, nil
}
