package sim

import "time"

// Beside is what belongs to a night and is not at the scheduler. It answers no call: who plays the night looks at it. What is not
// named in it is there from the beginning.
type Beside struct {
	Files  map[string]File    // by path
	Checks map[string]Check   // by name
	Plans  map[string]PlanRun // runs of other plans, by the plan's name
}

// Empty reports whether nothing is said.
func (b Beside) Empty() bool { return len(b.Files)+len(b.Checks)+len(b.Plans) == 0 }

// A File is one that a feed leaves. The zero File was there before the night, as large and as new as it is wanted.
type File struct {
	Appears    When
	Never      bool
	Size       *int64 // bytes, when it no longer grows; nil: as large as it is wanted
	GrowsUntil When   // it is written until then; zero: it is whole when it appears
	Modified   When   // last; zero: when it was written
	Trouble    string // why nobody can look for it; empty: everybody can
}

// A Check is a command that says whether something is ready. The zero Check says yes.
type Check struct {
	Ready   When
	Never   bool
	Line    string // that it says until then
	Trouble string // why it says neither yes nor no; empty: it does
}

// A PlanRun is the newest run of another plan. The zero PlanRun has succeeded before the night. One that both fails and succeeds
// was mended by a person in between.
type PlanRun struct {
	Starts   When // before that there is none
	Fails    When // zero: it does not
	Succeeds When
	Never    bool // it does not succeed
}

// A When is a moment of a night: a time of day, or a date and time. The zero When is before the night, or never, as it is said.
type When struct {
	Clock *Clock
	At    time.Time
}

// IsZero reports whether nothing is said.
func (w When) IsZero() bool { return w.Clock == nil && w.At.IsZero() }

// early is how long before the start of a run a time of day may lie: see the plan language's clock times.
const early = 6 * time.Hour

// In is the moment in a night that begins at start, in the zone; nil means UTC. Of a time of day it is the first from 6 hours before
// the start on. Zero stays zero.
func (w When) In(start time.Time, zone *time.Location) time.Time {
	if w.Clock == nil {
		return w.At
	}
	for day := -1; ; day++ {
		if t := w.Clock.On(start, day, zone); !t.Before(start.Add(-early)) {
			return t.UTC()
		}
	}
}
