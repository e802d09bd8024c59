package virtual

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
)

// Senses see what a scenario says is there beside the scheduler. Nothing real is looked at, and no command is run.
type Senses struct {
	Beside sim.Beside
	Start  time.Time // of the night
	Zone   *time.Location
	Now    func() time.Time
}

// Look looks once.
func (s Senses) Look(_ context.Context, what fact.Sought) fact.Sight {
	switch {
	case what.File != nil:
		return s.file(*what.File)
	case what.Check != nil:
		return s.check(*what.Check)
	}
	return s.run(*what.Run)
}

// come reports whether a moment of the night has come. The zero When was before it.
func (s Senses) come(w sim.When) bool { return w.IsZero() || !s.Now().Before(s.moment(w)) }

func (s Senses) moment(w sim.When) time.Time {
	if w.IsZero() {
		return s.Start
	}
	return w.In(s.Start, s.Zone)
}

// file is the newest file of the scenario that is there under a path or pattern. One that the scenario does not name is there.
func (s Senses) file(want fact.SoughtFile) fact.Sight {
	names := []string{want.Path}
	if _, named := s.Beside.Files[want.Path]; !named {
		names = s.matching(want.Path)
	}
	if len(names) == 0 {
		return fact.Sight{File: s.seen(want.Path, sim.File{}, want)}
	}
	var newest *fact.SeenFile
	for _, name := range names {
		f := s.Beside.Files[name]
		switch {
		case f.Trouble != "":
			return fact.Sight{Trouble: f.Trouble}
		case f.Never || !s.come(f.Appears):
			continue
		}
		if seen := s.seen(name, f, want); newest == nil || Newer(*seen, *newest) {
			newest = seen
		}
	}
	return fact.Sight{File: newest}
}

// matching are the files of the scenario that a pattern matches, in order.
func (s Senses) matching(pattern string) (names []string) {
	if !strings.ContainsAny(pattern, `*?[\`) {
		return nil
	}
	for name := range s.Beside.Files {
		if fits, _ := path.Match(pattern, name); fits {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Newer reports whether a is taken and not b, of two files that a pattern matches: the one modified last, and of two of one moment
// the one whose name comes last.
func Newer(a, b fact.SeenFile) bool {
	if c := a.Modified.Compare(b.Modified); c != 0 {
		return c > 0
	}
	return a.Path > b.Path
}

// seen is a file as it stands now.
func (s Senses) seen(name string, f sim.File, want fact.SoughtFile) *fact.SeenFile {
	whole := max(1, want.MinSize)
	if f.Size != nil {
		whole = *f.Size
	}
	from, now := s.moment(f.Appears), s.Now()
	out := &fact.SeenFile{Path: name, Size: whole, Modified: from}
	if f.Appears.IsZero() && f.GrowsUntil.IsZero() && from.Before(want.After) {
		out.Modified = want.After
	}
	if !f.GrowsUntil.IsZero() {
		until := s.moment(f.GrowsUntil)
		if out.Modified = until; now.Before(until) {
			share := float64(now.Sub(from)) / float64(until.Sub(from))
			out.Size, out.Modified = int64(float64(whole)*share), now
		}
	}
	if !f.Modified.IsZero() {
		out.Modified = s.moment(f.Modified)
	}
	out.Modified = out.Modified.UTC().Truncate(time.Microsecond)
	return out
}

func (s Senses) check(want fact.SoughtCheck) fact.Sight {
	c := s.Beside.Checks[want.Name]
	switch {
	case c.Trouble != "":
		return fact.Sight{Trouble: c.Trouble}
	case c.Never || !s.come(c.Ready):
		return fact.Sight{Check: &fact.SeenCheck{Line: c.Line}}
	}
	return fact.Sight{Check: &fact.SeenCheck{Yes: true}}
}

// run is the newest run of a plan. It has an id that no real run has.
func (s Senses) run(want fact.SoughtRun) fact.Sight {
	r := s.Beside.Plans[want.Plan]
	if !s.come(r.Starts) {
		return fact.Sight{}
	}
	seen := &fact.SeenRun{ID: "simulated-" + want.Plan, Stands: fact.RunGoesOn}
	switch {
	case !r.Never && s.come(r.Succeeds):
		seen.Stands = fact.RunSucceeded
	case !r.Fails.IsZero() && s.come(r.Fails):
		seen.Stands = fact.RunFailed
	}
	return fact.Sight{Run: seen}
}
