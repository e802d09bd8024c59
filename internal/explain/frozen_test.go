package explain_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"ofsplan/internal/explain"
	"ofsplan/internal/frozen"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// Of every step of every frozen run it can be told why it stands where it stands, at the end and in the middle, and what is told is what the
// record holds: the same state, the same evidence, the same rule.
func TestFrozenRunsAreExplained(t *testing.T) {
	told := 0
	for _, j := range frozen.Journals(t, "../../testdata/journals") {
		log, err := explain.Read(bytes.NewReader(j.Data))
		if err != nil {
			t.Errorf("%s: %v", j.Name, err)
			continue
		}
		if torn := j.Verdict.Problem != nil; torn != (log.Warning != "") {
			t.Errorf("%s: read with %q", j.Name, log.Warning)
		}
		end := log.Records[len(log.Records)-1].Seq
		for _, until := range []int64{end, min(end, (end+4)/2)} {
			told += explained(t, j, log, until)
		}
	}
	if told < 1000 {
		t.Errorf("%d steps were explained", told)
	}
}

// explained holds why each step stands where it stands against the records up to one, and counts the steps.
func explained(t *testing.T, j frozen.Journal, log *explain.Log, until int64) int {
	t.Helper()
	last := map[string]runner.Transition{}
	var started *runner.RunStarted
	for _, r := range log.Records {
		if r.Note || r.Seq > until {
			continue
		}
		turn, err := record.Read(r)
		if err != nil {
			t.Fatalf("%s: %v", j.Name, err)
		}
		if e, is := turn.Event.(runner.RunStarted); is {
			started = &e
		}
		for _, m := range turn.Decision.Moves {
			last[m.Step] = m
		}
	}
	count := 0
	for id, m := range last {
		why, err := explain.Why(log, id, until)
		switch {
		case j.Machine != runner.MachineVersion:
			if !errors.Is(err, resume.ErrOtherMachine) {
				t.Errorf("%s, machine %d: got %v", j.Name, j.Machine, err)
			}
			continue
		case err != nil:
			t.Errorf("%s, step %s, record %d: %v", j.Name, id, until, err)
			continue
		}
		count++
		if why.State != m.To || why.Why != m.Why || why.Mark != m.Mark || why.Simulated != started.Simulated {
			t.Errorf("%s, step %s, record %d: told %s %q %q, recorded %s %q %q", j.Name, id, until, why.State, why.Why, why.Mark, m.To, m.Why, m.Mark)
		}
		sameEvidence(t, j.Name+", step "+id, log, why)
	}
	return count
}

// sameEvidence holds the evidence that a reason tells of moves against that of the records: what was judged as true and let a rule act, or
// the condition of the step.
func sameEvidence(t *testing.T, where string, log *explain.Log, why *explain.Reason) {
	t.Helper()
	told := map[int64][]fact.Evidence{}
	for _, e := range why.History {
		for _, one := range e.Judged {
			if one.Expr != "" && (one.Acts || one.Of == runner.JudgedIf && !one.NoValue) {
				told[e.Record] = append(told[e.Record], fact.Evidence{Expr: one.Expr, At: one.At, Holds: one.Holds, Values: one.Values})
			}
		}
	}
	for _, r := range log.Records {
		if r.Note || r.Seq > why.AsOf.Record {
			continue
		}
		turn, err := record.Read(r)
		if err != nil {
			t.Fatal(err)
		}
		var want []fact.Evidence
		for _, n := range turn.Decision.Notices {
			if n.Step == why.Step {
				want = append(want, n.Evidence...)
			}
		}
		for _, m := range turn.Decision.Moves {
			if m.Step == why.Step {
				want = append(want, m.Evidence...)
			}
		}
		if !reflect.DeepEqual(told[r.Seq], want) && len(told[r.Seq])+len(want) > 0 {
			t.Errorf("%s, record %d: told %+v, recorded %+v", where, r.Seq, told[r.Seq], want)
		}
	}
}
