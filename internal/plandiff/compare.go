package plandiff

import (
	"bytes"
	"slices"
	"strings"

	"ofsplan/internal/forecast"
	"ofsplan/internal/readable"
	"ofsplan/internal/source"
	"ofsplan/plan"
)

// A Side is one of the two plans, bound to the night, and what it would send.
type Side struct {
	Resolved *plan.Resolved
	Forecast *forecast.Forecast
}

// A Difference is what changes from one plan to another.
type Difference struct {
	Changed bool         `json:"changed"`        // anything that counts
	Same    string       `json:"same,omitempty"` // when nothing has: what is different all the same
	Old     Version      `json:"old"`
	New     Version      `json:"new"`
	Plan    []Change     `json:"plan,omitempty"`  // of the plan as a whole
	Steps   []StepChange `json:"steps,omitempty"` // in the order of the new plan, those that are gone last
	Words   []string     `json:"words,omitempty"` // whose texts for people have changed; that does not count
	Nights  []Night      `json:"nights,omitempty"`
}

// A Version is one of the two plans as it stands for this night.
type Version struct {
	File    string `json:"file"`
	Plan    string `json:"plan"`
	Target  string `json:"target"`
	Start   string `json:"starts_at"`
	MISDate string `json:"misdate,omitempty"`
}

// A Change is one thing that is not what it was: a value, or lines that come and go.
type Change struct {
	What  string   `json:"what"`
	Was   string   `json:"was,omitempty"`
	Is    string   `json:"is,omitempty"`
	Lines []string `json:"lines,omitempty"` // "- " before what goes, "+ " before what comes, two blanks before what stays
}

// The kinds of changes to a step.
const (
	Added   = "added"
	Removed = "removed"
	Renamed = "renamed" // and nothing else
	Changed = "changed"
)

// A StepChange is what changes about one step.
type StepChange struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	WasID   string   `json:"was_id,omitempty"` // of a renamed one
	At      string   `json:"at"`               // in the new plan; of one that is gone, in the old
	Does    string   `json:"does"`
	After   []string `json:"after,omitempty"` // of a new one: what it waits for directly
	Changes []Change `json:"changes,omitempty"`
}

// Compare finds what changes.
func Compare(old, new Side) *Difference {
	d := &Difference{Old: versionOf(old.Resolved), New: versionOf(new.Resolved)}
	c := &comparison{old: newIndexed(old), new: newIndexed(new)}
	c.match()
	d.Plan = comparePlans(old.Resolved, new.Resolved)
	d.Steps = c.steps()
	d.Words = c.words()
	d.Changed = len(d.Plan)+len(d.Steps) > 0
	if !d.Changed {
		d.Same = sameness(old.Resolved.Plan, new.Resolved.Plan, len(d.Words) > 0)
	}
	return d
}

func versionOf(r *plan.Resolved) Version {
	v := Version{File: r.File, Plan: r.Name, Target: r.Target, Start: readable.Stamp(r.StartedAt)}
	if !r.MISDate.IsZero() {
		v.MISDate = r.MISDate.Format("2006-01-02")
	}
	return v
}

// sameness says what is different of two plans that come to the same.
func sameness(old, new *plan.Plan, words bool) string {
	a, b := old.Sources, new.Sources
	alike := func(same func(a, b []byte) bool) bool {
		return slices.EqualFunc(a, b, func(a, b plan.Source) bool { return same(a.Data, b.Data) })
	}
	switch {
	case alike(bytes.Equal):
		return "the files are the same, byte for byte"
	case alike(sameValues):
		return "only comments and layout differ"
	case words:
		return "only comments, layout and texts for people differ"
	}
	return "the files are written differently, and come to the same"
}

// sameValues reports whether two files hold the same values.
func sameValues(a, b []byte) bool {
	x, errs := source.Parse("", a)
	y, more := source.Parse("", b)
	return len(errs)+len(more) == 0 && source.Differs(x, y) == nil
}

// A comparison is two plans whose steps have been brought together.
type comparison struct {
	old, new *indexed
	pair     []int // by new step: the old one; -1: it is new
	gone     []int // old steps without a new one
	renamed  map[int]bool
}

// match brings steps together: those with one id, and those of which one is gone and one is new that are the same but for it,
// when no other is so too.
func (c *comparison) match() {
	c.pair, c.renamed = make([]int, len(c.new.steps)), map[int]bool{}
	taken := make([]bool, len(c.old.steps))
	var fresh []int
	for i, s := range c.new.steps {
		j, known := c.old.byID[s.ID]
		if !known {
			j = -1
			fresh = append(fresh, i)
		} else {
			taken[j] = true
		}
		c.pair[i] = j
	}
	was := make(map[string][]int)
	for j, is := range taken {
		if !is {
			key := c.old.signature(j)
			was[key] = append(was[key], j)
		}
	}
	now := make(map[string][]int)
	for _, i := range fresh {
		key := c.new.signature(i)
		now[key] = append(now[key], i)
	}
	called := make(map[string]string)
	for _, i := range fresh {
		key := c.new.signature(i)
		if len(was[key]) == 1 && len(now[key]) == 1 {
			c.pair[i], c.renamed[i] = was[key][0], true
			taken[was[key][0]] = true
			called[c.old.steps[was[key][0]].ID] = c.new.steps[i].ID
		}
	}
	if len(called) > 0 {
		c.old.renames(called)
	}
	for j, is := range taken {
		if !is {
			c.gone = append(c.gone, j)
		}
	}
}

// steps are the changes to steps.
func (c *comparison) steps() (all []StepChange) {
	waits := newWaits(c)
	for i, s := range c.new.steps {
		one := StepChange{ID: s.ID, Kind: Changed, At: s.Pos.String(), Does: c.new.does(i)}
		j := c.pair[i]
		if j < 0 {
			one.Kind, one.After = Added, waits.after(i)
			if tonight := c.new.tonight(i); tonight != runs {
				one.Changes = []Change{{What: "tonight", Is: tonight}}
			}
			all = append(all, one)
			continue
		}
		one.Changes = append(c.compare(j, i), waits.changes(i)...)
		if c.renamed[i] {
			if one.WasID = c.old.steps[j].ID; len(one.Changes) == 0 {
				one.Kind = Renamed
			}
			all = append(all, one)
			continue
		}
		if len(one.Changes) > 0 {
			all = append(all, one)
		}
	}
	for _, j := range c.gone {
		s := c.old.steps[j]
		all = append(all, StepChange{ID: s.ID, Kind: Removed, At: s.Pos.String(), Does: c.old.does(j)})
	}
	return all
}

// words are whose texts for people have changed.
func (c *comparison) words() (all []string) {
	note := func(who string, old, new plan.Text) {
		var what []string
		for _, one := range []struct{ key, old, new string }{
			{"name", old.Name, new.Name}, {"description", old.Description, new.Description}, {"runbook", old.Runbook, new.Runbook},
		} {
			if one.old != one.new {
				what = append(what, one.key)
			}
		}
		if len(what) > 0 {
			all = append(all, who+": "+strings.Join(what, ", "))
		}
	}
	note("the plan", plan.Text{Description: c.old.Resolved.Description}, plan.Text{Description: c.new.Resolved.Description})
	for _, p := range c.new.Resolved.Params {
		for _, q := range c.old.Resolved.Params {
			if p.Name == q.Name {
				note("params."+p.Name, plan.Text{Description: q.Description}, plan.Text{Description: p.Description})
			}
		}
	}
	for i, s := range c.new.steps {
		if j := c.pair[i]; j >= 0 {
			note(s.ID, c.old.steps[j].Text, s.Text)
		}
	}
	return all
}
