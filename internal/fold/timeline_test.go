package fold_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
)

// crossing is a plan in which everything that takes time happens.
func crossing(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("testdata/crossing.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// crossed plays the plan.
func crossed(t *testing.T, text string, sc sim.Scenario) rehearse.Result {
	t.Helper()
	p, err := plan.Parse("crossing.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := rehearse.Night{Plan: p, Scenario: sc}.Run()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// minutes is a batch that takes so long, in minutes and half a one, which its first starts do not survive.
func minutes(n int, starts ...sim.Start) sim.Batch {
	return sim.Batch{Duration: sim.Lasting(time.Duration(n)*time.Minute + 30*time.Second), Starts: starts}
}

// busy is a night in which everything takes its time.
func busy() sim.Scenario {
	whole := sim.Start{Fails: sim.Whole}
	return sim.Scenario{
		Batches: map[string]sim.Batch{
			"FEED": minutes(20), "RATES": minutes(30), "LISTS": minutes(5, whole), "LOAD": minutes(40, whole), "REPORT": minutes(3), "CLOSE": minutes(0),
		},
		Faults: []sim.Fault{
			{On: "trigger", Batch: "REPORT", Do: sim.Slow, Delay: 2 * time.Minute},
			{At: &sim.Clock{Hour: 2, Minute: 40}, For: 10 * time.Minute, Do: sim.KillRunner},
		},
	}
}

func TestATimelineAccountsForAllTime(t *testing.T) {
	r := crossed(t, crossing(t), busy())
	contiguous(t, fold.NewTimeline(r.Resolved.Plan, r.Turns, r.Ended))
}

// contiguous checks that the critical path leaves out no moment of the run, and that no moment is counted twice.
func contiguous(t *testing.T, timeline *fold.Timeline) {
	t.Helper()
	at := timeline.StartedAt
	for _, leg := range timeline.Critical {
		if !leg.From.Equal(at) {
			t.Errorf("%s begins at %s, after a leg that ends at %s", leg.Step, leg.From, at)
		}
		if got, want := total(leg.Spent), fold.Seconds(leg.To.Sub(leg.From)); got != want {
			t.Errorf("%s: %s of %s are accounted for", leg.Step, got, want)
		}
		at = leg.To
	}
	if !at.Equal(timeline.FinishedAt) || total(timeline.Spent) != timeline.Elapsed {
		t.Errorf("the path ends at %s and spends %s, the run at %s after %s", at, total(timeline.Spent), timeline.FinishedAt, timeline.Elapsed)
	}
}

func total(s fold.Spent) fold.Seconds {
	return s.Batch + s.Polls + s.Delays + s.Awaited + s.Closed + s.Queue + s.Requests + s.Other
}

// Whatever shape a plan has, the path is whole.
func TestTheCriticalPathIsWhole(t *testing.T) {
	for name, c := range map[string]struct {
		plan string
		want []string
	}{
		"one after the other": {`
version: 1
name: p
steps:
  - {id: a, trigger: {batch: A}}
  - {id: b, trigger: {batch: B}}
  - {id: c, trigger: {batch: C}}
`, []string{"a", "b", "c"}},
		"the longer of two": {`
version: 1
name: p
steps:
  - {id: a, needs: [], trigger: {batch: A}}
  - {id: b, needs: [], trigger: {batch: LONG}}
  - {id: c, needs: [a, b], trigger: {batch: C}}
`, []string{"b", "c"}},
		"the end of none": {`
version: 1
name: p
steps:
  - {id: a, needs: [], trigger: {batch: A}}
  - {id: b, needs: [a], trigger: {batch: B}}
  - {id: c, needs: [], trigger: {batch: LONG}}
`, []string{"c"}},
		"the longer of two, with two that could heal the other": {`
version: 1
name: p
steps:
  - {id: a, needs: [], trigger: {batch: A}}
  - {id: b, needs: [], trigger: {batch: LONG}}
  - {id: c, needs: [a, b], if: failed(), restart: a}
  - {id: d, needs: [a, b], if: failed(), rerun: a}
  - {id: e, needs: [a, b], trigger: {batch: C}}
`, []string{"b", "e"}},
		"a step on the way to a healer, and one beside it": {`
version: 1
name: p
steps:
  - {id: a, trigger: {batch: BAD}}
  - {id: b, needs: a, if: failed(), trigger: {batch: LONG}}
  - {id: c, needs: [a, b], if: failed(), restart: a}
  - {id: d, needs: a, trigger: {batch: D}}
  - {id: e, needs: a, if: always(), trigger: {batch: E}}
`, []string{"a", "b", "c", "e"}},
		"healers side by side": {`
version: 1
name: p
steps:
  - {id: a, trigger: {batch: BAD}}
  - {id: b, needs: [], trigger: {batch: SLOW}}
  - {id: c, if: failed() && steps.b.outcome == "failed", restart: b}
  - {id: d, if: failed() && steps.a.outcome == "failed", restart: a}
  - {id: e, trigger: {batch: E}}
`, []string{"b", "c", "e"}},
		"nothing at all": {`
version: 1
name: p
steps:
  - {id: a, if: "false", trigger: {batch: A}}
  - {id: b, if: "false", trigger: {batch: B}}
`, []string{"a"}},
		"a failure": {`
version: 1
name: p
steps:
  - {id: a, trigger: {batch: BAD}}
  - {id: b, trigger: {batch: B}}
  - {id: c, if: failed(), trigger: {batch: C}}
`, []string{"a", "c"}},
	} {
		whole := sim.Start{Fails: sim.Whole}
		r := crossed(t, c.plan, sim.Scenario{Batches: map[string]sim.Batch{"LONG": minutes(60), "BAD": minutes(1, whole), "SLOW": minutes(50, whole)}})
		timeline := fold.NewTimeline(r.Resolved.Plan, r.Turns, r.Ended)
		contiguous(t, timeline)
		var got []string
		for _, leg := range timeline.Critical {
			got = append(got, leg.Step)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// Without the scheduler's own account the wait for a poll counts as batch time.
func TestATimelineOfAnybody(t *testing.T) {
	r := crossed(t, crossing(t), sim.Scenario{Unknown: sim.Unknown{Duration: sim.Lasting(90 * time.Second)}})
	known, unknown := fold.NewTimeline(r.Resolved.Plan, r.Turns, r.Ended), fold.NewTimeline(r.Resolved.Plan, r.Turns, nil)
	if unknown.Spent.Polls != 0 || known.Spent.Polls == 0 || unknown.Spent.Batch != known.Spent.Batch+known.Spent.Polls {
		t.Errorf("with the scheduler's account %+v, without %+v", known.Spent, unknown.Spent)
	}
}
