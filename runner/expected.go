package runner

import (
	"container/heap"
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// An Expectation is when a run is expected to be over, as it stands.
type Expectation struct {
	End  time.Time // when what is to come takes as long as it usually does
	Most time.Time // when each batch takes as long as in the slowest of twenty runs; never before End
	// Unknown are the steps that are not over of which nobody knows how long they take. They count as nothing.
	Unknown []string
	// Slow are the steps that run and have taken longer than they usually do.
	Slow []string
	// Slips is from when on the end moves though nothing happens, since a step takes longer than usual. Zero: it does not.
	Slips time.Time
}

// Expected is when the run is expected to be over, asked at that time, from the plan, what has happened, and what history says. It changes
// nothing and costs what the plan is long. What is to come of the plan is run through as the machine would: a step that runs is over when
// it has taken as long as usual, at once when it has already; one to come begins when what it needs is over and a slot is free. A
// condition that only the run decides is taken to hold, but what runs after a failure only is left out until something has failed.
func (m *Machine) Expected(now time.Time) Expectation {
	now = now.UTC().Truncate(time.Microsecond)
	f := foresight{m: m, now: now, failed: m.somethingFailed()}
	var e Expectation
	e.End = f.run(func(u Usual) int64 { return u.Median })
	e.Unknown, e.Slow, e.Slips = f.unknown, f.slow, f.slips
	if e.Most = f.run(func(u Usual) int64 { return u.Most }); e.Most.Before(e.End) {
		e.Most = e.End
	}
	return e
}

// somethingFailed reports whether a step has failed that is not good.
func (m *Machine) somethingFailed() bool {
	for i := range m.steps {
		if m.steps[i].outcome() == fact.Failed && !m.good(i) {
			return true
		}
	}
	return false
}

// A foresight runs through what is to come of a plan.
type foresight struct {
	m       *Machine
	now     time.Time
	failed  bool
	pick    func(Usual) int64
	unknown []string
	slow    []string
	slips   time.Time
	agendum
}

// agendum is what is under way in it.
type agendum struct {
	over    []bool  // by step
	open    []int32 // by step: needs that are not over
	going   going   // by when they are over
	waiting minHeap // for a slot
	slots   int     // that are taken
	wholes  map[int]*whole
	front   int // so many steps from the top are over
	at      time.Time
}

// whole is how far the items of a foreach step have come in it.
type whole struct {
	waiting []int
	active  int // at work, or waiting for a slot
	left    int // not over
}

// run goes through it with that measure of what is usual, and returns when all is over.
func (f *foresight) run(pick func(Usual) int64) time.Time {
	n := len(f.m.steps)
	f.pick, f.unknown, f.slow, f.slips = pick, nil, nil, time.Time{}
	f.agendum = agendum{over: make([]bool, n), open: make([]int32, n), at: f.now}
	for i := range f.m.r.FinallyAt {
		switch s := &f.m.steps[i]; s.state.place() {
		case decided, doubts:
			f.over[i] = true
		case runs, rests:
			f.start(i, f.endOf(i))
		default:
			f.over[i] = f.leftOut(i)
		}
	}
	for i := range f.m.r.FinallyAt {
		s := &f.m.steps[i]
		switch {
		case s.state == Running:
			f.open[i] = -1
			f.openWhole(i)
		case !f.over[i] && !f.underWay(i) && !s.def.Above && s.def.Parent == nil:
			for _, need := range s.def.Needs {
				if !f.over[need] {
					f.open[i]++
				}
			}
			if f.open[i] == 0 {
				f.ready(i)
			}
		}
	}
	f.advance()
	f.fill()
	for len(f.going) > 0 {
		e := heap.Pop(&f.going).(ends)
		f.at = e.at
		f.done(e.step)
		f.fill()
	}
	return f.finally()
}

// underWay reports whether a step runs now, or rests.
func (f *foresight) underWay(i int) bool {
	p := f.m.steps[i].state.place()
	return p == runs || p == rests
}

// start lets a step run until then.
func (f *foresight) start(i int, end time.Time) {
	if !f.m.steps[i].def.Rests() {
		f.slots++
	}
	heap.Push(&f.going, ends{end, i})
}

// ready starts a step whose needs are over, or lets it wait for a slot.
func (f *foresight) ready(i int) {
	switch def := f.m.steps[i].def; {
	case def.Whole():
		f.openWhole(i)
	case def.Rests():
		f.start(i, f.endFrom(i, f.at))
	default:
		f.waiting.push(i)
	}
}

// openWhole begins the items of whole i, or goes on with them.
func (f *foresight) openWhole(i int) {
	w := &whole{}
	if f.wholes == nil {
		f.wholes = make(map[int]*whole)
	}
	f.wholes[i] = w
	for k := range f.m.itemsOf(i) {
		switch {
		case f.over[k]:
		case f.underWay(k):
			w.left++
			w.active++
		default:
			w.left++
			w.waiting = append(w.waiting, k)
		}
	}
	f.beginItems(i)
}

// beginItems begins as many items of whole i as may be at work, and ends it with the last of them.
func (f *foresight) beginItems(i int) {
	w := f.wholes[i]
	if w.left == 0 {
		f.done(i)
		return
	}
	for len(w.waiting) > 0 && w.active < f.m.steps[i].def.Each.Parallel {
		k := w.waiting[0]
		w.waiting = w.waiting[1:]
		w.active++
		f.ready(k)
	}
}

// fill starts what waits for a slot.
func (f *foresight) fill() {
	for len(f.waiting) > 0 && (f.m.r.Concurrency == 0 || f.slots < f.m.r.Concurrency) {
		i := f.waiting.pop()
		f.start(i, f.endFrom(i, f.at))
	}
}

// done takes a step for over, and readies what waited for it alone.
func (f *foresight) done(i int) {
	f.over[i] = true
	def := f.m.steps[i].def
	if !def.Rests() && !def.Whole() {
		f.slots--
	}
	if of := def.Parent; of != nil && f.wholes[of.Index] != nil {
		w := f.wholes[of.Index]
		w.active--
		w.left--
		f.beginItems(of.Index)
	}
	for _, d := range f.m.steps[i].below {
		if f.over[d] || f.m.steps[d].def.Above || f.underWay(int(d)) {
			continue
		}
		if f.open[d]--; f.open[d] == 0 {
			f.ready(int(d))
		}
	}
	f.advance()
}

// advance moves the front down, and readies the step at its edge.
func (f *foresight) advance() {
	for f.front < f.m.r.FinallyAt && f.over[f.front] {
		f.front++
	}
	if f.front == f.m.r.FinallyAt {
		return
	}
	if s := &f.m.steps[f.front]; s.def.Above && f.open[f.front] == 0 && !f.underWay(f.front) {
		f.open[f.front] = -1 // once
		f.ready(f.front)
	}
}

// finally is when the steps of finally are over, which run one after the other.
func (f *foresight) finally() time.Time {
	at := f.at
	for i := f.m.r.FinallyAt; i < len(f.m.steps); i++ {
		switch s := &f.m.steps[i]; s.state.place() {
		case decided, doubts:
		case runs, rests:
			at = f.endOf(i)
		default:
			if !f.leftOut(i) && !s.def.Whole() { // items of finally are counted one after the other
				at = f.endFrom(i, at)
			}
		}
	}
	return at
}

// leftOut reports whether a step that waits will not run, as far as that is known.
func (f *foresight) leftOut(i int) bool {
	s := &f.m.steps[i]
	return f.m.r.Idle(s.def) || s.def.If != nil && !f.failed && s.def.If.WantsFailure()
}

// endFrom is when step i is over that begins then.
func (f *foresight) endFrom(i int, at time.Time) time.Time {
	switch v := f.m.steps[i].def.Do.(type) {
	case *plan.Sleep:
		if v.For > 0 {
			return at.Add(v.For)
		}
		if until := f.m.r.Until(f.m.steps[i].def); until.After(at) {
			return until
		}
		return at
	case *plan.OnRun:
		if v.Op == plan.OpWait && v.Step >= 0 {
			if root := &f.m.steps[v.Step]; !root.begun.IsZero() && !root.def.Waits() {
				return latest(at, f.after(i, root.begun, false))
			}
		}
		return f.after(i, f.opens(i, at), v.Op == plan.OpRestart)
	}
	return f.after(i, f.opens(i, at), false)
}

// opens is when step i may begin that has its turn then: when no window is closed, if it starts a batch.
func (f *foresight) opens(i int, at time.Time) time.Time {
	if until := f.m.closedUntil(at); starts(f.m.steps[i].def) && !until.IsZero() {
		return until
	}
	return at
}

// endOf is when step i is over, which runs now.
func (f *foresight) endOf(i int) time.Time {
	s := &f.m.steps[i]
	switch {
	case s.state == Sleeping:
		return latest(f.now, s.wake)
	case s.state == Closed:
		return f.after(i, latest(f.now, s.wake), s.call.later.Key.Op == OpRestart)
	case s.state == Delaying:
		if rule := s.def.OnFailure[s.rule]; rule.Do == plan.DoRestart || rule.Do == plan.DoRerun || rule.Do == plan.DoRetry {
			return f.after(i, latest(f.now, s.wake), rule.Do == plan.DoRestart)
		}
		return latest(f.now, s.wake)
	}
	from := s.anchor
	switch {
	case from.IsZero() && s.def.Rests():
		from = s.started
	case from.IsZero(): // its request has not left
		from = f.opens(i, f.now)
	}
	if v, on := s.def.Do.(*plan.OnRun); on && v.Op == plan.OpWait && v.Step >= 0 && !f.m.steps[v.Step].begun.IsZero() {
		from = f.m.steps[v.Step].begun
	}
	unknown := len(f.unknown)
	end := f.after(i, from, s.restarts())
	switch {
	case len(f.unknown) > unknown || !s.takesTime():
		return f.now
	case !end.After(f.now):
		f.slow, f.slips = append(f.slow, s.def.ID), f.now
		return f.now
	case f.slips.IsZero() || end.Before(f.slips):
		f.slips = end
	}
	return end
}

// restarts reports whether the attempt at hand is about a restart, and so about the rest of a batch run alone.
func (s *step) restarts() bool {
	if s.call.cmd != nil && s.call.cmd.Key.Op == OpRestart || s.counts[opIndex[OpRestart]] > 0 {
		return true
	}
	v, on := s.def.Do.(*plan.OnRun)
	return on && v.Op == plan.OpRestart
}

// after is when the work of step i is over that began then. Where nobody knows how long it takes, it counts as nothing.
func (f *foresight) after(i int, from time.Time, restart bool) time.Time {
	s := &f.m.steps[i]
	if !s.takesTime() {
		return from
	}
	if ref := f.about(i); ref.Code != "" {
		u, known := f.m.usual[usualKey{ref.Object, ref.Code, restart}]
		if !known && restart { // the rest takes no longer than the whole
			u, known = f.m.usual[usualKey{ref.Object, ref.Code, false}]
		}
		if known {
			return from.Add(time.Duration(f.pick(u)) * time.Second)
		}
	}
	if s.def.Expect > 0 {
		return from.Add(s.def.Expect)
	}
	f.unknown = append(f.unknown, s.def.ID)
	return from
}

// takesTime reports whether the step waits for more than an answer. A message is one: nobody waits for it to be read.
func (s *step) takesTime() bool {
	_, tells := s.def.Do.(*plan.Notify)
	return s.def.Waits() || s.def.Rests() && !tells
}

// about is which batch or group step i is about; the zero BatchRef when only the run will tell.
func (f *foresight) about(i int) fact.BatchRef {
	if s := &f.m.steps[i]; s.run.Code != "" {
		return s.run
	}
	if f.m.objects == nil {
		f.m.objects = f.m.r.Objects()
	}
	return f.m.objects[i]
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
