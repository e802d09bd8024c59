package fold

import (
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// An Act is the first thing a step did in a run: the first request of its own verb, or its first look when it made none.
type Act struct {
	At      time.Time     // zero: it did nothing
	Key     runner.Key    // of the request; zero: it made none
	Ordered runner.Key    // that key, or that of the look
	About   fact.BatchRef // what was asked about; with the batch run once there is one
	Order   fact.Order    // of a trigger
	Nth     int           // which request of its operation about that code it was
	Lasted  time.Duration // until the batch run was seen to be over; 0: it never was
}

// Acts are the first acts of the steps, in plan order.
func Acts(p *plan.Plan, turns []record.Turn) []Act {
	acts := make([]Act, len(p.Steps))
	index := make(map[string]int, len(p.Steps))
	for i, s := range p.Steps {
		index[s.ID] = i
	}
	firstLooks(acts, index, turns)
	for _, r := range Requests(turns) {
		i := index[r.Key.Step]
		a := &acts[i]
		if a.Key != (runner.Key{}) || string(r.Op) != p.Steps[i].Do.Keyword() {
			continue
		}
		if a.At.Add(a.Lasted).After(r.At) {
			a.Lasted = 0 // what it looked at before was not over by then
		}
		if a.Lasted == 0 && r.Over != nil {
			a.Lasted = r.OverAt.Sub(r.At)
		}
		a.At, a.Key, a.Ordered, a.About, a.Nth = r.At, r.Key, r.Key, r.About, r.Nth
		if r.Order != nil {
			a.Order = *r.Order
		}
	}
	return acts
}

// firstLooks fills in the first look of every step that made one.
func firstLooks(acts []Act, index map[string]int, turns []record.Turn) {
	at := map[string][]*Act{} // by the batch run that is not over yet
	for _, t := range turns {
		if seen, ok := t.Event.(runner.BatchObserved); ok && seen.Status.Final() {
			for _, a := range at[seen.RunID] {
				a.Lasted = t.At.Sub(a.At)
			}
			delete(at, seen.RunID)
		}
		for _, c := range t.Decision.Commands {
			if a := &acts[index[c.Key.Step]]; a.At.IsZero() && !c.Mutating() {
				a.At, a.Ordered, a.About = t.At, c.Key, c.Run
				at[c.Run.RunID] = append(at[c.Run.RunID], a)
			}
		}
	}
}
