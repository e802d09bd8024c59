package sim

import (
	"slices"
	"time"
)

// trigger starts a batch or a group.
func (s *Scheduler) trigger(c *call) Reply {
	r, no := s.open(opening{order: c.order, key: c.order.code, at: c.at})
	if r == nil {
		return c.refuse(no.code, no.details)
	}
	s.carry(c, r, "")
	return c.accept(s.answers(c, r.id))
}

// named finds the run a request is about, by id and by the name that has to go with it.
func (s *Scheduler) named(c *call) (*run, refusal) {
	r := s.runs[c.runID]
	switch {
	case r == nil:
		return nil, refusal{callNoObject, "there is no run " + c.runID}
	case r.order.code != c.code:
		return nil, refusal{callBadArguments, c.runID + " is no run of " + c.code}
	}
	return r, refusal{}
}

// interrupt stops a run that is ongoing or held.
func (s *Scheduler) interrupt(c *call) Reply {
	r, no := s.named(c)
	if r == nil {
		return c.refuse(no.code, no.details)
	}
	switch r.at(c.at) {
	case codeOngoing, codeHeld:
	case codeInterrupted:
		return c.refuse(callInterrupted, "")
	default:
		return c.refuse(callNotOngoing, "")
	}
	if r.fixed != 0 || r.begin == never {
		return c.refuse(callNotOngoing, "it was not started")
	}
	r.stop(c.at, codeInterrupted)
	s.carry(c, r, r.id)
	return c.accept(r.id)
}

// restart goes on with a run from where it stopped, and releases what was held.
func (s *Scheduler) restart(c *call) Reply {
	r, no := s.named(c)
	if r == nil {
		return c.refuse(no.code, no.details)
	}
	switch r.at(c.at) {
	case codeSuccess, codeExcluded:
		return c.refuse(callNoJob, "nothing of it is left to do")
	case codeOngoing, codeNotStarted:
		return c.refuse(callBadArguments, "it is not over")
	}
	number, no := s.count(r.key, r.script)
	if no.code != 0 {
		return c.refuse(no.code, no.details)
	}
	from, start := r.id, r.start(number)
	if start.NewID {
		r = s.copyRun(r, number, c.at)
	}
	var was *snapshot
	if !start.NewID {
		was = r.shown(c.at)
	}
	r.number, r.fixed = number, 0
	s.resume(r, start, c.at)
	r.leg.was = was
	s.carry(c, r, from)
	return c.accept(s.answers(c, r.id))
}

// copyRun is the same run under a new id; the old one stays as it was.
func (s *Scheduler) copyRun(r *run, number int, at time.Duration) *run {
	again := *r
	again.group, again.members = nil, nil
	for _, m := range r.members {
		moved := *m
		moved.group = &again
		again.members = append(again.members, &moved)
		s.runs[m.id] = &moved
	}
	again.id = s.mint(r.order, at)
	s.runs[again.id] = &again
	return &again
}

// resume plans what is left of a run.
func (s *Scheduler) resume(r *run, start Start, at time.Duration) {
	if r.members == nil {
		r.leg = r.unit.plan(course{s.sc.Seed, r.key, r.number, start, r.left(at, start.Holds)})
		r.begin = at
		r.tellGroup(at)
		return
	}
	for i, m := range r.members {
		if code := m.at(at); code == codeSuccess || code == codeExcluded {
			continue
		}
		m.fixed = 0
		if m.begin <= at {
			s.planMember(m, m.left(at, m.start(s.starts[m.key]+1).Holds))
		}
		if m.begin = never; slices.Contains(start.Holds, r.graph.names[i]) {
			m.fixed = codeHeld
		}
	}
	r.leg, r.begin = groupLeg(start), at
	r.settle(at)
}

// left is what a start that goes on has to do, and what it holds.
func (r *run) left(now time.Duration, holds []string) []int {
	fixed := r.done(now)
	for i, code := range fixed {
		if code == codeNotStarted && slices.Contains(holds, r.unit.names[i]) {
			fixed[i] = codeHeld
		}
	}
	return fixed
}

// rerun runs everything again, as a new run.
func (s *Scheduler) rerun(c *call) Reply {
	r, no := s.named(c)
	if r == nil {
		return c.refuse(no.code, no.details)
	}
	if code := r.at(c.at); code == codeOngoing || code == codeNotStarted {
		return c.refuse(callBadArguments, "it is not over")
	}
	o := opening{order: r.order, key: r.key, unit: r.unit, apart: r.apart, at: c.at}
	if c.style.sameID {
		o.id = r.id
	}
	again, no := s.open(o)
	if again == nil {
		return c.refuse(no.code, no.details)
	}
	if c.style.sameID {
		again.leg.was = r.shown(c.at)
	}
	s.carry(c, again, r.id)
	return c.accept(s.answers(c, again.id))
}
