package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
)

// mixed is a plan with a batch that names tasks, a group, and a batch of others.
const mixed = `
version: 1
name: mixed
params:
  which: {default: LATE}
steps:
  - id: load
    trigger:
      batch: LOAD
      tasks: {STAGE: {threshold: 10}}
      excluded: [OLD]
  - id: score
    trigger: {group: SCORES, members: {SCORE_A: {}, SCORE_B: {}}}
  - id: wait
    wait: {batch: OTHERS, run: OTHERS_2026-11-20_1795222800000_1}
  - id: late
    trigger: {batch: "${{ params.which }}"}
`

// scripted is a scenario that says much about it.
func scripted() sim.Scenario {
	return sim.Scenario{
		Batches: map[string]sim.Batch{"LOAD": {
			Duration: sim.Lasting(time.Hour),
			Tasks:    []sim.Task{{Code: "EXTRACT", Duration: sim.Lasting(20 * time.Minute)}, {Code: "STAGE"}, {Code: "OLD"}},
			Starts:   []sim.Start{{AbortsAt: time.Minute}},
		}},
		Groups: map[string]sim.Group{"SCORES": {Members: []sim.Member{
			{Code: "SCORE_A"}, {Code: "SCORE_B", Own: &sim.Batch{Duration: sim.Lasting(time.Hour)}},
		}}},
	}
}

func TestWhatIf(t *testing.T) {
	whole := sim.Start{Fails: sim.Whole}
	three := sim.Lasting(3 * time.Hour)
	r := resolved(t, mixed)
	for name, c := range map[string]struct {
		scenario  sim.Scenario
		set, fail string
		want      func(*sim.Scenario)
	}{
		"a time where there was none": {sim.Scenario{}, "LOAD.duration=3h", "", func(sc *sim.Scenario) {
			sc.Batches = map[string]sim.Batch{"LOAD": {Duration: three}}
		}},
		"a time that varies": {sim.Scenario{}, "LATE.duration= 3h ± 1h", "", func(sc *sim.Scenario) {
			sc.Batches = map[string]sim.Batch{"LATE": {Duration: &sim.Length{Mean: 3 * time.Hour, Spread: time.Hour}}}
		}},
		"another time, for its tasks too": {scripted(), "LOAD.duration=3h", "", func(sc *sim.Scenario) {
			b := sc.Batches["LOAD"]
			b.Duration, b.Tasks[0].Duration = three, nil
			sc.Batches["LOAD"] = b
		}},
		"the time of a member of which the scenario knows nothing": {sim.Scenario{}, "SCORE_A.duration=3h", "", func(sc *sim.Scenario) {
			sc.Batches = map[string]sim.Batch{"SCORE_A": {Duration: three}}
			sc.Groups = map[string]sim.Group{"SCORES": {Members: []sim.Member{{Code: "SCORE_A"}, {Code: "SCORE_B"}}}}
		}},
		"the time of a member": {scripted(), "SCORE_A.duration=3h", "", func(sc *sim.Scenario) {
			sc.Batches["SCORE_A"] = sim.Batch{Duration: three}
		}},
		"the time of a member with a way of its own": {scripted(), "SCORE_B.duration=3h", "", func(sc *sim.Scenario) {
			sc.Groups["SCORES"].Members[1].Own.Duration = three
		}},
		"a failure": {sim.Scenario{}, "", "LOAD", func(sc *sim.Scenario) {
			sc.Batches = map[string]sim.Batch{"LOAD": {Starts: []sim.Start{whole}}}
		}},
		"a failure before what goes wrong anyhow": {scripted(), "", "LOAD:STAGE", func(sc *sim.Scenario) {
			b := sc.Batches["LOAD"]
			b.Starts = []sim.Start{{Fails: "STAGE"}, {AbortsAt: time.Minute}}
			sc.Batches["LOAD"] = b
		}},
		"a task that nobody named, beside those the plan names": {sim.Scenario{}, "", "LOAD:EXTRACT", func(sc *sim.Scenario) {
			sc.Batches = map[string]sim.Batch{"LOAD": {
				Tasks: []sim.Task{{Code: "STAGE"}, {Code: "OLD"}, {Code: "EXTRACT"}}, Starts: []sim.Start{{Fails: "EXTRACT"}},
			}}
		}},
		"a group": {sim.Scenario{}, "", "SCORES", func(sc *sim.Scenario) {
			sc.Groups = map[string]sim.Group{"SCORES": {Members: []sim.Member{{Code: "SCORE_A"}, {Code: "SCORE_B"}}, Starts: []sim.Start{whole}}}
		}},
		"a batch of a group": {scripted(), "", "SCORES:SCORE_B", func(sc *sim.Scenario) {
			sc.Groups["SCORES"].Members[1].Own.Starts = []sim.Start{whole}
		}},
	} {
		changed := c.scenario
		before := cmp.Diff(sim.Scenario{}, c.scenario)
		var err error
		if c.set != "" {
			err = scenario.Set(&changed, r, c.set)
		} else {
			err = scenario.Fail(&changed, r, c.fail)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if after := cmp.Diff(sim.Scenario{}, c.scenario); after != before {
			t.Errorf("%s: the scenario it was made from has changed:\n%s", name, after)
		}
		want := scripted()
		if c.scenario.Batches == nil {
			want = sim.Scenario{}
		}
		c.want(&want)
		if diff := cmp.Diff(want, changed); diff != "" {
			t.Errorf("%s, want (-), got (+):\n%s", name, diff)
		}
		if _, err := sim.New(changed, sim.Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatCannotBe(t *testing.T) {
	closed := strings.Replace(mixed, `"${{ params.which }}"`, "LATE", 1)
	for _, c := range []struct{ set, fail, want string }{
		{set: "LOAD", want: `"LOAD" is not BATCH.duration=3h`},
		{set: "LOAD.time=3h", want: "only the duration of a batch can be set"},
		{set: "LOAD.duration=-3h", want: `"-3h" is not a duration`},
		{set: "SCORES.duration=3h", want: "set the duration of SCORE_A, SCORE_B"},
		{set: "LAOD.duration=3h", want: "no step of night.yaml orders LAOD\n\tdid you mean \"LOAD\"?"},
		{fail: "", want: `"" is not BATCH or BATCH:TASK`},
		{fail: "LOAD:", want: `"LOAD:" is not BATCH or BATCH:TASK`},
		{fail: "LOAD:STAEG", want: "batch LOAD has no task STAEG\n\tdid you mean \"STAGE\"?"},
		{fail: "SCORES:SCORE_C", want: "SCORE_C is no batch of group SCORES\n\tdid you mean"},
	} {
		r, sc := resolved(t, closed), scripted()
		var err error
		if c.set != "" {
			err = scenario.Set(&sc, r, c.set)
		} else {
			err = scenario.Fail(&sc, r, c.fail)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s%s: got %v, want %s", c.set, c.fail, err, c.want)
		}
	}
}

// What a scenario names and no step orders is warned of, unless the plan may order anything.
func TestUnorderedCodesOfAScenario(t *testing.T) {
	codes := plan.Codes{Known: []string{"LOAD", "PUBLISH"}}
	data := []byte("version: 1\nbatches: {LOAD: 5m, PUBLSH: 5m}\nelsewhere: {X_1: {batch: UPSTREAM}}\n")
	errs := scenario.Unordered("s.yaml", data, codes)
	var got []string
	for _, e := range errs {
		got = append(got, e.Error())
	}
	if len(got) != 2 || !strings.Contains(got[0], `s.yaml:2:21`) || !strings.Contains(got[0], `did you mean "PUBLISH"?`) {
		t.Errorf("got %q", got)
	}
	codes.Open = true
	if errs := scenario.Unordered("s.yaml", data, codes); len(errs) > 0 {
		t.Errorf("got %v of a plan that may order anything", errs)
	}
}

// What a scenario names and no step waits for is warned of: what is not named is there, so that a slip would go unnoticed.
func TestWhatNoStepWaitsForIsToldOf(t *testing.T) {
	const text = `
version: 1
name: night
params: {misdate: {type: business_date, default: T-1}}
misdate: ${{ params.misdate }}
steps:
  - {id: a, timeout: 1h, file: "feeds/${{ misdate }}_*.dat"}
  - {id: b, timeout: 1h, check: landed}
  - {id: c, timeout: 1h, wait: {plan: ingest}}
`
	data := []byte("version: 1\nfiles: {feeds/2026-11-20_1.dat: {}, feeds/2026-11-19_1.dat: {}}\nchecks: {landed: {}, landet: {}}\nplans: {ingest: {}, other: {}}\n")
	var got []string
	for _, e := range scenario.Unordered("s.yaml", data, resolved(t, text).Codes()) {
		got = append(got, e.Error())
	}
	want := []string{
		`s.yaml:2:37: warning W103: the scenario names file "feeds/2026-11-19_1.dat", and no plan tested with it waits for that`,
		`s.yaml:3:22: warning W103: the scenario names check "landet", and no plan tested with it waits for that`,
		`s.yaml:4:21: warning W103: the scenario names plan "other", and no plan tested with it waits for that`,
	}
	for i, w := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], strings.Replace(w, "warning ", "", 1)) && !strings.HasPrefix(got[i], w) {
			t.Errorf("got %q, want %q", got, w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %q", got)
	}
	open := strings.ReplaceAll(text, "check: landed", `file: "${{ steps.a.file.path }}.done"`)
	for _, e := range scenario.Unordered("s.yaml", data, resolved(t, open).Codes()) {
		if !strings.Contains(e.Error(), "check") {
			t.Errorf("of a plan that may wait for any file or plan: %v", e)
		}
	}
}

// resolved is a plan bound to a run.
func resolved(t *testing.T, text string) *plan.Resolved {
	t.Helper()
	p, err := plan.Parse("night.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), RunID: "run"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
