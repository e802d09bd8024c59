// Package calendar does the date arithmetic of plans: business days, ends of months, quarters and years,
// clock times in a zone, and how a date is written.
//
// A date is a time.Time at midnight UTC, whatever the calendar's zone; [Date] makes one. The zone matters only
// where a moment meets the calendar: [Calendar.Today] and [Calendar.Next]. The package reads no clock and
// no file: who needs today hands in the moment.
//
//	c := calendar.Default()
//	d, err := c.Resolve("T-1", true, startedAt) // the business day before
package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rickar/cal/v2"
)

// A Calendar says which days are business days, in which zone a clock hangs, and when a new day begins.
// It is not changed once it is in use, so any number of goroutines may share it.
type Calendar struct {
	Zone *time.Location // nil: UTC
	// Weekend holds the days of the week without business. All seven are refused by Check.
	Weekend []time.Weekday
	// Holidays are further days without business, as dates.
	Holidays map[time.Time]bool
	// DayStarts is when a new day begins: before it, today is still yesterday. Zero: at midnight.
	DayStarts Clock
	// Closed are the times of day in which no batch is started. Those of Parts count beside them.
	Closed []Window
	Validity
	// Parts are calendars that this one combines; it has no Weekend and no Holidays then. None: it stands for itself.
	Parts []*Calendar
	// Any is true when a business day in one of Parts is one; false: it must be one in each.
	Any bool
}

// Validity is until when a calendar knows its days.
type Validity struct {
	Name  string    // the file it stands in, for messages; empty: the plan itself
	Until time.Time // the last day it knows, as a date; zero: it knows every day
}

// ErrBeyond means that a calendar was asked about a day after its last one.
var ErrBeyond = errors.New("not known")

// knows is the error of a day that is after the last one.
func (v Validity) knows(d time.Time) error {
	if v.Until.IsZero() || !d.After(v.Until) {
		return nil
	}
	return fmt.Errorf("whether %s is a business day is %w: %s is valid until %s",
		d.Format(time.DateOnly), ErrBeyond, cmp.Or(v.Name, "the calendar"), v.Until.Format(time.DateOnly))
}

// Ends is the validity that ends first, of the calendar's parts too. Its Until is zero when none ends.
func (c *Calendar) Ends() Validity {
	first := c.Validity
	for _, part := range c.Parts {
		if v := part.Ends(); !v.Until.IsZero() && (first.Until.IsZero() || v.Until.Before(first.Until)) {
			first = v
		}
	}
	return first
}

// Default is the calendar of a plan that names none: UTC, with Saturdays and Sundays off.
func Default() *Calendar {
	return &Calendar{Zone: time.UTC, Weekend: []time.Weekday{time.Saturday, time.Sunday}}
}

// Check refuses a calendar without a business day in the week: looking for one would never end.
func (c *Calendar) Check() error {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if !c.rests(day) {
			return nil
		}
	}
	if len(c.Parts) > 0 {
		return fmt.Errorf("the weekends of the calendars take all seven days: there would be no business day")
	}
	return fmt.Errorf("the weekend takes all seven days: there would be no business day")
}

// rests reports whether a day of the week is never a business day.
func (c *Calendar) rests(day time.Weekday) bool {
	rest := func(part *Calendar) bool { return part.rests(day) }
	switch {
	case len(c.Parts) == 0:
		return slices.Contains(c.Weekend, day)
	case c.Any:
		return !slices.ContainsFunc(c.Parts, func(part *Calendar) bool { return !rest(part) })
	}
	return slices.ContainsFunc(c.Parts, rest)
}

// Location is the zone in which clock times are meant; UTC for the zero Calendar.
func (c *Calendar) Location() *time.Location { return cmp.Or(c.Zone, time.UTC) }

// Date is the date of those numbers, at midnight UTC. Days and months past their ends run over, as in time.Date.
func Date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// IsBusinessDay reports whether d is neither on a weekend nor a holiday. Of a combined calendar each part is asked, or one has
// to say yes. The error wraps [ErrBeyond] when the answer hangs on a calendar that does not know the day.
func (c *Calendar) IsBusinessDay(d time.Time) (bool, error) {
	if len(c.Parts) == 0 {
		return !slices.Contains(c.Weekend, d.Weekday()) && !c.Holidays[d], c.knows(d)
	}
	var beyond error
	for _, part := range c.Parts {
		switch is, err := part.IsBusinessDay(d); {
		case err != nil:
			beyond = cmp.Or(beyond, err)
		case is == c.Any: // whatever the others say
			return is, nil
		}
	}
	return !c.Any, beyond
}

// mostDays bounds how far a date may be moved: some 270 years, and more than any batch was ever late.
const mostDays = 100_000

// AddDays moves d by n calendar days.
func AddDays(d time.Time, n int) (time.Time, error) {
	if n > mostDays || n < -mostDays {
		return time.Time{}, fmt.Errorf("%d days are too many: at most %d", n, mostDays)
	}
	return inRange(d.AddDate(0, 0, n))
}

// AddMonths moves d by n months; past the end of a shorter month it is that month's last day.
func AddMonths(d time.Time, n int) (time.Time, error) {
	if n > mostDays/28 || n < -mostDays/28 {
		return time.Time{}, fmt.Errorf("%d months are too many: at most %d", n, mostDays/28)
	}
	first := Date(d.Year(), d.Month()+time.Month(n), 1)
	return inRange(Date(first.Year(), first.Month(), min(d.Day(), MonthEnd(first).Day())))
}

// AddBusinessDays moves d by n business days, forward or, with a negative n, back. From a day without business
// the first business day on the way is 1. With n 0 the date stays, business day or not.
func (c *Calendar) AddBusinessDays(d time.Time, n int) (time.Time, error) {
	if err := c.Check(); err != nil {
		return time.Time{}, err
	}
	if n > mostDays || n < -mostDays {
		return time.Time{}, fmt.Errorf("%d business days are too many: at most %d", n, mostDays)
	}
	var beyond error
	business := cal.BusinessCalendar{WorkdayFunc: func(d time.Time) bool {
		is, err := c.IsBusinessDay(d)
		beyond = cmp.Or(beyond, err)
		return is || err != nil // the walk comes to an end: its end is not used
	}}
	moved := business.WorkdaysFrom(d, n)
	if beyond != nil {
		return time.Time{}, beyond
	}
	return inRange(moved)
}

// back is the last business day up to and including d.
func (c *Calendar) back(d time.Time) (time.Time, error) {
	if is, err := c.IsBusinessDay(d); is || err != nil {
		return d, err
	}
	return c.AddBusinessDays(d, -1)
}

// inRange refuses dates that nobody can write as yyyy-mm-dd.
func inRange(d time.Time) (time.Time, error) {
	if d.Year() < firstYear || d.Year() > lastYear {
		return time.Time{}, fmt.Errorf("year %d is out of range: %d to %d", d.Year(), firstYear, lastYear)
	}
	return d, nil
}

// Today is the date in the calendar's zone at that moment, a new day beginning at DayStarts.
func (c *Calendar) Today(now time.Time) time.Time {
	local := now.In(c.Location())
	d := Date(local.Year(), local.Month(), local.Day())
	if clockOf(local).before(c.DayStarts) {
		d = d.AddDate(0, 0, -1)
	}
	return d
}

// MonthStart is the first day of d's month.
func MonthStart(d time.Time) time.Time { return Date(d.Year(), d.Month(), 1) }

// MonthEnd is the last day of d's month.
func MonthEnd(d time.Time) time.Time { return Date(d.Year(), d.Month()+1, 0) }

// QuarterStart is the first day of d's quarter.
func QuarterStart(d time.Time) time.Time { return Date(d.Year(), quarterMonth(d), 1) }

// QuarterEnd is the last day of d's quarter.
func QuarterEnd(d time.Time) time.Time { return Date(d.Year(), quarterMonth(d)+3, 0) }

// YearStart is the first of January.
func YearStart(d time.Time) time.Time { return Date(d.Year(), time.January, 1) }

// YearEnd is the last of December.
func YearEnd(d time.Time) time.Time { return Date(d.Year(), time.December, 31) }

// quarterMonth is the first month of d's quarter.
func quarterMonth(d time.Time) time.Month { return (d.Month()-1)/3*3 + 1 }

// LastBusinessDay is the last business day of d's month.
func (c *Calendar) LastBusinessDay(d time.Time) (time.Time, error) { return c.back(MonthEnd(d)) }

// IsMonthEnd reports whether d is the last business day of its month.
func (c *Calendar) IsMonthEnd(d time.Time) (bool, error) { return c.isLast(d, MonthEnd(d)) }

// IsQuarterEnd reports whether d is the last business day of its quarter.
func (c *Calendar) IsQuarterEnd(d time.Time) (bool, error) { return c.isLast(d, QuarterEnd(d)) }

// IsYearEnd reports whether d is the last business day of its year.
func (c *Calendar) IsYearEnd(d time.Time) (bool, error) { return c.isLast(d, YearEnd(d)) }

// isLast reports whether d is the last business day up to end.
func (c *Calendar) isLast(d, end time.Time) (bool, error) {
	last, err := c.back(end)
	return err == nil && d.Equal(last), err
}
