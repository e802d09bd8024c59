package sim

import "time"

// An Answer is what a person says to an approval of a plan when it is asked for. The scheduler has no part in it: who plays the night
// says it. The zero Answer approves at once.
type Answer struct {
	At      *Clock        // not before that time of day; nil: at once
	After   time.Duration // so long after it is asked for, when At is nil
	By      string        // the user who says it, or a group of which a member does; empty: somebody who may
	Rejects bool
	Never   bool // nobody answers
	Reason  string
}

// earlyAnswer is how long before the start of a run a time of day may lie, as in a plan.
const earlyAnswer = 6 * time.Hour

// When is when the answer comes to an approval that was asked for at a moment, in a night that begins at start.
func (a Answer) When(asked, start time.Time, zone *time.Location) time.Time {
	if a.At == nil {
		return asked.Add(a.After)
	}
	if at := a.At.After(start.Add(-earlyAnswer), zone); at.After(asked) {
		return at
	}
	return asked
}

// Answer is what is said to the nth asking for the approval of a step, from 1: of several the last to all that follow. False: the
// scenario does not say.
func (s Scenario) Answer(step string, n int) (Answer, bool) {
	all := s.Approvals[step]
	if len(all) == 0 {
		return Answer{}, false
	}
	return all[min(n, len(all))-1], true
}
