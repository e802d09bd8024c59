package plan

// A chain is one batch run with everything that was done to it: the step that started it and the steps that
// wait for it, look at it, stop it, resume it or run it again. A verb that names a step acts on the newest
// batch run of that step's chain.

// link fills in what ties the steps to each other: [Step.Chain] and [Step.Healers].
func link(steps []*Step) {
	linkChains(steps)
	healers := make(map[int][]int)
	for i, s := range steps {
		if s.Heals() {
			healers[s.Chain] = append(healers[s.Chain], i)
		}
	}
	for _, s := range steps {
		if s.Waits() && !s.Finally && s.Chain >= 0 {
			s.Healers = healers[s.Chain]
		}
	}
}

// linkChains walks from each step up to the one its chain began with, and over no stretch twice. Names must lead upward
// and not in a circle; of steps that do not keep to that, which the checks of a plan report, there is no chain.
func linkChains(steps []*Step) {
	const (
		unresolved = -2 // not looked at yet
		walking    = -3 // on the way being walked
	)
	for _, s := range steps {
		s.Chain = unresolved
	}
	for i := range steps {
		at := i
		for steps[at].Chain == unresolved {
			next := named(steps[at])
			if next < 0 {
				steps[at].Chain = at
				if _, sleeps := steps[at].Do.(*Sleep); sleeps || steps[at].Do == nil {
					steps[at].Chain = -1
				}
				break
			}
			steps[at].Chain = walking
			at = next
		}
		end := steps[at].Chain
		if end == walking { // a circle of names
			end = -1
		}
		for at = i; steps[at].Chain == walking; at = named(steps[at]) {
			steps[at].Chain = end
		}
	}
}

// named is the index of the step that this step's verb names, or -1.
func named(s *Step) int {
	if v, ok := s.Do.(*OnRun); ok {
		return v.Step
	}
	return -1
}

// Waits reports whether a step waits for the end of its batch run, and so can fail by it.
func (s *Step) Waits() bool {
	switch v := s.Do.(type) {
	case *Trigger:
		return !v.NoWait
	case *OnRun:
		switch v.Op {
		case OpWait:
			return true
		case OpRestart, OpRerun:
			return !v.NoWait
		}
	}
	return false
}

// Heals reports whether a step's success makes good what failed before it in its chain: it restarts or reruns the batch
// run of another step and waits for its end. A finally step heals nothing, since nothing waits for it.
func (s *Step) Heals() bool {
	v, ok := s.Do.(*OnRun)
	return ok && v.Step >= 0 && (v.Op == OpRestart || v.Op == OpRerun) && !v.NoWait && !s.Finally && s.Chain >= 0
}
