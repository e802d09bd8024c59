package calendar

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The years a date may have.
const (
	firstYear = 1900
	lastYear  = 9999
)

// Parse reads a date as yyyy-mm-dd. It must be a day that exists.
func Parse(text string) (time.Time, error) {
	if len(text) != len(time.DateOnly) {
		return time.Time{}, fmt.Errorf("%q is not a date: write yyyy-mm-dd", text)
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		if dateForm.MatchString(text) {
			return time.Time{}, fmt.Errorf("%q is not a date: there is no such day", text)
		}
		return time.Time{}, fmt.Errorf("%q is not a date: write yyyy-mm-dd", text)
	}
	return inRange(d)
}

var (
	dateForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	termForm = regexp.MustCompile(`^(T|month_end|prev_month_end)([+-][0-9]{1,5})?$`)
)

// Resolve reads a date as it may stand on a command line or in a default: 2026-11-20, T, T-1, T+2, month_end,
// prev_month_end, and the latter two with days added, as in month_end-1. T is today at that moment.
//
// With business, days added are business days, T alone rolls back to the last business day, and the ends of months are
// business days; a date written out must be one. T-1 is the business day before today: on a Saturday it is Friday.
func (c *Calendar) Resolve(text string, business bool, now time.Time) (time.Time, error) {
	term := termForm.FindStringSubmatch(text)
	if term == nil {
		return c.written(text, business)
	}
	base := c.Today(now)
	switch term[1] {
	case "month_end":
		base = MonthEnd(base)
	case "prev_month_end":
		base = MonthStart(base).AddDate(0, 0, -1)
	}
	n, _ := strconv.Atoi(term[2]) // at most five digits, or none
	if !business {
		return AddDays(base, n)
	}
	if n == 0 || term[1] != "T" {
		var err error
		if base, err = c.back(base); err != nil {
			return time.Time{}, err
		}
	}
	return c.AddBusinessDays(base, n)
}

// anyMoment stands for the night where only the form of a text is looked at.
var anyMoment = time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)

// CheckTerm reports whether Resolve could read the text, on whichever day; what depends on the calendar is not
// looked at.
func CheckTerm(text string) error {
	_, err := Default().Resolve(text, false, anyMoment)
	return err
}

// written reads a date that is spelt out.
func (c *Calendar) written(text string, business bool) (time.Time, error) {
	if strings.Contains(text, "%") {
		return time.Time{}, fmt.Errorf("%q is not a date: %% formats are not read here, write T, T-1 or yyyy-mm-dd", text)
	}
	d, err := Parse(text)
	if err != nil {
		if text != "" && text[0] >= '0' && text[0] <= '9' {
			return time.Time{}, err
		}
		return time.Time{}, fmt.Errorf("%q is not a date: write yyyy-mm-dd, T, T-1, month_end, prev_month_end or month_end-1", text)
	}
	if !business {
		return d, nil
	}
	switch is, err := c.IsBusinessDay(d); {
	case err != nil:
		return time.Time{}, err
	case !is:
		before, err := c.back(d)
		if err != nil {
			return time.Time{}, err
		}
		return time.Time{}, fmt.Errorf("%s is no business day (%s); the last one before it is %s", text, c.reason(d), before.Format(time.DateOnly))
	}
	return d, nil
}

// reason says why d is no business day. Of calendars that are combined, the first that says so gives it.
func (c *Calendar) reason(d time.Time) string {
	for _, part := range c.Parts {
		if is, _ := part.IsBusinessDay(d); !is {
			return part.reason(d)
		}
	}
	in := ""
	if c.Name != "" {
		in = " in " + c.Name
	}
	if c.Holidays[d] {
		return "a holiday" + in
	}
	return "a " + d.Weekday().String()
}

// Weekday is the name of d's day of the week: "monday".
func Weekday(d time.Time) string { return strings.ToLower(d.Weekday().String()) }

// Weekdays lists what Weekday writes, Monday first.
func Weekdays() []string {
	return []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

// ParseWeekday reads what Weekday writes.
func ParseWeekday(text string) (time.Weekday, error) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.ToLower(day.String()) == text {
			return day, nil
		}
	}
	return 0, errors.New(strconv.Quote(text) + " is not a day of the week: write monday, tuesday, …")
}
