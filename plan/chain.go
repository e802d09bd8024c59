package plan

// A chain is one batch run with everything that was done to it: the step that started it and the steps that
// wait for it, look at it, stop it, resume it or run it again. A verb that names a step acts on the newest
// batch run of that step's chain.

// chains tells, for each step, the index of the step its chain began with; -1 for a step that has no
// batch run, which is a sleeping one. Names must lead upward and not in a circle: see the checks of load.
func chains(steps []*Step) []int {
	root := make([]int, len(steps))
	for i := range root {
		root[i] = unresolved
	}
	for i := range steps {
		at := i
		for root[at] == unresolved {
			next := named(steps[at])
			if next < 0 {
				root[at] = at
				if _, sleeps := steps[at].Do.(*Sleep); sleeps || steps[at].Do == nil {
					root[at] = -1
				}
				break
			}
			root[at] = walking
			at = next
		}
		end := root[at]
		if end == walking { // a circle of names, reported elsewhere
			end = -1
		}
		for at = i; root[at] == walking; at = named(steps[at]) {
			root[at] = end
		}
	}
	return root
}

// Marks of chains for a step not looked at yet, and for one on the way being walked.
const (
	unresolved = -2
	walking    = -3
)

// named is the index of the step that this step's verb names, or -1.
func named(s *Step) int {
	if v, ok := s.Do.(*OnRun); ok {
		return v.Step
	}
	return -1
}

// waits reports whether a step waits for the end of its batch run, and so can fail by it.
func waits(s *Step) bool {
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

// heals reports whether a step's success makes good what failed before it in its chain: a restart or
// rerun that is waited for. A finally step heals nothing, since nothing waits for it.
func heals(s *Step) bool {
	v, ok := s.Do.(*OnRun)
	return ok && v.Step >= 0 && (v.Op == OpRestart || v.Op == OpRerun) && !v.NoWait && !s.Finally
}

// linkHealers fills in Rules.Healers. All steps of a chain share one slice.
func linkHealers(steps []*Step, root []int) {
	healers := make(map[int][]int)
	for i, s := range steps {
		if heals(s) && root[i] >= 0 {
			healers[root[i]] = append(healers[root[i]], i)
		}
	}
	for i, s := range steps {
		if waits(s) && !s.Finally && root[i] >= 0 {
			s.Healers = healers[root[i]]
		}
	}
}
