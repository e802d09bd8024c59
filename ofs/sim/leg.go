package sim

import "time"

// A leg is one start of a batch run, planned to its end. Times count from the start.
type leg struct {
	spans []span // by task
	end   time.Duration
	code  int // of the run from end on
	// cut is when the run stops before its end, and cutCode what it and its ongoing tasks are then.
	cut     time.Duration
	cutCode int
	was     *snapshot // what the run showed when it was started again under this id; nil: it was not
}

// A span is when a task begins and ends, and with which code. One that has its code from the beginning lasts
// from 0 to 0; one that never begins has both times at never.
type span struct {
	from, to time.Duration
	code     int
}

// at is the task's code at that time.
func (s span) at(e time.Duration) int {
	switch {
	case e < s.from:
		return codeNotStarted
	case e < s.to:
		return codeOngoing
	}
	return s.code
}

// plan works out one start.
func (u *unit) plan(c course) leg {
	whole, lengths := u.drawn(c)
	l := leg{cut: never}
	fails, hangs := c.start.Fails, c.start.Hangs
	if l.script(c.start); fails == Whole && c.start.At > 0 {
		fails = "" // that is the cut
	}
	if len(u.names) == 0 {
		l.end = whole
		if fails == Whole {
			l.code = codeFailure
		}
		if hangs == Whole {
			l.end = never
		}
	} else {
		u.walk(&l, c, lengths, ending{fails, hangs})
		if u.lastsWhole(c, l.code) {
			l.end = max(l.end, whole)
		}
	}
	if l.cut != never && l.cut > l.end {
		l.end = never // the script says how it ends, so it lasts until then
	}
	return l
}

// lastsWhole reports whether a run that ends with that code has taken the whole batch's time by then, and not only
// that of its tasks: when it does all of them, or when there are others that nobody named.
func (u *unit) lastsWhole(c course, code int) bool {
	if c.has(codeSuccess) {
		return false // it goes on from where it stopped
	}
	if u.scripted {
		return code == codeSuccess && !c.has(codeExcluded)
	}
	return code != codeFailure
}

// script cuts the leg where the script stops it, at the earliest time it names.
func (l *leg) script(s Start) {
	stop := func(at time.Duration, code int) {
		if at > 0 && at < l.cut {
			l.cut, l.cutCode = at, code
		}
	}
	stop(s.AbortsAt, codeAborted)
	stop(s.InterruptedAt, codeInterrupted)
	if s.Fails == Whole {
		stop(s.At, codeFailure)
	}
}

// An ending is which tasks end badly, or never.
type ending struct{ fails, hangs string }

// walk fills in the tasks and with them the end of the run.
func (u *unit) walk(l *leg, c course, lengths []time.Duration, e ending) {
	l.spans = make([]span, len(u.names))
	if e.fails == Whole || e.hangs == Whole {
		u.lay(l.spans, c, lengths, ending{})
		last := u.names[lastOf(l.spans)]
		if e.fails == Whole {
			e.fails = last
		}
		if e.hangs == Whole {
			e.hangs = last
		}
	}
	u.lay(l.spans, c, lengths, e)
	held := false
	for _, s := range l.spans {
		held = held || s.code == codeHeld
		if s.from == never {
			continue
		}
		l.end = max(l.end, s.to)
		if s.code == codeFailure {
			l.code = codeFailure
		}
	}
	if held && l.code == codeSuccess {
		l.code = codeHeld
	}
}

// lay puts each task behind those it comes after.
func (u *unit) lay(spans []span, c course, lengths []time.Duration, e ending) {
	ready := make([]time.Duration, len(spans)) // when what comes after a task may begin
	for _, i := range u.order {
		from := time.Duration(0)
		for _, j := range u.after[i] {
			from = max(from, ready[j])
		}
		ready[i] = never
		switch {
		case c.is(i, codeSuccess):
			spans[i], ready[i] = span{code: codeSuccess}, 0
		case c.is(i, codeExcluded):
			spans[i], ready[i] = span{code: codeExcluded}, from
		case c.is(i, codeHeld):
			spans[i] = span{code: codeHeld}
		case from == never:
			spans[i] = span{never, never, codeNotStarted}
		case u.names[i] == e.hangs:
			spans[i] = span{from, never, codeSuccess}
		case u.names[i] == e.fails && c.start.At > 0:
			spans[i] = span{from, max(from, c.start.At), codeFailure}
		case u.names[i] == e.fails:
			spans[i] = span{from, from + lengths[i], codeFailure}
		default:
			spans[i] = span{from, from + lengths[i], codeSuccess}
			ready[i] = spans[i].to
		}
	}
}

// lastOf is the task that ends last, of those that run; the later one of two that end together.
func lastOf(spans []span) int {
	last, end := 0, time.Duration(-1)
	for i, s := range spans {
		ran := s.from != never && s.code == codeSuccess
		if ran && s.to >= end {
			last, end = i, s.to
		}
	}
	return last
}
