package incident

import (
	"slices"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
)

// An audit log seldom tells when a task began or ended: only answers that decided something are in it. So tasks, and the
// members of a group alike, are put into levels that follow each other, as few as the answers allow, and what
// nobody saw is shared out evenly.
//
//	seen at 4m: A succeeded, B ongoing, C not started      level 0: A, until 2m    level 1: B    level 2: C

// levels are the parts of a batch or group, those that go on side by side together.
type levels [][]string

// levelsOf sorts parts into levels by everything that was seen of them. False means that the answers contradict
// each other, as those of two starts may.
func levelsOf(r *pastRun) (levels, bool) {
	var all levels
	known := map[string]bool{}
	add := func(code string) {
		if !known[code] {
			known[code] = true
			if all == nil {
				all = levels{nil}
			}
			all[0] = append(all[0], code)
		}
	}
	for _, s := range r.starts {
		for i := range s.looks {
			for _, p := range s.looks[i].parts(r.object) {
				add(p.Code)
			}
		}
	}
	if all == nil {
		return nil, true
	}
	for _, s := range r.starts {
		for _, code := range named(s.order) {
			add(code)
		}
	}
	fits := true
	for _, s := range r.starts {
		for i := range s.looks {
			fits = all.refine(s.looks[i].parts(r.object)) && fits
		}
	}
	return all, fits
}

// named are the tasks or members that an order speaks of.
func named(o fact.Order) []string {
	var codes []string
	for _, t := range o.Tasks {
		codes = append(codes, t.Task)
	}
	for _, m := range o.Members {
		codes = append(codes, m.Code)
	}
	return slices.Concat(codes, o.Excluded, o.Held, o.Included)
}

// The ranks of a part in one answer.
const (
	rankDone = iota
	rankActive
	rankWaiting
	rankNone // it says nothing of the order
)

func rankOf(parts []fact.Part, code string) int {
	for _, p := range parts {
		if p.Code != code {
			continue
		}
		switch p.Status {
		case fact.StatusSucceeded:
			return rankDone
		case fact.NotStarted:
			return rankWaiting
		case fact.Excluded, fact.Unknown:
			return rankNone
		}
		return rankActive
	}
	return rankNone
}

// refine splits levels so that what is done in an answer comes before what goes on, and that before what waits. An
// answer that does not fit changes nothing.
func (l *levels) refine(parts []fact.Part) bool {
	var finer levels
	least := rankDone
	for _, level := range *l {
		var split [rankNone][]string
		var rest []string
		for _, code := range level {
			if rank := rankOf(parts, code); rank == rankNone {
				rest = append(rest, code)
			} else if split[rank] = append(split[rank], code); rank < least {
				return false
			}
		}
		for rank, codes := range split {
			if len(codes) > 0 {
				finer = append(finer, append(codes, rest...))
				rest, least = nil, rank
			}
		}
		if rest != nil {
			finer = append(finer, rest)
		}
	}
	*l = finer
	return true
}

// A courseOf is when the levels of one start began and ended. It is told up to the level stop, which ended, or was last
// seen going on, at that time; later levels never began.
type courseOf struct {
	from []time.Duration // when each level began
	ends []time.Duration
	stop int
}

// course shares out the time of one start between the levels whose length nobody told before. Levels in which everything
// was done before it began take none.
func (l levels) course(r *pastRun, s *pastStart, before []fact.Part, known []*sim.Length) courseOf {
	c := courseOf{from: make([]time.Duration, len(l)), ends: make([]time.Duration, len(l)), stop: len(l) - 1}
	last := s.looks[len(s.looks)-1]
	until := s.until()
	var runs []int // the levels that take time
	for i := range l {
		if l.done(i, before) {
			continue
		}
		runs = append(runs, i)
		if rank := l.rank(i, last.parts(r.object)); rank == rankActive || rank == rankWaiting {
			c.stop = i
			break
		}
	}
	rest, unknown := until, 0
	for _, i := range runs {
		if known[i] != nil && i != c.stop {
			rest -= known[i].Mean
		} else {
			unknown++
		}
	}
	at := time.Duration(0)
	for _, i := range runs {
		c.from[i] = at
		switch {
		case known[i] != nil && i != c.stop:
			at += known[i].Mean
		case i == runs[len(runs)-1]:
			at = max(at, until)
		default:
			share := max(0, rest) / time.Duration(unknown)
			now := at
			at = l.between(r, s, i, at, at+share, until)
			rest, unknown = rest-(at-now), unknown-1
		}
		c.ends[i] = at
	}
	return c
}

// done reports whether all of a level was done before.
func (l levels) done(i int, before []fact.Part) bool {
	return before != nil && l.rank(i, before) == rankDone
}

// rank is the least advanced of a level's parts.
func (l levels) rank(i int, parts []fact.Part) int {
	worst := rankNone
	for _, code := range l[i] {
		if rank := rankOf(parts, code); rank != rankNone && (worst == rankNone || rank > worst) {
			worst = rank
		}
	}
	return worst
}

// between moves a guessed end to where the answers allow it.
func (l levels) between(r *pastRun, s *pastStart, i int, from, guess, until time.Duration) time.Duration {
	for k := range s.looks {
		look := &s.looks[k]
		switch l.rank(i, look.parts(r.object)) {
		case rankDone:
			guess = min(guess, look.from)
		case rankActive, rankWaiting:
			if look.at < until {
				guess = max(guess, look.at.Truncate(time.Millisecond)+time.Millisecond)
			}
		}
	}
	return max(from, min(guess, until)).Truncate(time.Millisecond)
}
