package calendar

import "time"

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
