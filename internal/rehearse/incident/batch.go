package incident

import (
	"slices"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// least is the shortest time after which something can end before its time.
const least = time.Millisecond

// batch is what is known of a batch.
func (f *finder) batch(r *pastRun) sim.Batch {
	var b sim.Batch
	parts, fits := levelsOf(r)
	if !fits {
		f.unsure("the tasks of %s did not go in the same order each time: they are told as far as one order goes", r.code)
	}
	before := r.before()
	length := make([]*sim.Length, len(parts))
	for _, sure := range []func(*pastStart) bool{(*pastStart).restarted, (*pastStart).succeeded, (*pastStart).seen} {
		for i, s := range r.starts {
			if sure(s) {
				parts.lengths(r, s, before[i], length)
			}
		}
	}
	for i, s := range r.starts {
		f.unseen(r, s, i)
		b.Starts = append(b.Starts, f.oneStart(r, s, parts, before[i], length))
	}
	for i, level := range parts {
		for _, code := range level {
			t := sim.Task{Code: code, Duration: length[i]}
			if i > 0 {
				t.After = slices.Clone(parts[i-1])
			}
			b.Tasks = append(b.Tasks, t)
		}
	}
	simplify(&b)
	return b
}

// unseen says what nobody saw of a start.
func (f *finder) unseen(r *pastRun, s *pastStart, i int) {
	if len(s.looks) == 0 && !s.stopped && s.refuse == 0 {
		f.unsure("nobody looked at start %d of %s %s: it goes as a start of which nothing is said", i+1, r.object, r.code)
	}
}

// simplify says once what all starts have in common, and leaves out what goes without saying.
func simplify(b *sim.Batch) {
	if len(b.Tasks) == 0 {
		for _, s := range b.Starts {
			if s.Duration != nil {
				b.Duration = s.Duration
				break
			}
		}
		for i := range b.Starts {
			if s := &b.Starts[i]; s.Duration != nil && *s.Duration == *b.Duration {
				s.Duration = nil
			}
		}
	}
	b.Starts = trimmed(b.Starts)
}

// trimmed leaves out the starts at the end that go as any start does.
func trimmed(starts []sim.Start) []sim.Start {
	n := len(starts)
	for n > 0 && isZero(starts[n-1]) {
		n--
	}
	if n == 0 {
		return nil
	}
	return starts[:n]
}

func isZero(s sim.Start) bool {
	return s.Fails == "" && s.Hangs == "" && s.Holds == nil && s.AbortsAt == 0 && s.InterruptedAt == 0 && s.Refuse == 0 &&
		s.Duration == nil && !s.NewID
}

// before is how each start found the tasks or members: nil where all is to be done.
func (r *pastRun) before() [][]fact.Part {
	all := make([][]fact.Part, len(r.starts))
	var left []fact.Part // by the start before
	for i, s := range r.starts {
		if s.op == runner.OpRestart {
			all[i] = left
		}
		if n := len(s.looks); n > 0 {
			left = s.looks[n-1].parts(r.object)
		}
	}
	return all
}

// seen reports whether anybody looked at the start.
func (s *pastStart) seen() bool { return len(s.looks) > 0 }

// restarted reports whether the start went on from another one and succeeded: what was left took exactly as long.
func (s *pastStart) restarted() bool { return s.op == runner.OpRestart && s.succeeded() }

// lengths fills in how long levels take that nobody told before, as far as this start tells.
func (l levels) lengths(r *pastRun, s *pastStart, before []fact.Part, length []*sim.Length) {
	c := l.course(r, s, before, length)
	last := s.looks[len(s.looks)-1].parts(r.object)
	for i := range l {
		if i <= c.stop && length[i] == nil && !l.done(i, before) && l.rank(i, last) == rankDone {
			length[i] = sim.Lasting(c.ends[i] - c.from[i])
		}
	}
}

// oneStart is what is known of one start of a batch.
func (f *finder) oneStart(r *pastRun, s *pastStart, parts levels, before []fact.Part, length []*sim.Length) sim.Start {
	if s.refuse != 0 {
		return sim.Start{Refuse: s.refuse}
	}
	st := sim.Start{NewID: s.newID}
	if !s.seen() {
		if s.stopped {
			st.Hangs = sim.Whole // it went on for as long as anybody cared
		}
		return st
	}
	f.ending(&st, r, s, parts)
	switch {
	case !s.succeeded():
	case len(parts) == 0:
		st.Duration = sim.Lasting(s.until())
	default:
		total := time.Duration(0)
		for i := range parts {
			if length[i] != nil && !parts.done(i, before) {
				total += length[i].Mean
			}
		}
		switch {
		case total == s.until():
		case total < s.until() && before == nil && len(s.order.Excluded) == 0:
			st.Duration = sim.Lasting(s.until())
		default:
			f.unsure("a start of %s took %s; here its tasks take %s", r.code, readable.Duration(s.until()), readable.Duration(total))
		}
	}
	return st
}

// until is when the start was seen to be over, or last seen.
func (s *pastStart) until() time.Duration {
	if e := s.end(); e != nil {
		return e.from
	}
	return s.looks[len(s.looks)-1].from
}

// ending tells how a start ended that was looked at.
func (f *finder) ending(st *sim.Start, r *pastRun, s *pastStart, parts levels) {
	last := &s.looks[len(s.looks)-1]
	if e := s.end(); e != nil {
		last = e
	}
	at := max(least, last.from)
	st.Holds = s.held(r, last)
	switch last.seen.Status {
	case fact.StatusSucceeded:
	case fact.StatusFailed:
		st.Fails, st.At = sim.Whole, at
		if codes := first(last.parts(r.object), fact.StatusFailed); len(codes) > 0 {
			st.Fails, st.At = codes[0], max(least, s.since(r, codes[0], fact.StatusFailed))
			if len(codes) > 1 {
				f.unsure("a start of %s ended with %d failed tasks; a scenario can let one fail", r.code, len(codes))
			}
		}
	case fact.Aborted:
		st.AbortsAt = at
		f.keep(st, r, last, fact.Aborted)
	case fact.Interrupted:
		if st.InterruptedAt = at; s.stopped {
			st.InterruptedAt, st.Hangs = 0, sim.Whole
		}
		f.keep(st, r, last, fact.Interrupted)
	case fact.Excluded:
		f.unsure("the scheduler excluded a start of %s; a scenario cannot", r.code)
	default:
		if st.Holds == nil {
			st.Hangs = sim.Whole
			f.keep(st, r, last, fact.Ongoing)
		}
	}
	if parts == nil && (st.Fails != sim.Whole && st.Fails != "" || st.Hangs != sim.Whole && st.Hangs != "") {
		st.Fails, st.Hangs = "", sim.Whole
	}
}

// keep lets the task that was going on go on for ever, where that is what was seen.
func (f *finder) keep(st *sim.Start, r *pastRun, last *pastLook, status fact.Status) {
	if codes := first(last.parts(r.object), status); len(codes) > 0 && r.object == fact.Batch {
		st.Hangs = codes[0]
	}
}

// held are the parts that were seen held and not ordered so.
func (s *pastStart) held(r *pastRun, l *pastLook) []string {
	var codes []string
	for _, code := range first(l.parts(r.object), fact.Held) {
		if !slices.Contains(s.order.Held, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// first are the codes of the parts in one state, in the scheduler's order.
func first(parts []fact.Part, in fact.Status) []string {
	var codes []string
	for _, p := range parts {
		if p.Status == in {
			codes = append(codes, p.Code)
		}
	}
	return codes
}

// since is when a part was first seen in a state.
func (s *pastStart) since(r *pastRun, code string, in fact.Status) time.Duration {
	for i := range s.looks {
		if slices.Contains(first(s.looks[i].parts(r.object), in), code) {
			return s.looks[i].from
		}
	}
	return 0
}

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
