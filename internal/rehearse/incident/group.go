package incident

import (
	"slices"

	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
)

// group is what is known of a group. A member goes by a script of its own, so that each start takes as long as it did.
func (f *finder) group(r *pastRun) sim.Group {
	var g sim.Group
	parts, fits := levelsOf(r)
	if !fits {
		f.unsure("the members of %s did not go in the same order each time: they are told as far as one order goes", r.code)
	}
	scripts := map[string][]sim.Start{}
	before := r.before()
	for i, s := range r.starts {
		f.unseen(r, s, i)
		g.Starts = append(g.Starts, f.groupStart(r, s, parts, before[i], scripts))
	}
	g.Starts = trimmed(g.Starts)
	for i, level := range parts {
		for _, code := range level {
			own := sim.Batch{Starts: scripts[code]}
			simplify(&own)
			m := sim.Member{Code: code, Own: &own}
			if i > 0 {
				m.After = slices.Clone(parts[i-1])
			}
			g.Members = append(g.Members, m)
		}
	}
	if g.Members == nil {
		g.Members = f.strangers(r)
	}
	return g
}

// strangers stand for members that nobody saw.
func (f *finder) strangers(r *pastRun) []sim.Member {
	var members []sim.Member
	for _, s := range r.starts {
		if members == nil || len(s.order.Members) > 0 {
			members = scenario.MembersOf(s.order)
		}
	}
	var own sim.Batch
	for _, s := range r.starts {
		if len(s.looks) > 0 && own.Duration == nil {
			own.Duration = sim.Lasting(s.until())
		}
	}
	for i := range members {
		members[i].Own = &own
	}
	return members
}

// groupStart is one start of a group, and with it one of each of its members that took part.
func (f *finder) groupStart(r *pastRun, s *pastStart, parts levels, before []fact.Part, scripts map[string][]sim.Start) sim.Start {
	if s.refuse != 0 {
		return sim.Start{Refuse: s.refuse}
	}
	st := sim.Start{NewID: s.newID}
	if len(s.looks) == 0 {
		if s.stopped {
			st.Hangs = sim.Whole
		}
		for _, level := range parts {
			for _, code := range level {
				if !slices.Contains(s.order.Excluded, code) {
					scripts[code] = append(scripts[code], sim.Start{})
				}
			}
		}
		return st
	}
	f.ending(&st, r, s, parts)
	if len(parts) == 0 {
		return st
	}
	whole := st
	st.Fails, st.At = "", 0
	c := parts.course(r, s, before, make([]*sim.Length, len(parts)))
	last := &s.looks[len(s.looks)-1]
	failing := false
	for i, level := range parts {
		for _, code := range level {
			rank := rankOf(last.parts(r.object), code)
			if before != nil && rankOf(before, code) == rankDone || rank == rankNone {
				continue
			}
			own := sim.Start{}
			switch {
			case slices.Contains(first(last.parts(r.object), fact.StatusFailed), code):
				own.Fails, own.At = sim.Whole, max(least, s.since(r, code, fact.StatusFailed)-c.from[i])
				failing = true
			case rank == rankActive:
				own.Hangs = sim.Whole
			case rank == rankDone:
				own.Duration = sim.Lasting(c.ends[i] - c.from[i])
			}
			if rank != rankWaiting || before == nil {
				scripts[code] = append(scripts[code], own)
			}
		}
	}
	if whole.Fails != "" && !failing {
		st.Fails, st.At = sim.Whole, whole.At
	}
	return st
}
