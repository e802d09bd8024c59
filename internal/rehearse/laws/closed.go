package laws

import (
	"time"

	"ofsplan/internal/readable"
	"ofsplan/runner"
)

// closed wants no request that starts a batch to have left in a closed window: L16. It reads the clocks of the zone itself. A
// request that was taken for sent, since nobody knows, left before.
func (j *judge) closed() {
	for _, t := range j.turns {
		e, sent := t.Event.(runner.RequestSent)
		if sent && e.Key.Op != runner.OpInterrupt && !e.Assumed && j.inWindow(t.At) {
			j.breach("L16", "%s was sent at %s, in a closed window", e.Key, readable.Micros(t.At))
		}
	}
}

// inWindow reports whether the clocks of the plan's zone show a time in one of its closed windows.
func (j *judge) inWindow(at time.Time) bool {
	local := at.In(j.plan.Calendar.Location())
	seconds := func(hour, minute, second int) int { return (hour*60+minute)*60 + second }
	now := seconds(local.Hour(), local.Minute(), local.Second())
	for _, w := range j.plan.Calendar.Windows() {
		on := map[time.Weekday]bool{}
		for _, day := range w.Days {
			on[day] = true
		}
		from, to := seconds(w.From.Hour, w.From.Minute, w.From.Second), seconds(w.To.Hour, w.To.Minute, w.To.Second)
		since := now - from // since the window began on the day on which it did
		began := local.Weekday()
		if since < 0 && to <= from {
			since, began = since+24*60*60, (began+6)%7
		}
		long := to - from
		if long <= 0 {
			long += 24 * 60 * 60
		}
		if since >= 0 && since < long && (len(on) == 0 || on[began]) {
			return true
		}
	}
	return false
}
