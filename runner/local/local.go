// Package local is the real world: the clock of this machine, and a goroutine for each call under way.
//
// A [World] is made for one run and handed to drive.Run. It has no timer but one, and no goroutine while no
// call is under way.
package local

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"ofsplan/runner/drive"
)

// nap is the longest sleep without looking at the clock again: a machine that was suspended, or whose clock was
// set, wakes up late by no more than this.
const nap = 10 * time.Second

// A World is the clock of this machine and calls in goroutines. The zero World is not usable; see [New].
type World struct {
	inbox chan drive.Message
	timer *time.Timer
	armed time.Time // when the timer rings; zero: it has rung, or was never set
	clock func() time.Time
}

// New returns a world.
func New() *World {
	w := &World{inbox: make(chan drive.Message, 64), timer: time.NewTimer(time.Hour), clock: time.Now}
	w.timer.Stop()
	return w
}

// Now is the time of this machine's clock.
func (w *World) Now() time.Time { return w.clock() }

// Start carries the call out in a goroutine of its own.
func (w *World) Start(c *drive.Call) {
	go func() {
		defer func() {
			if v := recover(); v != nil { // it is for who drives the run to die of it
				w.inbox <- drive.Message{Call: c, Panic: fmt.Sprintf("%v\n%s", v, debug.Stack())}
			}
		}()
		drive.MakeRoom()
		c.Do(func() error {
			answer := make(chan error, 1)
			w.inbox <- drive.Message{Call: c, Open: func(refusal error) { answer <- refusal }}
			return <-answer
		})
		w.inbox <- drive.Message{Call: c}
	}()
}

// Next waits for a message until the clock shows the given time, however long when it is zero, or until ctx
// is done. It also comes back when the clock was set back meanwhile: what falls due at which of its times must be
// reckoned anew then.
func (w *World) Next(ctx context.Context, until time.Time) (drive.Message, bool) {
	for before := time.Duration(math.MaxInt64); ; {
		select {
		case m := <-w.inbox:
			return m, true
		default:
		}
		if !until.IsZero() {
			left := until.Sub(w.clock())
			if left <= 0 || left > before {
				return drive.Message{}, false
			}
			before = left
			w.arm(min(left, nap))
		}
		select {
		case m := <-w.inbox:
			return m, true
		case <-ctx.Done():
			return drive.Message{}, false
		case <-w.timer.C:
			w.armed = time.Time{}
		}
	}
}

// arm sees to it that the timer rings in time. One that rings too early costs a round, and setting it for every
// message would cost more.
func (w *World) arm(in time.Duration) {
	at := time.Now().Add(in)
	if !w.armed.IsZero() && !at.Before(w.armed) {
		return
	}
	w.armed = at
	w.timer.Reset(in)
}
