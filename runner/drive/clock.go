package drive

import (
	"time"
)

// jumpAt is by how much a clock must differ from the time that has passed before we call it a jump. Less is how
// clocks are.
const jumpAt = time.Second

// A clock makes the world's time fit for the journal: UTC, whole microseconds, never going back. Where the
// world's clock is set back, ours goes on from where it was, ahead of it, until the other is set right.
type clock struct {
	seen  time.Time     // the world's last reading, with its monotonic part if it has one
	last  time.Time     // what was last handed out
	ahead time.Duration // how far we are ahead of the world
}

// resume lets the clock go on after a time that was handed out before, by another process.
func (c *clock) resume(world, after time.Time) {
	c.last = after
	c.ahead = max(0, after.Sub(world.Round(0)))
}

// read returns our time for a reading of the world's clock, and by how much that jumped if it did.
func (c *clock) read(world time.Time) (now time.Time, jumped time.Duration) {
	if !c.seen.IsZero() {
		elapsed := max(0, world.Sub(c.seen)) // monotonic where both readings are
		off := world.Round(0).Sub(c.seen.Round(0)) - elapsed
		if off.Abs() >= jumpAt {
			jumped = off
			c.ahead = max(0, c.ahead-off)
		}
	}
	c.seen = world
	now = world.Round(0).Add(c.ahead).UTC().Truncate(time.Microsecond)
	if now.Before(c.last) {
		now = c.last
	}
	c.last = now
	return now, jumped
}

// toWorld turns a time of ours into the world's: the first at which we will say that it has come, since ours are
// cut to microseconds. Zero stays zero.
func (c *clock) toWorld(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	if cut := t.Truncate(time.Microsecond); cut.Before(t) {
		t = cut.Add(time.Microsecond)
	}
	return t.Add(-c.ahead)
}

// now is our time, told to the machine and written in records. A clock that jumped is noted.
func (l *loop) now() time.Time {
	now, jumped := l.clock.read(l.world.Now())
	if jumped == 0 {
		return now
	}
	l.book.add(line{note: Note{At: now, Kind: ClockJumped, Message: "the clock of this machine jumped by " + jumped.Round(time.Second).String()}})
	return now
}
