package scenario

import (
	"fmt"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
)

// missingID names the warning about a batch run that a plan is about and no scenario has.
const missingID = "W102"

// Missing are warnings about batch runs that others start, that the plan of a run waits for or acts on, and that its night does
// not have: the scheduler knows nothing of them, and the step fails.
func Missing(sc sim.Scenario, r *plan.Resolved) source.Errors {
	var all source.Errors
	for _, s := range r.Steps {
		v, ok := s.Do.(*plan.OnRun)
		if !ok || v.Step >= 0 || r.Idle(s) || !v.RunID.Fixed() || !v.Code.Fixed() {
			continue
		}
		ref, err := r.PreviewRef(s, nil)
		if _, there := sc.Elsewhere[ref.RunID]; err != nil || there {
			continue
		}
		e := all.Add(s.Pos, "step %q is about batch run %q, and nobody starts that in this night, so the step fails", s.ID, ref.RunID)
		e.ID = missingID
		e.Hint = fmt.Sprintf("write it into a scenario: elsewhere: {%s: {%s: %s, duration: 30m}}", ref.RunID, strings.ToLower(string(ref.Object)), ref.Code)
	}
	return r.Silence(all)
}

// Keys are the keys of a scenario at its top that a plan does not have.
func Keys() []string {
	return []string{"batches", "groups", "elsewhere", "faults", "unknown_batches", "history", "notifications", "files", "checks", "plans"}
}
