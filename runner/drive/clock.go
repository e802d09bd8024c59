package drive

import (
	"time"
)

// jumpAt is the difference between a clock and what it should show from which on we call it a jump.
const jumpAt = time.Minute

// A clock makes the world's time fit for the journal: UTC, whole microseconds, never going back. Where the
// world's clock is set back, ours goes on from where it was, ahead of it by as much.
type clock struct {
	seen  time.Time     // the world's last reading, with its monotonic part if it has one
	last  time.Time     // what was last handed out
	ahead time.Duration // how far we are ahead of the world
}

// read returns our time for a reading of the world's clock, and by how much that jumped if it did.
func (c *clock) read(world time.Time) (now time.Time, jumped time.Duration) {
	if !c.seen.IsZero() {
		elapsed := max(0, world.Sub(c.seen)) // monotonic where both readings are
		shown := world.Round(0).Sub(c.seen.Round(0))
		if off := shown - elapsed; off < 0 {
			c.ahead -= off
		}
		if off := shown - elapsed; off.Abs() >= jumpAt {
			jumped = off
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

// toWorld turns a time of ours into the world's. Zero stays zero.
func (c *clock) toWorld(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-c.ahead)
}
