package sim

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

// An opening is a new batch run being made.
type opening struct {
	order *order
	id    string        // the batch run id; empty: one is made
	key   string        // whose starts are counted
	unit  *unit         // nil: the batch's own
	apart int           // with unit: which entry of the batch it is
	at    time.Duration // since the night began
}

// A refusal is why something is not carried out. The zero refusal means that it is.
type refusal struct {
	code    int
	details string
}

// open makes the batch run, or refuses to.
func (s *Scheduler) open(o opening) (*run, refusal) {
	if o.order.group {
		return s.openGroup(o)
	}
	u := o.unit
	if u == nil {
		var no refusal
		if u, o.key, o.apart, no = s.pick(o.order.code, o.order.part(o.order.code).params); u == nil {
			return nil, no
		}
	}
	return s.openBatch(o, u)
}

// batch finds a batch by its code.
func (s *Scheduler) batch(code string) (*unit, refusal) {
	if u := s.units[code]; u != nil {
		return u, refusal{}
	}
	if s.groups[code] != nil {
		return nil, refusal{callNoObject, code + " is a group"}
	}
	if s.sc.Unknown.Refuse {
		return nil, refusal{callNoObject, code + " is no batch"}
	}
	return s.unknown, refusal{}
}

// openBatch makes a run of one batch, or of a group of which nothing is known but its name.
func (s *Scheduler) openBatch(o opening, u *unit) (*run, refusal) {
	u = u.with(append(o.order.named(), o.order.part(o.order.code).tasks...))
	if u == nil {
		return nil, refusal{callBadArguments, "the order names a task that " + o.order.code + " does not have"}
	}
	if u.scripted && nothingLeft(o.order.fix(u.names, nil)) {
		return nil, refusal{callNoJob, "every task is excluded"}
	}
	number, no := s.count(o.key, &u.script)
	if no.code != 0 {
		return nil, no
	}
	start := u.start(number)
	r := &run{order: o.order, unit: u, key: o.key, script: &u.script, begin: o.at}
	r.number, r.apart = number, o.apart
	r.leg = u.plan(course{s.sc.Seed, o.key, number, start, o.order.fix(u.names, start.Holds)})
	s.enter(r, o)
	return r, refusal{}
}

// count is the number of the next start, unless the script refuses it. A start refused by its own line of the
// script is counted: the next one is the next line's.
func (s *Scheduler) count(key string, sc *script) (int, refusal) {
	number := s.starts[key] + 1
	code := sc.refuses(number)
	if code == 0 || sc.refuse == 0 {
		s.starts[key] = number
	}
	if code != 0 {
		return 0, refusal{code, "the scenario refuses start " + strconv.Itoa(number) + " of " + key}
	}
	return number, refusal{}
}

// enter gives the run its id.
func (s *Scheduler) enter(r *run, o opening) {
	r.id = o.id
	if r.id == "" {
		r.id = s.mint(r.order, o.at)
	}
	s.runs[r.id] = r
}

// mint makes a batch run id: code, as-of date, milliseconds of the epoch, and a number that is 1 in every sample there is. Two
// of one millisecond differ in it.
func (s *Scheduler) mint(o *order, at time.Duration) string {
	now := s.night.start.Add(at)
	date := cmp.Or(o.date, now.Format(time.DateOnly))
	for number := 1; ; number++ {
		id := fmt.Sprintf("%s_%s_%013d_%d", o.code, date, now.UnixMilli(), number)
		if s.runs[id] == nil {
			return id
		}
	}
}

// openGroup makes a run of a group and one of each of its members.
func (s *Scheduler) openGroup(o opening) (*run, refusal) {
	gu, no := s.group(o.order)
	if gu == nil {
		return nil, no
	}
	if len(gu.names) == 0 {
		return s.openBatch(o, s.unknown)
	}
	if strange := gu.stranger(o.order.named()); strange != "" {
		return nil, refusal{callBadArguments, strange + " is no member of " + o.order.code}
	}
	units, no := s.memberUnits(gu, o.order)
	if units == nil {
		return nil, no
	}
	left := !nothingLeft(o.order.fix(gu.names, nil))
	if !left && gu.scripted {
		return nil, refusal{callNoJob, "every member is excluded"}
	}
	number, no := s.count(o.key, &gu.script)
	if no.code != 0 {
		return nil, no
	}
	start := gu.start(number)
	r := &run{order: o.order, key: o.key, script: &gu.script, graph: &gu.graph, begin: o.at, leg: groupLeg(start)}
	if r.number = number; !left { // there are members that nobody named
		r.leg.end, _ = s.unknown.drawn(course{seed: s.sc.Seed, key: o.key, number: number})
	}
	s.enter(r, o)
	fixed := o.order.fix(gu.names, start.Holds)
	for i, u := range units {
		m := s.openMember(r, gu.names[i], u, gu.own[i] != nil)
		if fixed != nil && fixed[i] != codeNotStarted {
			m.fixed = fixed[i]
		}
		if m.fixed == codeExcluded {
			m.leg = u.idle(codeSuccess)
		} else {
			s.planMember(m, nil)
		}
		s.enter(m, opening{at: o.at})
		r.members = append(r.members, m)
	}
	r.settle(o.at)
	return r, refusal{}
}

// group finds a group by its code. One that the scenario does not name has the members its order names.
func (s *Scheduler) group(o *order) (*groupUnit, refusal) {
	if gu := s.groups[o.code]; gu != nil {
		return gu, refusal{}
	}
	if s.units[o.code] != nil {
		return nil, refusal{callNoObject, o.code + " is a batch"}
	}
	if s.sc.Unknown.Refuse {
		return nil, refusal{callNoObject, o.code + " is no group"}
	}
	var g Group
	seen := map[string]bool{}
	add := func(code string) {
		if !seen[code] {
			seen[code] = true
			g.Members = append(g.Members, Member{Code: code})
		}
	}
	for _, p := range o.parts {
		add(p.code)
	}
	for _, code := range o.named() {
		add(code)
	}
	gu := s.newGroupUnit(g)
	gu.scripted = false
	return gu, refusal{}
}

// memberUnits finds what each member does; nil when the order names what is not there.
func (s *Scheduler) memberUnits(gu *groupUnit, o *order) ([]*unit, refusal) {
	for _, p := range o.parts {
		if !gu.knows(p.code) {
			return nil, refusal{callBadArguments, p.code + " is no member of " + o.code}
		}
	}
	units := make([]*unit, len(gu.names))
	for i, code := range gu.names {
		u := gu.own[i]
		if u == nil {
			var no refusal
			if u, _, _, no = s.pick(code, o.part(code).params); u == nil {
				return nil, no
			}
		}
		if units[i] = u.with(o.part(code).tasks); units[i] == nil {
			return nil, refusal{callBadArguments, "the order names a task that " + code + " does not have"}
		}
	}
	return units, refusal{}
}

// openMember makes the run of a member, which settle then starts. With own it goes in its group as the group says.
func (s *Scheduler) openMember(g *run, code string, u *unit, own bool) *run {
	p := g.order.part(code)
	o := &order{code: code, date: cmp.Or(p.date, g.order.date), parts: []part{p}}
	m := &run{order: o, unit: u, key: code, script: &u.script, begin: never}
	if !own {
		_, m.key, m.apart, _ = s.pick(code, p.params)
	}
	m.group = g
	return m
}

// idle is a leg that does nothing and is over at once.
func (u *unit) idle(code int) leg {
	l := leg{cut: never, code: code, spans: make([]span, len(u.names))}
	for i := range l.spans {
		l.spans[i] = span{never, never, codeNotStarted}
	}
	return l
}

// planMember counts a start of a member and plans it. A member that the script refuses fails at once: the
// group was accepted, so there is nobody to tell.
func (s *Scheduler) planMember(m *run, fixed []int) {
	number := s.starts[m.key] + 1
	s.starts[m.key] = number
	start := m.start(number)
	m.number = number
	if m.refuses(number) != 0 {
		m.leg = m.unit.idle(codeFailure)
		return
	}
	if fixed == nil {
		fixed = (&order{}).fix(m.unit.names, start.Holds)
	}
	m.leg = m.unit.plan(course{s.sc.Seed, m.key, number, start, fixed})
}

// groupLeg is how a group ends apart from its members.
func groupLeg(start Start) leg {
	l := leg{cut: never}
	l.script(start)
	switch {
	case l.cut != never, start.Hangs == Whole:
		l.end = never
	case start.Fails == Whole:
		l.code = codeFailure
	}
	return l
}
