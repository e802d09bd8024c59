package calendar

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"ofsplan/internal/walltime"
)

// A Clock is a time of day, from 00:00:00 to 23:59:59. The zero Clock is midnight.
type Clock struct{ Hour, Minute, Second int }

var clockForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?$`)

// ParseClock reads 05:30 or 05:30:15.
func ParseClock(text string) (Clock, error) {
	part := clockForm.FindStringSubmatch(text)
	if part == nil {
		return Clock{}, fmt.Errorf("%q is not a clock time: write 05:30, from 00:00 to 23:59", text)
	}
	var c Clock
	for i, number := range []*int{&c.Hour, &c.Minute, &c.Second} {
		*number, _ = strconv.Atoi(part[i+1]) // two digits, or none
	}
	return c, nil
}

// String is 05:30, with seconds when there are any.
func (c Clock) String() string {
	if c.Second == 0 {
		return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute)
	}
	return fmt.Sprintf("%02d:%02d:%02d", c.Hour, c.Minute, c.Second)
}

func clockOf(t time.Time) Clock { return Clock{t.Hour(), t.Minute(), t.Second()} }

func (c Clock) before(d Clock) bool {
	return cmp.Or(cmp.Compare(c.Hour, d.Hour), cmp.Compare(c.Minute, d.Minute), cmp.Compare(c.Second, d.Second)) < 0
}

// lateness is how long before the start of a run a clock time of it may lie: what is no longer past than that was meant for
// this run, and has passed.
const lateness = 6 * time.Hour

// Meant is the moment that a clock time of a run means which began then: the one from 6 hours before its start to 18 hours after
// it, in UTC. So 04:00 has passed for a run that begins at 04:05, and is tomorrow's for one that begins at 22:00.
func (c *Calendar) Meant(clock Clock, start time.Time) time.Time {
	for day := -1; ; day++ {
		if t := c.At(c.today(start).AddDate(0, 0, day), clock); !t.Before(start.Add(-lateness)) {
			return t
		}
	}
}

// OnDay is the moment of a clock time on the nth day after the one on which a run began, in UTC; with 0, on that day.
func (c *Calendar) OnDay(clock Clock, start time.Time, n int) time.Time {
	return c.At(c.today(start).AddDate(0, 0, n), clock)
}

// today is the date that the clocks of the zone show at a moment, wherever a business day begins.
func (c *Calendar) today(t time.Time) time.Time {
	local := t.In(c.Location())
	return Date(local.Year(), local.Month(), local.Day())
}

// At is the moment, in UTC, at which the clocks of the calendar's zone show that time on that date. A time that a clock change
// skips is the first moment after the gap, and of one that comes twice the first is meant.
func (c *Calendar) At(date time.Time, clock Clock) time.Time {
	return walltime.At(date.Year(), date.Month(), date.Day(), clock.Hour, clock.Minute, clock.Second, c.Location()).UTC()
}

// ParseMoment reads a date with a time on the clocks of the calendar's zone, 2026-11-23T02:00 or 2026-11-23T02:00:30 with a T or
// a blank between, or a moment with its own zone, 2026-11-23T02:00:00Z. It is returned in UTC.
func (c *Calendar) ParseMoment(text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	if len(text) > len(time.DateOnly) && (text[len(time.DateOnly)] == 'T' || text[len(time.DateOnly)] == ' ') {
		date, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)])
		clock, clockErr := ParseClock(text[len(time.DateOnly)+1:])
		if err == nil && clockErr == nil {
			return c.At(date, clock), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no moment: write 2026-11-23T02:00, in the zone %s, or 2026-11-23T02:00:00Z", text, c.Location())
}
