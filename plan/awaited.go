package plan

import (
	"path"
	"slices"
)

// Awaited is what a run waits for that is not at the scheduler, as far as that is known before it starts.
type Awaited struct {
	Files  []string // paths and patterns
	Checks []string // names
	Plans  []string // likewise
	// Unclear is true when some files or plans are known at run time only, so that it may wait for any other, too.
	Unclear bool
}

// await takes what a step waits for.
func (a *Awaited) await(r *Resolved, s *Step) {
	v, senses := s.verb().(Sensor)
	switch {
	case !senses:
		return
	case s.Whole(): // its items say it, and of no items nobody knows
		a.Unclear = a.Unclear || len(r.Items(s)) == 0
		return
	}
	for value := range v.values() {
		if !value.Fixed() {
			a.Unclear = true
		}
	}
	sought, err := r.PreviewSought(s, nil)
	switch {
	case err != nil:
		a.Unclear = true
	case sought.File != nil:
		a.Files = append(a.Files, sought.File.Path)
	case sought.Check != nil:
		a.Checks = append(a.Checks, sought.Check.Name)
	default:
		a.Plans = append(a.Plans, sought.Run.Plan)
	}
}

// MayTake reports whether a file may be one that is waited for.
func (a Awaited) MayTake(file string) bool {
	return a.Unclear || slices.ContainsFunc(a.Files, func(pattern string) bool {
		fits, _ := path.Match(pattern, file)
		return fits || pattern == file
	})
}
