package plan

import "slices"

// mostBeside bounds how many steps each is compared with.
const mostBeside = 8

// beside warns of steps that start the same batch again and need not wait for each other: whoever comes second
// interrupts what the first began, or is refused, and while one is in doubt nothing starts the batch again. Two steps
// that both have a condition, and not the same, may well exclude each other.
func (w *warner) beside() {
	above := w.plan.Steps[:w.plan.FinallyAt]
	again := make(map[string][]int) // the steps that restart or rerun a batch run, by which one it is
	var names []string
	several := false
	for i, s := range above {
		if v, ok := s.Do.(*OnRun); ok && (v.Op == OpRestart || v.Op == OpRerun) && s.Chain >= 0 {
			name := startedBy(above[s.Chain])
			if again[name] == nil {
				names = append(names, name)
			}
			again[name] = append(again[name], i)
			several = several || len(again[name]) > 1
		}
	}
	if !several {
		return
	}
	g := newGraph(above)
	g.visit()
	g.waited = true
	var asked []query
	for _, name := range names {
		steps := again[name]
		slices.SortFunc(steps, func(a, b int) int { return int(g.rank[a]) - int(g.rank[b]) })
		for k := range steps {
			for _, before := range steps[max(0, k-mostBeside):k] {
				asked = append(asked, query{step: steps[k], target: before})
			}
		}
	}
	told := make(map[int]bool)
	for _, q := range g.strangers(asked) {
		first, second := above[min(q.step, q.target)], above[max(q.step, q.target)]
		if told[second.Index] || first.If != nil && second.If != nil && first.If.String() != second.If.String() {
			continue
		}
		told[second.Index] = true
		w.warn(warnBeside, w.places[second.Index].verb, "%q and %q can start the same batch again side by side: neither waits for the other", first.ID, second.ID).Hint =
			"let one need the other, and say in its if when it is wanted"
	}
}

// startedBy names the batch run that a chain is about, by the step it begins with or, of one that was started
// elsewhere, by its own id.
func startedBy(first *Step) string {
	if v, ok := first.Do.(*OnRun); ok {
		return string(v.Object) + " " + v.Code.String() + " " + v.RunID.String()
	}
	return first.ID
}
