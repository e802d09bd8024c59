package runner

import "ofsplan/plan/fact"

// What a step is worth for those below it: whether it is good, and whether it shows a failure. A step that was skipped is
// worth what it needed is worth, and that may be made good after the step had its turn. So it keeps not only which need was
// bad but with which step that began, its root, and looks anew once the root is good.

// good reports whether dependents of step i may run: it succeeded, or its failure is allowed or was made good, or it was
// skipped while nothing it needs was bad, or all of that was made good since.
func (m *Machine) good(i int) bool {
	s := &m.steps[i]
	if s.items != nil && s.decided() && m.after(i) > i+1 {
		return m.allGood(i)
	}
	switch s.outcome() {
	case fact.Succeeded:
		return true
	case fact.Failed:
		return s.def.AllowFailure || s.healed
	case fact.Skipped:
		m.refresh(i)
		return s.bad < 0
	}
	return false
}

// showsFailure reports what failed() below step i sees: a failure that stands, or one above a step that did not run.
func (m *Machine) showsFailure(i int) bool {
	s := &m.steps[i]
	if s.items != nil && s.decided() && m.after(i) > i+1 {
		return m.shows(i) >= 0
	}
	switch s.outcome() {
	case fact.Failed:
		return !m.good(i)
	case fact.Skipped, fact.Blocked:
		m.refresh(i)
		return s.saw >= 0 && m.steps[s.saw].decided()
	}
	return false
}

// rootOf is the step with which it began that step i is not good.
func (m *Machine) rootOf(i int) int32 {
	if s := &m.steps[i]; s.outcome() == fact.Skipped && s.root >= 0 {
		return s.root
	}
	return int32(i)
}

// failureOf is the step whose failure step i shows.
func (m *Machine) failureOf(i int) int32 {
	s := &m.steps[i]
	if s.items != nil && s.decided() && m.after(i) > i+1 {
		if k := m.shows(i); k >= 0 {
			return m.failureOf(k)
		}
		return int32(i)
	}
	if s.outcome() != fact.Failed && s.saw >= 0 {
		return s.saw
	}
	return int32(i)
}

// refresh looks anew at what step i needs, when what it saw there was made good.
func (m *Machine) refresh(i int) {
	s := &m.steps[i]
	if of := s.def.Parent; of != nil { // an item needs what the whole does
		m.refresh(of.Index)
		whole := &m.steps[of.Index]
		s.bad, s.root, s.saw = whole.bad, whole.root, whole.saw
		return
	}
	if s.early || s.bad >= 0 && m.good(int(s.root)) || s.saw >= 0 && !m.showsFailure(int(s.saw)) {
		m.weigh(i)
	}
}

// weigh looks at what step i needs: the first that is not good, and the first that shows a failure.
func (m *Machine) weigh(i int) {
	s := &m.steps[i]
	bad, failed := -1, -1
	s.early = false
	switch {
	case s.def.Finally:
	case s.def.Above:
		bad, failed = m.weighAbove(i)
	default:
		for _, n := range s.def.Needs {
			if bad < 0 && !m.good(n) {
				bad = n
			}
			if failed < 0 && m.showsFailure(n) {
				failed = n
			}
			s.early = s.early || !m.steps[n].decided() || m.steps[n].early
		}
	}
	if s.bad, s.root = int32(bad), -1; bad >= 0 {
		s.root = m.rootOf(bad)
	}
	if s.saw = -1; failed >= 0 {
		s.saw = m.failureOf(failed)
	}
}

// weighAbove does so for a step that waits for all above it. What is not decided there, since an operator opened it again, is
// neither good nor all that there is to see.
func (m *Machine) weighAbove(i int) (bad, failed int) {
	f := &m.front
	if m.steps[i].def.Mends() {
		f = &m.plain
	}
	bad, failed = m.first(&f.seen, i)
	if f.at < i {
		bad, failed = earlier(bad, f.at), earlier(failed, f.at)
		m.steps[i].early = true
	}
	if m.steps[i].def.Mends() {
		ownBad, ownFailed := m.first(&m.chainOf(&m.steps[i]).seen, i)
		bad, failed = earlier(bad, ownBad), earlier(failed, ownFailed)
	}
	return bad, failed
}

// earlier is the lower of two indexes of which -1 means none.
func earlier(a, b int) int {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// see takes step i, which comes behind all that was taken before.
func (m *Machine) see(s *seen, i int) {
	if !m.good(i) {
		s.bad = append(s.bad, int32(i))
	}
	if m.showsFailure(i) {
		s.failed = append(s.failed, int32(i))
	}
}

// first is the first step above step i that is not good, and the first that shows a failure; -1: none.
func (m *Machine) first(s *seen, i int) (bad, failed int) {
	for len(s.bad) > 0 && int(s.bad[0]) < i && m.good(int(s.bad[0])) {
		s.bad = s.bad[1:]
	}
	for len(s.failed) > 0 && int(s.failed[0]) < i && !m.showsFailure(int(s.failed[0])) {
		s.failed = s.failed[1:]
	}
	bad, failed = -1, -1
	if len(s.bad) > 0 && int(s.bad[0]) < i {
		bad = int(s.bad[0])
	}
	if len(s.failed) > 0 && int(s.failed[0]) < i {
		failed = int(s.failed[0])
	}
	return bad, failed
}
