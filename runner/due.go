package runner

import (
	"container/heap"
	"slices"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
)

// minHeap hands out step indexes in plan order.
type minHeap []int

func (h minHeap) Len() int           { return len(h) }
func (h minHeap) Less(a, b int) bool { return h[a] < h[b] }
func (h minHeap) Swap(a, b int)      { h[a], h[b] = h[b], h[a] }

// Push belongs to container/heap; use push.
func (h *minHeap) Push(x any) { *h = append(*h, x.(int)) }

// Pop belongs to container/heap; use pop.
func (h *minHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func (h *minHeap) push(i int) { heap.Push(h, i) }
func (h *minHeap) pop() int   { return heap.Pop(h).(int) }

// turn is when a step has its turn among those that wait for the healers of a chain: by its rank.
type turn struct {
	rank int
	of   int // index of the step it needs, or of the chain's root
	at   int // the step's place among those below that one
}

// ranked hands out what waits by its rank.
type ranked []turn

func (h ranked) Len() int { return len(h) }
func (h ranked) Less(a, b int) bool {
	if h[a].rank != h[b].rank {
		return h[a].rank < h[b].rank
	}
	return h[a].of < h[b].of
}
func (h ranked) Swap(a, b int) { h[a], h[b] = h[b], h[a] }

// Push belongs to container/heap.
func (h *ranked) Push(x any) { *h = append(*h, x.(turn)) }

// Pop belongs to container/heap.
func (h *ranked) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// due is one time at which a step wants to hear from the clock.
type due struct {
	at   time.Time
	step int // noStep for what is about the run
	what dueFor
}

// noStep is the step of what falls due for the run as a whole.
const noStep = -1

// dueFor is what falls due.
type dueFor int8

const (
	dueWake   dueFor = iota // a delay or a sleep ends, or a request may be made again
	dueLate                 // expect is over
	dueTime                 // the timeout of a sleep, or of what rests
	dueRun                  // the deadline of the run, which is no step's
	dueCloses               // a closed window begins
)

type dueHeap []due

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(a, b int) bool {
	if !h[a].at.Equal(h[b].at) {
		return h[a].at.Before(h[b].at)
	}
	if h[a].step != h[b].step {
		return h[a].step < h[b].step
	}
	return h[a].what < h[b].what // else what fires first would hang on how the heap came about, which a replay does not repeat
}
func (h dueHeap) Swap(a, b int) { h[a], h[b] = h[b], h[a] }

// Push belongs to container/heap.
func (h *dueHeap) Push(x any) { *h = append(*h, x.(due)) }

// Pop belongs to container/heap; use pop.
func (h *dueHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func (h *dueHeap) pop() due { return heap.Pop(h).(due) }

// wake sets the time at which a delay or sleep of step i ends, or a request that was to wait is ordered.
func (m *Machine) wake(i int, at time.Time) {
	m.steps[i].wake = at
	heap.Push(&m.due, due{at, i, dueWake})
}

// expect notes that the work of step i begins, and sets the time from which on it is late, which is told once in its life.
func (m *Machine) expect(i int) {
	s := &m.steps[i]
	if s.begun.IsZero() {
		s.begun = m.at
	}
	if s.def.Expect > 0 && s.late.IsZero() && !s.lateTold {
		s.late = m.at.Add(s.def.Expect)
		heap.Push(&m.due, due{s.late, i, dueLate})
	}
}

// dueAt sets the first moment at which the run is late.
func (m *Machine) dueAt() {
	if !m.r.DueAt.IsZero() {
		heap.Push(&m.due, due{m.r.DueAt.Truncate(time.Microsecond).Add(time.Microsecond), noStep, dueRun})
	}
}

// wants reports whether an entry of the heap still means something.
func (m *Machine) wants(d due) bool {
	if d.step == noStep {
		return !m.lateness.told
	}
	return m.steps[d.step].wants(d)
}

// wants reports whether an entry of the heap still means something. One that does not never does again, whatever is said
// of its step later: [Machine.Next] forgets such entries, and a replay does not ask it.
func (s *step) wants(d due) bool {
	if s.outcome() != "" {
		return false
	}
	switch d.what {
	case dueWake:
		return s.wake.Equal(d.at)
	case dueLate:
		return !s.lateTold && s.late.Equal(d.at)
	case dueCloses:
		return s.call.cmd != nil && !s.call.sent && s.call.until.Equal(d.at)
	}
	return (s.state == Sleeping || s.state == Notifying || s.state == Awaiting) && s.anchor.Add(s.def.Timeout).Equal(d.at)
}

// clock fires everything that is due, in plan order.
func (m *Machine) clock() {
	var fire []due
	for len(m.due) > 0 && !m.due[0].at.After(m.at) {
		if d := m.due.pop(); d.step != noStep && m.wants(d) { // how late the run is, each turn tells
			fire = append(fire, d)
		}
	}
	slices.SortStableFunc(fire, func(a, b due) int { return a.step - b.step })
	for _, d := range fire {
		s := &m.steps[d.step]
		if !s.wants(d) {
			continue
		}
		switch d.what {
		case dueLate:
			m.notice(d.step, NoticeLate, "still going after "+readable.Duration(s.def.Expect)+", longer than expected")
			s.lateTold = true
		case dueTime:
			why := "not over after "
			if s.state == Awaiting {
				why = "nobody has approved or rejected it within "
			}
			m.failAttempt(d.step, m.failure(d.step, fact.TimedOut, 0, why+readable.Duration(s.def.Timeout)+s.silent()))
		case dueCloses:
			m.windowBegins(d.step)
		case dueWake:
			s.wake = time.Time{}
			switch {
			case s.state == Closed:
				m.windowEnds(d.step)
			case s.state == Sleeping:
				m.finish(d.step, fact.Succeeded, "")
			case s.call.later != nil:
				m.orderLater(d.step)
			default:
				m.act(d.step, s.rule)
			}
		}
	}
}

// timeoutAt sets the time at which a sleep, or what rests, has taken too long.
func (m *Machine) timeoutAt(i int, at time.Time) { m.tellAt(at, i, dueTime) }

func (m *Machine) tellAt(at time.Time, i int, what dueFor) { heap.Push(&m.due, due{at, i, what}) }
