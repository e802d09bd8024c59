package laws

import (
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A sighting is what a sensor was to look for, and the last that it saw. A step that waits for something that is not at the
// scheduler ends by what a look showed, and by nothing else: L7.
type sighting struct {
	sought *fact.Sought // nil: it has not begun
	until  time.Time    // its timeout; zero: it has none
	last   *runner.SensorAnswered
	at     time.Time // of that look: a rule may answer its failure later
}

// ordered takes the command with which an attempt begins.
func (s *sighting) ordered(c *runner.Command) {
	if c.Key.Op == runner.OpSense {
		*s = sighting{sought: c.Sought, until: c.Until}
	}
}

// there reports whether the last look showed what was sought.
func (s sighting) there() bool {
	if s.last == nil || s.sought == nil || s.last.Trouble != "" {
		return false
	}
	switch w, seen := s.sought, s.last; {
	case w.File != nil:
		f := seen.File
		return f != nil && f.NotFile == "" && f.Size >= w.File.MinSize && !f.Modified.Before(w.File.After) && s.at.Sub(seen.Since) >= time.Duration(w.File.StableFor)
	case w.Check != nil:
		return seen.Check != nil && seen.Check.Yes
	case w.Run != nil:
		return seen.Run != nil && seen.Run.Stands == fact.RunSucceeded
	}
	return false
}

// fails reports whether the last look is a ground for a failure of that kind.
func (s sighting) fails(kind fact.FailureKind) bool {
	if s.last == nil || s.sought == nil {
		return false
	}
	blind := s.last.Trouble != "" && s.last.Troubles >= 3
	switch kind {
	case fact.TimedOut:
		return !s.until.IsZero() && !s.at.Before(s.until) && !s.there()
	case fact.FileFailed:
		return blind && s.sought.File != nil
	case fact.CheckFailed:
		return blind && s.sought.Check != nil
	case fact.PlanFailed:
		if s.sought.Run == nil {
			return false
		}
		run := s.last.Run
		return blind || s.sought.Run.Strict && run != nil && (run.Stands == fact.RunFailed || run.Stands == fact.RunCanceled)
	}
	return false
}
