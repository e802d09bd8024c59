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
}

// Default is the calendar of a plan that names none: UTC, with Saturdays and Sundays off.
func Default() *Calendar {
	return &Calendar{Zone: time.UTC, Weekend: []time.Weekday{time.Saturday, time.Sunday}}
}

// Check refuses a calendar without a business day in the week: looking for one would never end.
func (c *Calendar) Check() error {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if !slices.Contains(c.Weekend, day) {
			return nil
		}
	}
	return fmt.Errorf("the weekend takes all seven days: there would be no business day")
}

// Location is the zone in which clock times are meant; UTC for the zero Calendar.
func (c *Calendar) Location() *time.Location { return cmp.Or(c.Zone, time.UTC) }

// Date is the date of those numbers, at midnight UTC. Days and months past their ends run over, as in time.Date.
func Date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// IsBusinessDay reports whether d is neither on a weekend nor a holiday.
func (c *Calendar) IsBusinessDay(d time.Time) bool {
	return !slices.Contains(c.Weekend, d.Weekday()) && !c.Holidays[d]
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
	business := cal.BusinessCalendar{WorkdayFunc: c.IsBusinessDay}
	return inRange(business.WorkdaysFrom(d, n))
}

// back is the last business day up to and including d.
func (c *Calendar) back(d time.Time) (time.Time, error) {
	if c.IsBusinessDay(d) {
		return d, nil
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
