// Package walltime tells which moment a date and a time on the clocks of a zone mean, also on the days on which those clocks are
// changed. One rule holds everywhere: a time that a change skips is the first moment after the gap, and of a time that comes
// twice the first is meant. Start with [At].
package walltime

import "time"

// At is the moment at which the clocks of the zone show that time on that day. The month and the day may be out of range, as for
// [time.Date].
func At(year int, month time.Month, day, hour, minute, second int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, hour, minute, second, 0, zone)
	wanted := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	begin, end := t.ZoneBounds()
	switch clocks := shown(t); {
	case clocks.After(wanted): // in a gap, and t is behind it
		return begin
	case clocks.Before(wanted): // in a gap, and t is before it
		return end
	case begin.IsZero():
		return t
	}
	_, before := begin.Add(-1).Zone()
	_, now := t.Zone()
	if first := t.Add(time.Duration(now-before) * time.Second); first.Before(begin) && shown(first).Equal(wanted) {
		return first
	}
	return t
}

// shown is what the clocks show at a moment, as if it were UTC.
func shown(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
