// Package virtual is a world whose clock jumps from one event to the next, so that an eight-hour night passes
// in a moment and passes the same way each time.
//
// A [World] runs every call as a coroutine in the caller's goroutine. A call gives way at its gate and wherever its
// transport waits ([World.Wait]); nothing else takes time. The client must be made for such a world: ofs.Config with
// Timer set to [World.Timer] and Now to [World.Now], and a transport, such as the simulated scheduler's, that waits
// by [World.Wait] and nothing else.
package virtual

import (
	"container/heap"
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"time"

	"ofsplan/runner/drive"
)

// errOutside is what a wait outside of a call is told.
var errOutside = errors.New("virtual: only a call can wait")

// A World is a clock that jumps and the calls that live by it. It belongs to one goroutine.
type World struct {
	now     time.Time
	agenda  agenda
	order   int // of the next thing put on the agenda
	running *call
	waiting []*call // those that wait by their transport, in the order they began to
	ready   []drive.Message
	idle    []*worker // between two calls
	reuse   bool
}

// New returns a world whose clock shows start.
func New(start time.Time) *World {
	return &World{now: start.UTC().Round(0)}
}

// A call is carried out by a coroutine, which stands still between two of its steps.
type call struct {
	*worker
	drive   *drive.Call
	ended   bool
	atGate  bool
	refusal error           // what the gate was answered
	ctx     context.Context // of the wait it stands in
	alarm   *item           // that ends the wait
	woken   bool            // the wait was cut short
}

// A worker is a coroutine that carries out one call, or one after the other.
type worker struct {
	step func() (struct{}, bool) // runs it to its next stop; false: it has returned
	stop func()                  // lets it return from where it stands between two calls
	give func(struct{}) bool     // called inside: stands still
	next *call                   // to carry out
}

// Now is what the clock shows.
func (w *World) Now() time.Time { return w.now }

// Reuse lets coroutines carry out one call after the other, which costs less than one each. When the run is over, stop
// lets go of them.
func (w *World) Reuse() (stop func()) {
	w.reuse = true
	return func() {
		w.reuse = false
		for _, idle := range w.idle {
			idle.stop()
		}
		w.idle = nil
	}
}

// Start puts the call on the agenda for now.
func (w *World) Start(d *drive.Call) {
	c := &call{drive: d}
	if n := len(w.idle); n > 0 {
		c.worker, w.idle = w.idle[n-1], w.idle[:n-1]
	} else {
		c.worker = w.hire()
	}
	c.worker.next = c
	w.at(w.now, func() { w.resume(c) })
}

// hire makes a worker.
func (w *World) hire() *worker {
	one := &worker{}
	one.step, one.stop = iter.Pull(func(give func(struct{}) bool) {
		one.give = give
		drive.MakeRoom()
		for {
			c := one.next
			c.drive.Do(func() error {
				c.atGate = true
				give(struct{}{})
				return c.refusal
			})
			c.ended = true
			if !w.reuse || !give(struct{}{}) {
				return
			}
		}
	})
	return one
}

// resume runs a call to where it stands still again, and passes on what that is.
func (w *World) resume(c *call) {
	w.running = c
	_, alive := c.step()
	w.running = nil
	switch {
	case c.ended:
		if alive {
			w.idle = append(w.idle, c.worker)
		}
		w.ready = append(w.ready, drive.Message{Call: c.drive})
	case c.atGate:
		w.ready = append(w.ready, drive.Message{Call: c.drive, Open: func(refusal error) {
			c.atGate, c.refusal = false, refusal
			w.at(w.now, func() { w.resume(c) })
		}})
	}
}

// Wait lets d pass for the call that is running; it is what a transport waits by. It ends early, with the
// context's cause, when ctx is done: before it began, or by a timer of this world.
func (w *World) Wait(ctx context.Context, d time.Duration) error {
	c := w.running
	if c == nil {
		return errOutside
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.ctx = ctx
	if until := w.now.Add(d); d < math.MaxInt64 {
		c.alarm = w.at(until, func() { w.wake(c) })
	}
	w.waiting = append(w.waiting, c)
	c.give(struct{}{})
	c.ctx, c.woken = nil, false
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// wake ends a call's wait.
func (w *World) wake(c *call) {
	if i := slices.Index(w.waiting, c); i >= 0 {
		w.waiting = slices.Delete(w.waiting, i, i+1)
	}
	w.drop(c.alarm)
	c.alarm = nil
	w.resume(c)
}

// Timer calls fire once, after d of this world's time, unless stop is called first: an ofs.Timer.
func (w *World) Timer(d time.Duration, fire func()) (stop func()) {
	it := w.at(w.now.Add(d), func() {
		fire()
		w.wakeCanceled()
	})
	return func() { w.drop(it) }
}

// wakeCanceled puts the calls whose wait was cut short on the agenda for now.
func (w *World) wakeCanceled() {
	for _, c := range w.waiting {
		if c.ctx.Err() != nil && !c.woken {
			c.woken = true
			w.drop(c.alarm)
			c.alarm = w.at(w.now, func() { w.wake(c) })
		}
	}
}

// Next runs what is on the agenda until a message comes, or until nothing is left before the given time. Then
// the clock shows that time. With zero as the time it runs until a message comes or the agenda is empty;
// only a run that is being left asks so, and calls that were canceled end at once.
func (w *World) Next(ctx context.Context, until time.Time) (drive.Message, bool) {
	if until.IsZero() {
		w.wakeCanceled()
	}
	for {
		if len(w.ready) > 0 {
			m := w.ready[0]
			w.ready[0] = drive.Message{}
			w.ready = w.ready[1:]
			return m, true
		}
		if ctx.Err() != nil {
			return drive.Message{}, false
		}
		if len(w.agenda) == 0 || !until.IsZero() && w.agenda[0].at.After(later(until, w.now)) {
			if !until.IsZero() {
				w.now = later(w.now, until)
			}
			return drive.Message{}, false
		}
		it := heap.Pop(&w.agenda).(*item)
		w.now = later(w.now, it.at)
		it.do()
	}
}

// at puts something on the agenda.
func (w *World) at(t time.Time, do func()) *item {
	it := &item{at: t, order: w.order, do: do}
	w.order++
	heap.Push(&w.agenda, it)
	return it
}

// drop takes something off the agenda, unless it has happened.
func (w *World) drop(it *item) {
	if it != nil && it.place >= 0 {
		heap.Remove(&w.agenda, it.place)
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// An item is one thing on the agenda.
type item struct {
	at    time.Time
	order int // among those of one time: first put, first done
	do    func()
	place int // in the heap; -1: off it
}

// agenda is a heap.Interface of what is to happen, by time and then by order.
type agenda []*item

func (a agenda) Len() int { return len(a) }

func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].order < a[j].order
}

func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

// Push adds an item; heap.Push calls it.
func (a *agenda) Push(x any) {
	it := x.(*item)
	it.place = len(*a)
	*a = append(*a, it)
}

// Pop takes the last item; heap.Pop calls it.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	it := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	it.place = -1
	return it
}
