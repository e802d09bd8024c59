package calendar

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
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

// Next is the first moment after the given one at which the clocks of the calendar's zone show that time, in UTC.
// A time that a clock change skips is the first moment after the gap; one that comes twice is met twice.
func (c *Calendar) Next(clock Clock, after time.Time) time.Time {
	local := after.In(c.zone())
	for day := -1; ; day++ {
		for _, t := range c.moments(Date(local.Year(), local.Month(), local.Day()+day), clock) {
			if t.After(after) {
				return t.UTC()
			}
		}
	}
}

// moments are when the clock shows that time on that day, in order: once, or twice when the clocks go back.
func (c *Calendar) moments(day time.Time, clock Clock) []time.Time {
	t := time.Date(day.Year(), day.Month(), day.Day(), clock.Hour, clock.Minute, clock.Second, 0, c.zone())
	begin, end := t.ZoneBounds()
	wall := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	}
	wanted := day.Add(time.Duration(clock.Hour)*time.Hour + time.Duration(clock.Minute)*time.Minute + time.Duration(clock.Second)*time.Second)
	switch {
	case wall(t).After(wanted): // in a gap, and t is behind it
		return []time.Time{begin}
	case wall(t).Before(wanted): // in a gap, and t is before it
		return []time.Time{end}
	}
	// The same wall time under the offset before or behind this one is a second showing.
	found := []time.Time{t}
	for _, edge := range []time.Time{begin, end} {
		if edge.IsZero() {
			continue
		}
		_, before := edge.Add(-1).Zone()
		_, behind := edge.Zone()
		shift := time.Duration(before-behind) * time.Second
		if edge.Equal(begin) {
			shift = -shift
		}
		if other := t.Add(shift); !other.Equal(t) && wall(other).Equal(wanted) {
			found = append(found, other)
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	return found
}
