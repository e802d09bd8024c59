package view

import (
	"fmt"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
)

// due says how a run stands to its deadline: met or missed, and by how much, or when it is expected to be over.
func due(r *fold.Run) string {
	d := r.Due
	text := zonedClock(r, d.At)
	switch {
	case d.Margin < 0:
		return text + ", missed by " + (-d.Margin).String()
	case d.Margin > 0:
		return text + ", met with " + d.Margin.String() + " to spare"
	case d.Late:
		return text + ", has passed"
	case d.Forecast == nil:
		return text
	}
	f := d.Forecast
	text += fmt.Sprintf("; at %s expected to be over at %s", readable.Clock(f.MadeAt), zonedClock(r, f.Expected))
	if f.Most.After(f.Expected) {
		text += ", and at " + zonedClock(r, f.Most) + " when all is slow"
	}
	if f.UnknownSteps > 0 {
		text += fmt.Sprintf("; not known how long it takes: %s", readable.List(f.Unknown, len(f.Unknown)))
		if n := f.UnknownSteps - len(f.Unknown); n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
	}
	return text
}

// zonedClock is a moment on the clocks of the plan's zone, where the plan is known.
func zonedClock(r *fold.Run, t time.Time) string {
	if r.Plan == nil {
		return readable.Stamp(t)
	}
	zone := r.Plan.Calendar.Location()
	return readable.WeekdayClock(t.In(zone)) + " (" + zone.String() + ")"
}

// late marks a run in a list that was not over by its deadline, or is not yet.
func late(o *fold.Overview) string {
	if o.Late {
		return ", late"
	}
	return ""
}
