package incident

import (
	"time"

	"ofsplan/plan"
	"ofsplan/runner"
)

// What a look finds began between the look before and that one. The look before found nothing new, so it is in no audit
// log; but when the looks began is, and how they follow each other is the plan's to say. The middle between the two is the
// best guess, and it has room on both sides: a rehearsal, which looks at other moments than a night with slow answers
// did, finds it at the same look or the next one.
//
//	sent     look      look      look: succeeded
//	|--------|---------|----^----|
//	                        taken for the end

// pastLooking is what a log tells of when somebody looked.
type pastLooking struct {
	looked map[runner.Key]time.Time // of a command to look: when it was ordered
	died   time.Time                // when a scenario lets the last runner die that did; zero: none did
	woken  time.Time                // when the one after it took over
}

// began is when what was first seen at a time is taken to have begun, from the start on.
func (f *finder) began(look runner.Key, s *pastStart, first time.Time) time.Duration {
	if n := len(s.looks); n > 0 && s.looks[n-1].seen.Since.Equal(first) {
		return s.looks[n-1].from // the same answer, which decided something once more
	}
	before := first.Add(-f.gap(look, first))
	for _, known := range []time.Time{s.at, s.lastLook(), f.died} {
		if known.After(before) {
			before = known
		}
	}
	if !before.Before(first) { // a runner died in the same second, or the log says nothing of the look
		return max(0, first.Sub(s.at)).Truncate(time.Millisecond)
	}
	half := first.Sub(before) / 2
	exact := time.Millisecond
	if half >= 2*time.Second {
		exact = time.Second
	}
	return (before.Sub(s.at) + half).Truncate(exact)
}

// gap is how long before a look the one before it was, as the plan has it; before the first, as long as between the
// first two. A look of no step of the plan has none.
func (f *finder) gap(look runner.Key, at time.Time) time.Duration {
	var step *plan.Step
	if f.Resolved != nil {
		step = f.Resolved.Plan.Step(look.Step)
	}
	if step == nil {
		return 0
	}
	t := f.looked[look]
	if f.woken.After(t) {
		t = f.woken
	}
	gap := step.Poll.Every
	t = t.Add(gap)
	for next := step.Poll.Longer(gap); next > gap && !t.Add(next).After(at); next = step.Poll.Longer(gap) {
		gap = next
		t = t.Add(gap)
	}
	return gap
}

// lastLook is when the start was last seen in another state; zero when it was not.
func (s *pastStart) lastLook() time.Time {
	n := len(s.looks)
	if n == 0 {
		return time.Time{}
	}
	return s.at.Add(s.looks[n-1].at)
}

// ordered notes when a batch run was first to be looked at.
func (f *finder) ordered(c *runner.Command, at time.Time) {
	if c.Mutating() {
		return
	}
	if f.looked == nil {
		f.looked = map[runner.Key]time.Time{}
	}
	f.looked[c.Key] = at
}
