package plan

import (
	"fmt"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
)

// A Deadline is the clock time by which a run is to be over. Nothing is stopped by it: people are told, and the exit code says it.
type Deadline struct {
	Pos  source.Pos // of its value
	At   calendar.Clock
	Days *int // on which day after the one the run starts on it is meant; nil: see [calendar.Calendar.Meant]
}

// String is the deadline as the plan writes it: 05:30, or 05:30 with days: 1.
func (d Deadline) String() string {
	if d.Days != nil {
		return fmt.Sprintf("%s with days: %d", d.At, *d.Days)
	}
	return d.At.String()
}

// deadline reads by when the run is to be over: a clock time, or a mapping that says on which day.
func (l *loader) deadline(m source.Map) *Deadline {
	n := m.Get("deadline")
	if n == nil {
		return nil
	}
	const what = `"deadline" of the plan`
	d := &Deadline{Pos: n.Pos}
	if n.Kind != source.Mapping {
		d.At = source.Read(&l.Reader, n, what, calendar.ParseClock)
		return d
	}
	due := l.Mapping(n, what, dueKeys...)
	due.Require("at")
	d.At = source.Read(&l.Reader, due.Get("at"), `"at" of `+what, calendar.ParseClock)
	if due.Has("days") {
		days := int(l.between(due, "days", 0, mostSleepDays))
		d.Days = &days
	}
	return d
}
