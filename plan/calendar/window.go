package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Window is a time of day that is closed: no request that starts a batch leaves in it. It is meant on the clocks of the
// calendar's zone, so what those show decides: a time that a clock change skips never comes, and one that comes twice is closed
// both times.
type Window struct {
	From Clock // from then on
	To   Clock // up to then, and not then; at or before From it is on the next day. The end of a day is 24:00
	// Days are those on which it begins, Monday first; none: each.
	Days []time.Weekday
}

// EndOfDay is 24:00, which only a window may have as its end.
var EndOfDay = Clock{Hour: 24}

// String is the window in words: "22:00 to 23:30 on friday".
func (w Window) String() string {
	text := w.From.String() + " to " + w.To.String()
	if len(w.Days) == 0 || len(w.Days) == 7 {
		return text
	}
	days := make([]string, len(w.Days))
	for i, day := range w.Days {
		days[i] = strings.ToLower(day.String())
	}
	return text + " on " + strings.Join(days, ", ")
}

// begins reports whether the window begins on that day of the week.
func (w Window) begins(day time.Weekday) bool {
	return len(w.Days) == 0 || slices.Contains(w.Days, day)
}

// holds reports whether clocks that show that are in the window.
func (w Window) holds(shown time.Time) bool {
	at, today := clockOf(shown), shown.Weekday()
	if w.From.before(w.To) {
		return w.begins(today) && !at.before(w.From) && at.before(w.To)
	}
	yesterday := (today + 6) % 7
	return w.begins(today) && !at.before(w.From) || w.begins(yesterday) && at.before(w.To)
}

// Windows are the closed windows of the calendar and of its parts.
func (c *Calendar) Windows() []Window {
	all := c.Closed
	for _, part := range c.Parts {
		all = append(all[:len(all):len(all)], part.Windows()...)
	}
	return all
}

// ClosedWords are the closed windows in words, with the zone in which they are meant; empty: there are none.
func (c *Calendar) ClosedWords() string {
	var all []string
	for _, w := range c.Windows() {
		all = append(all, w.String())
	}
	if len(all) == 0 {
		return ""
	}
	return strings.Join(all, "; ") + " (" + c.Location().String() + ")"
}

// horizon is how far ahead a change is looked for: windows come again each week, and a clock change may hide one.
const horizon = 15 * 24 * time.Hour

// Hours reports whether a window is closed at that moment, and when that next changes, in UTC: the end of all windows that follow on
// each other, or the beginning of the next. The zero time means that it never does.
func (c *Calendar) Hours(t time.Time) (closed bool, until time.Time) {
	windows := c.Windows()
	if len(windows) == 0 {
		return false, time.Time{}
	}
	at := t.In(c.Location())
	closed = in(windows, at)
	for end := t.Add(horizon); at.Before(end); {
		if at = edge(windows, at); in(windows, at) != closed {
			return closed, at.UTC()
		}
	}
	return closed, time.Time{}
}

// in reports whether clocks that show that are in any of the windows.
func in(windows []Window, shown time.Time) bool {
	return slices.ContainsFunc(windows, func(w Window) bool { return w.holds(shown) })
}

// edge is the next moment after t at which a window may begin or end: when the clocks show the time of one, at midnight, and when
// the clocks are changed.
func edge(windows []Window, t time.Time) time.Time {
	now := clockOf(t)
	next := EndOfDay
	for _, w := range windows {
		for _, mark := range []Clock{w.From, w.To} {
			if now.before(mark) && mark.before(next) {
				next = mark
			}
		}
	}
	_, offset := t.Zone() // as long as it holds, the clocks go on evenly
	at := time.Date(t.Year(), t.Month(), t.Day(), next.Hour, next.Minute, next.Second, 0, time.FixedZone("", offset)).In(t.Location())
	if _, change := t.ZoneBounds(); !change.IsZero() && change.Before(at) {
		return change
	}
	return at
}

// CheckClosed refuses windows that leave no time of the week: what waited for one to end would wait for ever.
func (c *Calendar) CheckClosed() error {
	week := &Calendar{Zone: time.UTC, Closed: c.Windows()} // one without clock changes
	if closed, until := week.Hours(Date(2026, time.November, 23)); closed && until.IsZero() {
		return fmt.Errorf("the closed windows take the whole week: nothing could ever be started")
	}
	return nil
}
