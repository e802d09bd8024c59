package runner

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A foreach step in a run is a whole with its items behind it: see plan/expand.go. The whole waits for what the step needs, then begins
// its items, max_parallel at a time, and ends with the last of them, by the worst of their outcomes. It asks for nothing itself, so
// it holds no slot, no statement is about it, and what counts for the plan's outcome are its items.

// items is how far a whole has come.
type items struct {
	waiting minHeap  // items that wait for their turn
	offered bool     // it stands in the machine's list of wholes that may begin an item
	open    int      // items without an outcome
	active  int      // items that are queued or at work
	sound   int      // so many of them, from the first on, are known to be good
	quiet   int      // likewise, to show no failure
	failed  []string // once it has ended: the items that failed, sorted
	// bad, root and saw are what the whole saw of its needs when it opened, by which all its items are judged.
	bad, root, saw int32
}

// mostNamed is how many failed items a transition names; steps.ID.failed_items has them all.
const mostNamed = 10

// newItems is that of a whole with n items; nil for any other step.
func newItems(s *plan.Step) *items {
	if v, is := s.Do.(*plan.Items); is {
		return &items{open: v.Count}
	}
	return nil
}

// after is the index behind step i and, of a whole, its items.
func (m *Machine) after(i int) int { return i + 1 + len(m.r.Items(m.steps[i].def)) }

// itemsOf yields the indexes of the items of whole i.
func (m *Machine) itemsOf(i int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for k := i + 1; k < m.after(i); k++ {
			if !yield(k) {
				return
			}
		}
	}
}

// openWhole begins the items of whole i, whose needs are closed.
func (m *Machine) openWhole(i int) {
	s := &m.steps[i]
	if m.after(i) == i+1 {
		m.finish(i, fact.Skipped, "its list is empty")
		return
	}
	if s.started.IsZero() {
		s.started = m.at
	}
	s.items.bad, s.items.root, s.items.saw = s.bad, s.root, s.saw
	m.move(i, Running, readable.Count(m.after(i)-i-1, "item"))
	m.offerAll(i)
}

// offerAll lets all items of whole i that wait have their turn.
func (m *Machine) offerAll(i int) {
	w := m.steps[i].items
	w.waiting = w.waiting[:0]
	for k := range m.itemsOf(i) {
		if m.steps[k].state == Waiting || m.steps[k].windowOver() {
			w.waiting.push(k)
		}
	}
	m.offer(i)
}

// offer keeps that whole i may begin an item.
func (m *Machine) offer(i int) {
	if w := m.steps[i].items; !w.offered && m.steps[i].state == Running && len(w.waiting) > 0 {
		w.offered = true
		m.offering = append(m.offering, i)
	}
}

// beginItem begins the next item of the first whole that may, or finds that it may not.
func (m *Machine) beginItem() {
	i := m.offering[0]
	s, w := &m.steps[i], m.steps[i].items
	if s.state != Running || len(w.waiting) == 0 || w.active >= s.def.Each.Parallel {
		w.offered = false
		m.offering = m.offering[1:]
		return
	}
	switch k := w.waiting.pop(); {
	case m.steps[k].state == Waiting:
		m.judge(k)
	case m.steps[k].windowOver():
		m.goOnHeld(k)
	}
}

// moved keeps how many items are at work, and how many have no outcome, when one of them goes from a place to another.
func (m *Machine) moved(of *plan.Step, from, to place) {
	works := func(p place) bool { return p == queues || p == runs }
	w := m.steps[of.Index].items
	if to == decided {
		w.open--
	}
	if from == decided {
		w.open++
	}
	if works(to) {
		w.active++
	}
	if works(from) {
		w.active--
		m.offer(of.Index)
	}
}

// finishAll gives all items of whole i that wait for their turn that outcome, and so the whole: at once, or with the last of those that
// are at work although it has not opened, since somebody named their batch runs.
func (m *Machine) finishAll(i int, out fact.Outcome, why string) {
	if m.after(i) == i+1 {
		m.finish(i, out, why)
		return
	}
	for k := range m.itemsOf(i) {
		if s := m.steps[k].state; s != Waiting && !m.steps[k].decided() {
			m.move(i, Running, m.steps[k].def.ID+" is at work")
			break
		}
	}
	for k := range m.itemsOf(i) {
		if m.steps[k].state == Waiting {
			m.finish(k, out, why)
		}
	}
}

// countItem tells the whole of an item that it is decided.
func (m *Machine) countItem(k int) {
	of := m.steps[k].def.Parent
	if of == nil {
		return
	}
	if !m.recounting {
		m.finishWith(of.Index)
	}
}

// finishWith ends whole i when all its items are decided and it is not.
func (m *Machine) finishWith(i int) {
	if w := m.steps[i].items; w != nil && w.open == 0 && m.after(i) > i+1 && !m.steps[i].decided() {
		m.finishWhole(i)
	}
}

// finishWhole ends whole i, whose items are all decided.
func (m *Machine) finishWhole(i int) {
	w := m.steps[i].items
	w.sound, w.quiet = 0, 0
	w.failed = m.failedItems(i)
	out := m.worst(i)
	why := "all of " + readable.Count(m.after(i)-i-1, "item")
	if len(w.failed) > 0 {
		why = fmt.Sprintf("%d of %s failed: %s", len(w.failed), readable.Count(m.after(i)-i-1, "item"), readable.List(w.failed, mostNamed))
	}
	m.healWholes(i)
	t := m.finish(i, out, why)
	if out == fact.Failed && m.allGood(i) { // whoever made it good did so before the last item ended
		t.Mark, t.By = m.madeGood(i)
	}
}

// madeGood is what qualifies the failure of whole i, of which every failed item is allowed or was healed.
func (m *Machine) madeGood(i int) (mark, by string) {
	for k := range m.itemsOf(i) {
		if !m.steps[k].healed {
			continue
		}
		m.steps[i].healed = true
		for _, h := range m.steps[k].def.Healers {
			if m.steps[h].outcome() == fact.Succeeded {
				return MarkHealed, m.steps[h].def.Top().ID
			}
		}
		return MarkHealed, ""
	}
	return MarkAllowed, ""
}

// worst is the worst outcome among the items of whole i, of which some may not be decided.
func (m *Machine) worst(i int) fact.Outcome {
	return fact.Worst(func(yield func(fact.Outcome) bool) {
		for k := range m.itemsOf(i) {
			if !yield(m.steps[k].outcome()) {
				return
			}
		}
	})
}

// failedItems are the items of whole i that have failed, sorted.
func (m *Machine) failedItems(i int) []string {
	var failed []string
	for k := range m.itemsOf(i) {
		if m.steps[k].outcome() == fact.Failed {
			failed = append(failed, m.steps[k].def.Item)
		}
	}
	slices.Sort(failed)
	return failed
}

// healWholes keeps of the wholes that whole h may heal, and that have failed, which ones are good now: h has just ended.
func (m *Machine) healWholes(h int) {
	if !m.steps[h].def.Heals() {
		return
	}
	for _, i := range m.chainOf(&m.steps[h]).awaiting {
		if s := &m.steps[i]; s.items != nil && !s.healed && m.good(i) {
			m.markHealed(i, h)
		}
	}
}

// mayBeHealed reports whether a failed step may still be made good by a healer of its chain.
func (m *Machine) mayBeHealed(i int) bool {
	s := &m.steps[i]
	c := m.chainOf(s)
	if c == nil || s.outcome() != fact.Failed || len(s.def.Healers) == 0 || c.undecided == 0 {
		return false
	}
	if s.items == nil {
		return s.run.RunID != ""
	}
	for k := range m.itemsOf(i) {
		if m.mayBeHealed(k) {
			return true
		}
	}
	return false
}

// allGood reports whether every item of whole i, which has ended, is good.
func (m *Machine) allGood(i int) bool {
	w, n := m.steps[i].items, m.after(i)-i-1
	for w.sound < n && m.good(i+1+w.sound) {
		w.sound++
	}
	return w.sound == n
}

// shows is the first item of whole i that shows a failure; -1: none does.
func (m *Machine) shows(i int) int {
	w, n := m.steps[i].items, m.after(i)-i-1
	for w.quiet < n && !m.showsFailure(i+1+w.quiet) {
		w.quiet++
	}
	if w.quiet == n {
		return -1
	}
	return i + 1 + w.quiet
}

// reopenWhole lets the whole of an item wait again, when an operator's statement takes the item's outcome back: it opens anew once its
// needs allow, and an item that got another attempt has its turn then, whatever those came to.
func (m *Machine) reopenWhole(k int) {
	of := m.steps[k].def.Parent
	if of == nil || !m.steps[of.Index].decided() {
		return
	}
	s := &m.steps[of.Index]
	s.healed, s.finished = false, time.Time{}
	m.move(of.Index, Waiting, m.steps[k].def.ID+" is open again")
}

// granted reports whether an operator gave an item of whole i another attempt, which it has not made.
func (m *Machine) granted(i int) bool {
	for k := range m.itemsOf(i) {
		if s := &m.steps[k]; s.state == Waiting && s.grant != nil {
			return true
		}
	}
	return false
}

// recountItems derives how far each whole has come from the outcomes of its items alone. One whose items have come to something else ends
// anew.
func (m *Machine) recountItems() {
	m.offering = nil
	for i := 0; i < m.r.FinallyAt; i = m.after(i) {
		s := &m.steps[i]
		if s.items == nil {
			continue
		}
		s.items.offered, s.items.sound, s.items.quiet = false, 0, 0
		if worst := m.worst(i); s.decided() && worst != "" && worst != s.outcome() {
			s.healed, s.finished = false, time.Time{}
			m.move(i, Running, "an item came to something else")
		}
	}
}

// stepOrItem is what a statement about whole i is refused with.
func (m *Machine) stepOrItem(i int) error {
	id := m.steps[i].def.ID
	if m.after(i) == i+1 {
		return fmt.Errorf("%w: step %q goes over a list, and tonight's is empty", ErrUnexpected, id)
	}
	return fmt.Errorf("%w: step %q goes over a list: say which item is meant, such as %q", ErrUnexpected, id, m.steps[i+1].def.ID)
}
