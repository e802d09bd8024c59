package drive

import (
	"time"

	"ofsplan/runner"
)

// How often the loop looks ahead at most: each minute, and more rarely in a large plan, since that costs what the plan is long.
const (
	aheadEvery = time.Minute
	aheadMost  = 15 * time.Minute
	aheadStep  = 30 * time.Millisecond // for each step of the plan
)

// ahead is when the loop looks ahead to the end of a run that has a deadline. It does so when something has happened since, or when a
// step takes longer than usual, so that the end moves though nothing happens.
type ahead struct {
	every  time.Duration // zero: the run has no deadline
	last   time.Time     // when it did; zero: not yet
	moved  bool          // something has happened since
	slips  time.Time     // from when on the end moves by itself; zero: it does not
	passed bool          // the deadline has: there is nothing left to foresee
}

// newAhead is how often a run of so many steps is foreseen.
func newAhead(o runner.Outlook, steps int) ahead {
	if o.DueAt.IsZero() {
		return ahead{}
	}
	return ahead{every: min(max(aheadEvery, time.Duration(steps)*aheadStep), aheadMost), passed: o.Passed}
}

// next is when to look ahead next; zero: not before something happens.
func (a *ahead) next(now time.Time) time.Time {
	switch {
	case a.every == 0 || a.passed:
		return time.Time{}
	case a.last.IsZero():
		return now
	}
	at := a.last.Add(a.every)
	switch {
	case a.moved:
		return at
	case a.slips.IsZero():
		return time.Time{}
	case a.slips.After(at):
		return a.slips
	}
	return at
}

// foresee tells the machine what is expected of the end of the run when it is time to look ahead, and the record where that is the first
// forecast, or one that crosses the deadline. What changes nothing is not written, and the machine is not told of it.
func (l *loop) foresee(now time.Time) {
	at := l.ahead.next(now)
	if at.IsZero() || at.After(now) {
		return
	}
	o := l.machine.Outlook()
	if l.ahead.passed = o.Passed; o.Passed {
		return
	}
	e := l.machine.Expected(now)
	l.ahead.last, l.ahead.slips = now, e.Slips
	switch {
	case !o.Forecast:
		l.apply(e.Made(), durable)
	case o.Risky(e.End) != o.AtRisk:
		l.apply(e.Made(), whenDecided)
	}
	l.ahead.moved = false
}
