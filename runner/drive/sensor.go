package drive

import (
	"container/heap"
	"context"
	"reflect"
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// Senses look for what is not at the scheduler: files, answers of commands, runs of other plans. There are two:
// runner/local has the real ones, runner/virtual those of a scenario.
type Senses interface {
	// Look looks once. It is called beside the loop, in several goroutines; it ends soon when ctx is done, and says what
	// keeps it from looking as the trouble of the sight.
	Look(ctx context.Context, what fact.Sought) fact.Sight
}

// mostSenses is how many looks of sensors may be under way at once: a folder is quickly read, and a command may take its time.
const mostSenses = 8

// sensors are the steps that look for something that is not at the scheduler. They wait for no contact and keep to no pace.
type sensors struct {
	senses Senses
	watches
}

// noSenses is what a run sees that was given none.
type noSenses struct{}

func (noSenses) Look(context.Context, fact.Sought) fact.Sight {
	return fact.Sight{Trouble: "nobody can look here"}
}

// next is when the next look of a sensor may start; zero: not before a message comes.
func (s *sensors) next() time.Time {
	w := s.first()
	if w == nil || s.flying >= mostSenses {
		return time.Time{}
	}
	return w.due
}

// sense looks for what is due first.
func (l *loop) sense() {
	s := &l.sensors
	w := heap.Pop(&s.heap).(*watch)
	s.flying++
	var seen fact.Sight
	l.world.Start(&Call{
		do:    func(func() error) { seen = s.senses.Look(l.leave.calls, *w.cmd.Sought) },
		ended: func() { l.sensed(w, seen) },
	})
}

// sensed takes in what a look of a sensor saw.
func (l *loop) sensed(w *watch, seen fact.Sight) {
	s := &l.sensors
	s.flying--
	if l.leave.going || w.dropped {
		return
	}
	now, key := l.now(), w.cmd.Key
	last, _ := w.seen.(runner.SensorAnswered)
	e := runner.SensorAnswered{Key: key, Sight: seen, Since: now}
	if w.seen != nil && reflect.DeepEqual(last.Sight, seen) {
		e.Since = last.Since
	}
	if seen.Trouble != "" {
		e.Troubles = last.Troubles + 1
	}
	w.seen = e
	if _, ok := l.apply(e, whenDecided); ok && !w.dropped && !l.leave.going {
		s.again(w, now)
	}
}

// again puts a sensor back for its next look: after its gap, at the latest at its timeout, and sooner when a file has just
// changed and may only have to stand.
func (s *sensors) again(w *watch, now time.Time) {
	next := w.gap
	if seen, _ := w.seen.(runner.SensorAnswered); seen.File != nil && seen.Since.Equal(now) {
		if stand := time.Duration(w.cmd.Sought.File.StableFor); stand > 0 {
			next = min(next, max(stand, time.Second))
		}
	}
	w.due = now.Add(next)
	if until := w.cmd.Until; until.After(now) && until.Before(w.due) {
		w.due = until
	}
	w.gap = w.cmd.Poll.Longer(w.gap)
	heap.Push(&s.heap, w)
}
