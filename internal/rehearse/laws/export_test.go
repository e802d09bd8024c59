package laws

import (
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A Law is one look of the witness at the turns.
type Law = func(*witness)

// The looks at what only a machine that decides wrongly would write: such turns do not replay.
var (
	Requests Law = (*witness).requests
	Once     Law = (*witness).once
	Needs    Law = (*witness).needs
	Outcomes Law = (*witness).outcomes
	Ends     Law = (*witness).ends
)

// Judge looks at turns that stand in no audit log.
func Judge(law Law, r *plan.Resolved, turns []record.Turn) []error {
	w := &witness{run: r.RunID, plan: r, turns: turns, marks: map[string]runner.Key{}}
	law(w)
	return w.found
}
