package plantest

import (
	"bytes"
	"cmp"
	"errors"
	"testing"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/internal/frozen"
	"ofsplan/internal/rehearse"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// A test that expects of a night what show tells of its audit log passes, and coverage counts the steps that show says
// began.
func TestATestSeesWhatShowTells(t *testing.T) {
	for _, j := range frozen.Journals(t, "../../../testdata/journals") {
		out, err := resume.Replay(j.Records)
		if errors.Is(err, resume.ErrOtherMachine) {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", j.Name, err)
		}
		shown, err := fold.Read(bytes.NewReader(j.Data))
		if err != nil {
			t.Fatalf("%s: %v", j.Name, err)
		}
		night := rehearse.Result{Resolved: out.Resolved, End: out.End}
		for turn, err := range record.Turns(bytes.NewReader(j.Data[:j.Verdict.Head.Size])) {
			if err != nil {
				t.Fatalf("%s: %v", j.Name, err)
			}
			night.Turns = append(night.Turns, turn)
		}
		night.StartedAt, night.FinishedAt = shown.StartedAt, shown.UpdatedAt
		c := newComparer(night, nil)
		for _, d := range c.compare(asShown(shown)) {
			t.Errorf("%s: %s", j.Name, d.String())
		}
		seen := marksOf(c.run)
		for _, s := range shown.Steps {
			if began := !s.StartedAt.IsZero(); began != seen[mark{stepItem, s.Def.Pos.String()}] && !instance(out.Resolved.Plan, s.Def) {
				t.Errorf("%s: show says that %q began: %v, and coverage does not agree", j.Name, s.ID, began)
			}
		}
	}
}

// asShown expects everything that show tells of the steps.
func asShown(run *fold.Run) *expectation {
	want := &expectation{}
	if run.End != nil {
		want.Outcome = &wanted[fact.Outcome]{Is: run.End.Outcome}
	}
	for _, s := range run.Steps {
		w := stepWant{ID: s.ID, Attempts: &wanted[int]{Is: s.Attempts}, HealedBy: &wanted[string]{Is: cmp.Or(s.HealedBy(), "nobody")}}
		w.Continued = &wanted[bool]{Is: s.Mark == runner.MarkContinued}
		if out, ended := s.State.Outcome(); ended {
			w.Outcome = &wanted[fact.Outcome]{Is: out}
			w.FinishedBefore = &wanted[moment]{Is: moment{Time: s.FinishedAt.Add(time.Microsecond)}}
		}
		if s.Failure != nil {
			w.Failure = &wanted[fact.FailureKind]{Is: s.Failure.Kind}
		}
		if !s.StartedAt.IsZero() {
			w.StartedAfter = &wanted[moment]{Is: moment{Time: s.StartedAt}}
		}
		want.Steps = append(want.Steps, w)
	}
	return want
}

// instance reports whether several steps stand at one place of the plan.
func instance(p *plan.Plan, def *plan.Step) bool {
	n := 0
	for _, s := range p.Steps {
		if s.Pos == def.Pos {
			n++
		}
	}
	return n > 1
}
