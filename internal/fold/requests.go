package fold

import (
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// Turns adds up the turns of a run of that plan.
func Turns(p *plan.Plan, turns []record.Turn) *Run {
	b := NewBuilder("", p)
	for _, t := range turns {
		b.Turn(t)
	}
	return b.Run()
}

// A Request is one request of a run that may have reached the scheduler, and what became of it.
type Request struct {
	runner.RequestSent
	At    time.Time     // it was recorded as sent
	Order *fact.Order   // of a trigger; nil of any other
	About fact.BatchRef // what it starts or changes; with the batch run's id once there is one
	Nth   int           // which request of its operation about that code it is, from 1
	// TurnedAway is true when it was answered HTTP 401: the scheduler did not carry it out, and it is made again with another token.
	TurnedAway bool
	Course
}

// Course is what was seen of a batch run since a request was accepted.
type Course struct {
	Accepted  bool
	Over      *runner.BatchObserved // the first look that found it over; nil: none did
	OverAt    time.Time             // when that was
	Restarted bool                  // it was restarted before it was seen to be over, so Over is about another start
}

// Requests lists the requests of a run in order.
func Requests(turns []record.Turn) []*Request {
	l := requestLog{commands: map[runner.Key]*runner.Command{}, sent: map[runner.Key]*Request{}, going: map[string][]*Request{}, nth: map[string]int{}}
	for _, t := range turns {
		l.event(t)
		for _, c := range t.Decision.Commands {
			if c.Mutating() {
				l.commands[c.Key] = c
			}
		}
	}
	return l.all
}

// requestLog is a list of requests being made.
type requestLog struct {
	all      []*Request
	commands map[runner.Key]*runner.Command
	sent     map[runner.Key]*Request
	going    map[string][]*Request // what was accepted, by the batch run that is not over yet
	nth      map[string]int        // by operation and code
}

// event takes a request, or what became of one.
func (l *requestLog) event(t record.Turn) {
	switch e := t.Event.(type) {
	case runner.RequestSent:
		r := &Request{RequestSent: e, At: t.At}
		if c := l.commands[e.Key]; c != nil {
			r.Order, r.About = c.Order, c.About()
		}
		kind := string(e.Op) + " " + r.About.Code
		l.nth[kind]++
		r.Nth = l.nth[kind]
		l.all, l.sent[e.Key] = append(l.all, r), r
	case runner.RequestRefused:
		if r := l.sent[e.Key]; r != nil {
			r.TurnedAway = e.HTTP == 401
		}
	case runner.RequestAccepted:
		l.accepted(t, e)
	case runner.BatchObserved:
		if e.Status.Final() {
			for _, r := range l.going[e.RunID] {
				r.Over, r.OverAt = &e, t.At
			}
			delete(l.going, e.RunID)
		}
	}
}

// accepted takes a request that the scheduler took.
func (l *requestLog) accepted(t record.Turn, e runner.RequestAccepted) {
	r := l.sent[e.Key]
	if r == nil {
		return
	}
	id := e.BatchRunID
	if t.Crossed() {
		if e.Key.Op != runner.OpRestart {
			return // it is in doubt
		}
		id = r.About.RunID
	}
	r.Accepted, r.About.RunID = true, id
	if e.Key.Op == runner.OpRestart {
		for _, earlier := range l.going[id] {
			earlier.Restarted = true
		}
	}
	l.going[id] = append(l.going[id], r)
}

// An Act is the first thing a step did in a run: the first request of its own verb, or its first look when it made none.
type Act struct {
	At      time.Time     // zero: it did nothing
	Key     runner.Key    // of the request; zero: it made none
	Ordered runner.Key    // that key, or that of the look
	About   fact.BatchRef // what was asked about; with the batch run once there is one
	Order   fact.Order    // of a trigger
	Nth     int           // which request of its operation about that code it was
	Lasted  time.Duration // until the batch run was seen to be over; 0: it never was
	Sought  *fact.Sought  // of a sensor: what it looked for
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
			a.Lasted = 0 // the batch run of its first look was not over by then
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
			if a := &acts[index[c.Key.Step]]; a.At.IsZero() && !c.Mutating() && !c.Key.Op.Tells() {
				a.At, a.Ordered, a.About, a.Sought = t.At, c.Key, c.Run, c.Sought
				at[c.Run.RunID] = append(at[c.Run.RunID], a)
			}
		}
	}
}
