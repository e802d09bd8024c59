package fold_test

import (
	"bytes"
	"testing"

	"ofsplan/internal/fold"
	"ofsplan/internal/frozen"
	"ofsplan/plan/fact"
	"ofsplan/runner/record"
)

// A log of any machine number can be shown: it is read and folded, and the plan in it is understood.
func TestFrozenJournalsCanBeShown(t *testing.T) {
	for _, j := range frozen.Journals(t, "../../testdata/journals") {
		run, err := fold.Read(bytes.NewReader(j.Data))
		if err != nil {
			t.Errorf("%s: %v", j.Name, err)
			continue
		}
		if torn := j.Verdict.Problem != nil; len(run.Steps) == 0 || (len(run.Warnings) > 0) != torn {
			t.Errorf("%s: %d steps, %q", j.Name, len(run.Steps), run.Warnings)
		}
		if !ends(t, j) {
			continue
		}
		counted := map[fact.Outcome]int{}
		for _, s := range run.Steps {
			if !s.Whole() { // its items count
				counted[fact.Outcome(s.State)]++
			}
		}
		for outcome, n := range run.End.Steps {
			if counted[outcome] != n {
				t.Errorf("%s: the run ended with %d steps %s, and %d are shown so", j.Name, n, outcome, counted[outcome])
			}
		}
	}
}

// ends reports whether the last turn of a log ends the run.
func ends(t *testing.T, j frozen.Journal) bool {
	t.Helper()
	ended := false
	for _, r := range j.Records {
		if r.Note {
			continue
		}
		turn, err := record.Read(r)
		if err != nil {
			t.Fatalf("%s: %v", j.Name, err)
		}
		ended = turn.Decision.End != nil
	}
	return ended
}
