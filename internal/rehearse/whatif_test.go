package rehearse_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/record"
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
		n := night(t, mixed, c.scenario)
		before := cmp.Diff(sim.Scenario{}, n.Scenario)
		var err error
		if c.set != "" {
			err = n.Set(c.set)
		} else {
			err = n.Fail(c.fail)
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
		if diff := cmp.Diff(want, n.Scenario); diff != "" {
			t.Errorf("%s, want (-), got (+):\n%s", name, diff)
		}
		if _, err := sim.New(n.Scenario, sim.Options{}); err != nil {
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
		n := night(t, closed, scripted())
		var err error
		if c.set != "" {
			err = n.Set(c.set)
		} else {
			err = n.Fail(c.fail)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s%s: got %v, want %s", c.set, c.fail, err, c.want)
		}
	}
}

func TestStrangersOfAScenario(t *testing.T) {
	n := night(t, two, sim.Scenario{})
	errs, err := n.Strangers("s.yaml", []byte("version: 1\nbatches: {LOAD: 5m, PUBLSH: 5m}\nelsewhere: {X_1: {batch: UPSTREAM}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range errs {
		got = append(got, e.Error())
	}
	if len(got) != 2 || !strings.Contains(got[0], `s.yaml:2:21`) || !strings.Contains(got[0], `did you mean "PUBLISH"?`) {
		t.Errorf("got %q", got)
	}
}

// asReal are the turns of a night as if it had been a run against a real scheduler.
func asReal(r rehearse.Result) []record.Turn {
	turns := slices.Clone(r.Turns)
	started := turns[0].Event.(runner.RunStarted)
	started.Simulated = false
	turns[0].Event = started
	return turns
}

// A history is the median of what succeeded, each batch and group by itself.
func TestHistory(t *testing.T) {
	var h rehearse.History
	for i, d := range []time.Duration{50, 10, 30, 20} { // minutes of LOAD; PUBLISH takes five
		start := sim.Start{}
		if i == 0 {
			start.Fails = sim.Whole // a night of failures teaches nothing
		}
		n := night(t, two, sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Duration: sim.Lasting(d * time.Minute), Starts: []sim.Start{start}}}})
		h.Add(asReal(played(t, n)))
	}
	group := night(t, "version: 1\nname: g\nsteps:\n  - {id: s, trigger: {group: G, members: {A: {}, B: {}}}}\n", sim.Scenario{})
	h.Add(asReal(played(t, group)))
	h.Add(played(t, night(t, two, sim.Scenario{})).Turns) // simulated: not one of ours
	if h.Runs() != 5 || !cmp.Equal(h.Codes(), []string{"G", "LOAD", "PUBLISH"}) {
		t.Fatalf("%d runs of %v", h.Runs(), h.Codes())
	}
	if got := h.Usual("LOAD"); got != 20*time.Minute {
		t.Errorf("LOAD usually takes %s", got)
	}
	five := sim.Lasting(5 * time.Minute)
	given := sim.Scenario{Batches: map[string]sim.Batch{"PUBLISH": {Duration: sim.Lasting(time.Hour)}, "LOAD": {Refuse: -3}}}
	want := sim.Scenario{
		Batches: map[string]sim.Batch{"PUBLISH": {Duration: sim.Lasting(time.Hour)}, "LOAD": {Refuse: -3, Duration: sim.Lasting(20 * time.Minute)}},
		Groups:  map[string]sim.Group{"G": {Members: []sim.Member{{Code: "A", Own: &sim.Batch{Duration: five}}, {Code: "B", Own: &sim.Batch{Duration: five}}}}},
	}
	if diff := cmp.Diff(want, h.Fill(given)); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	var none rehearse.History
	if diff := cmp.Diff(sim.Scenario{}, none.Fill(sim.Scenario{})); diff != "" || none.Usual("LOAD") != 0 {
		t.Errorf("who knows nothing says %s", diff)
	}
}
