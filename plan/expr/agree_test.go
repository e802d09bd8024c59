package expr

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr/sample"
	"ofsplan/plan/fact"
)

// Whatever compiles has a value wherever it is asked, but for what has none by its nature, as a division by zero: no name is unknown then, and no
// kind wrong. What is called constant comes to that in every case. Expressions are drawn, half of them with slips.
func TestWhatCompilesMeetsNoWrongNameAndNoWrongKind(t *testing.T) {
	names := map[sample.Kind][]string{
		sample.Text: {"params.region", "params.text", "steps.load.outcome", "steps.load.batch_status", "steps.load.failure.kind", "steps.extract.failure.message", "outcome",
			"failure.kind", "failure.step", "batch_run.batch_run_id", "plan.name", "target.name", "run.id", "steps.load.tasks.T.status"},
		sample.Int: {"params.n", "attempt", "steps.load.attempts", "steps.load.code", "failure.code"}, sample.Number: {"params.rate"},
		sample.Bool: {"params.full", "succeeded()", "failed()", "always()", "steps.load.tasks.T.failed"}, sample.Day: {"misdate"},
		sample.Moment: {"steps.load.started_at", "steps.load.finished_at", "run.started_at"}, sample.Duration: {"elapsed", "steps.load.elapsed"},
		sample.List: {"params.codes", "steps.load.failed_tasks", "batch_run.failed_members"},
	}
	const seed = 20261128
	count := 10_000
	if testing.Short() {
		count = 2000
	}
	r := rand.New(rand.NewPCG(seed, 1))
	compiled, constants, told := 0, 0, 0
	for i := range count {
		w := &sample.Writer{Rand: r, Names: names, Wrong: 100 * (i % 2)}
		text := w.Of(sample.Bool, 1+i%4)
		sc := testScope()
		n := &source.Node{Kind: source.Scalar, Value: text, Pos: source.Pos{File: "p", Line: 1, Col: 1}}
		c, errs := sc.Cond(n, inAll)
		if c == nil || len(errs) > 0 {
			continue
		}
		compiled++
		for range 5 {
			fixed, view := drawnFacts(r)
			holds, err := holdsSafely(fixed, c, view)
			if err != nil {
				told++
				if !sample.OfValue(err) {
					t.Errorf("%s\nmeets %v", text, err)
				}
				continue
			}
			for _, k := range sc.Constants() {
				if constants++; k.Text == "" && holds != k.Holds {
					t.Errorf("%s\nis called constant, %t, and is %t", text, k.Holds, holds)
				}
			}
			if verdict, err := fixed.Judge(c, Early{}); err == nil && (verdict == Never && holds || verdict == Always && !holds) {
				t.Errorf("%s\nis judged %d when the run starts, and is %t", text, verdict, holds)
			}
		}
	}
	if compiled < count/4 || constants < count/200 || told == 0 {
		t.Errorf("of %d expressions %d compile, %d times one is constant, %d times one has no value: too few to say anything", count, compiled, constants, told)
	}
}

// holdsSafely is Holds, with a panic as an error.
func holdsSafely(f *Fixed, c *Cond, v fact.View) (holds bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	ev, err := f.Holds(c, v)
	return ev.Holds, err
}

// drawnFacts are facts of some night.
func drawnFacts(r *rand.Rand) (*Fixed, fact.View) {
	half := func() bool { return r.IntN(2) == 0 }
	rate, _ := ParseDecimal([]string{"0.25", "0", "-1.5", "100"}[r.IntN(4)])
	fixed := &Fixed{
		Params: map[string]any{
			"region": []string{"EMEA", "APAC"}[r.IntN(2)], "n": r.IntN(7) - 1, "rate": rate, "full": half(), "codes": [][]string{{}, {"A"}, {"failed", "B"}}[r.IntN(3)],
			"text": []string{"", "x", "EMEA", "12", "2026-11-20"}[r.IntN(5)],
		},
		MISDate: calendar.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28)), Plan: "nightly", Run: "r1", Target: "prod", StartedAt: time.Date(2026, 11, 20, 1, r.IntN(60), 0, 0, time.UTC),
	}
	step := func(int) fact.Step {
		s := fact.Step{Outcome: fact.Outcomes()[r.IntN(6)]}
		if half() {
			s.StartedAt, s.Attempts, s.Elapsed = fixed.StartedAt, 1+r.IntN(2), time.Duration(r.IntN(7200))*time.Second
			s.Run = fact.BatchRun{ID: "B", Status: fact.Statuses()[r.IntN(9)], Code: r.IntN(4), Tasks: []fact.Part{{Code: "T", Status: fact.Statuses()[r.IntN(9)]}}}
		}
		if half() && !s.StartedAt.IsZero() {
			s.FinishedAt = s.StartedAt.Add(time.Minute)
		}
		if s.Outcome == fact.Failed {
			s.Failure = fact.Failure{Kind: fact.Kinds()[r.IntN(len(fact.Kinds()))], Code: r.IntN(4), Message: "no", Step: "load"}
		}
		return s
	}
	steps := []fact.Step{step(0), step(1)}
	return fixed, fact.View{
		Step: func(i int) fact.Step { return steps[i] }, Run: steps[0].Run, Elapsed: time.Duration(r.IntN(7200)) * time.Second, Attempt: 1 + r.IntN(3), Failure: steps[0].Failure,
		Outcome: fact.Outcomes()[r.IntN(6)], AllGood: half(), AnyFailed: half(),
	}
}
