package drive

import (
	"fmt"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/runner/record"
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
		jumped = c.jump(world.Round(0).Sub(c.seen.Round(0)), max(0, world.Sub(c.seen))) // monotonic where both readings are
	}
	c.seen = world
	now = world.Round(0).Add(c.ahead).UTC().Truncate(time.Microsecond)
	if now.Before(c.last) {
		now = c.last
	}
	c.last = now
	return now, jumped
}

// jump takes in by how much the world's clock moved while some time passed, and returns by how much it jumped. A
// monotonic clock stands still while a machine sleeps, so waking up is a jump forward.
func (c *clock) jump(moved, elapsed time.Duration) time.Duration {
	off := moved - elapsed
	if off.Abs() < jumpAt {
		return 0
	}
	c.ahead = max(0, c.ahead-off)
	return off
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
	l.pending.add(line{note: record.Note{At: now, Kind: record.ClockJumped, Message: l.clock.means(jumped)}})
	return now
}

// means says of a jump what it means for the run.
func (c *clock) means(jumped time.Duration) string {
	by, ahead := jumped.Abs().Round(time.Second), c.ahead.Round(time.Second)
	switch {
	case jumped < 0:
		return fmt.Sprintf("the clock of this machine was set back by %s: the times of this run go on, %s ahead of it", readable.Duration(by), readable.Duration(ahead))
	case ahead > 0:
		return fmt.Sprintf("the clock of this machine went forward by %s: the times of this run are still ahead of it, by %s", readable.Duration(by), readable.Duration(ahead))
	}
	return fmt.Sprintf("the clock of this machine went forward by %s, because it slept or was set: timeouts and deadlines count that time", readable.Duration(by))
}

// behind notes that this machine's clock has not come to the last record of the run yet.
func (l *loop) behind() {
	if ahead := l.clock.ahead; ahead >= jumpAt {
		l.note(record.Note{Kind: record.ClockJumped, Message: fmt.Sprintf(
			"the clock of this machine is %s behind the last record of this run: the times of this run go on from there, ahead of it", readable.Duration(ahead.Round(time.Second)))})
	}
}
