package laws

import (
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A Law is one look of the judge at the turns.
type Law = func(*judge)

// The looks at what only a machine that decides wrongly would write: such turns do not replay.
var (
	Requests Law = (*judge).requests
	Once     Law = (*judge).once
	Needs    Law = (*judge).needs
	Outcomes Law = (*judge).outcomes
	Ends     Law = (*judge).ends
	Late     Law = (*judge).late
	Closed   Law = (*judge).closed
	Told     Law = (*judge).told
)

// Advised is what only somebody sees who knows the scheduler, of turns that stand in no audit log.
func Advised(r *plan.Resolved, turns []record.Turn, seen Seen) []error {
	j := &judge{run: r.RunID, plan: r, turns: turns, marks: map[string]runner.Key{}, seen: seen}
	for _, t := range turns {
		j.mark(t)
	}
	j.found = nil // permits are looked at elsewhere
	j.advised()
	return j.found
}

// Judge looks at turns that stand in no audit log.
func Judge(law Law, r *plan.Resolved, turns []record.Turn) []error {
	j := &judge{run: r.RunID, plan: r, turns: turns, marks: map[string]runner.Key{}}
	law(j)
	return j.found
}
