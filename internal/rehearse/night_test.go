package rehearse_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
)

// nightly is the plan of the examples that has everything.
func nightly(t testing.TB) *plan.Plan {
	t.Helper()
	p, err := plan.Load(os.DirFS("../../examples/plans"), "nightly.yaml", "nightly.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// two is a plan of two steps.
const two = `
version: 1
name: two
steps:
  - id: load
    trigger: {batch: LOAD}
  - id: publish
    trigger: {batch: PUBLISH}
`

// night is the plan in a night that goes so.
func night(t testing.TB, text string, sc sim.Scenario) rehearse.Night {
	t.Helper()
	p, err := plan.Parse("night.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rehearse.Night{Plan: p, Scenario: sc}
}

// played is what becomes of the night.
func played(t testing.TB, n rehearse.Night) rehearse.Result {
	t.Helper()
	r, err := n.Run()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// carried is what the scheduler carried out, in a line each.
func carried(r rehearse.Result) []string {
	var all []string
	for _, c := range r.Carried {
		all = append(all, c.Op+" "+c.Code)
	}
	return all
}

// events are the types of the recorded events.
func events(r rehearse.Result) []string {
	var all []string
	for _, turn := range r.Turns {
		all = append(all, turn.Event.Type())
	}
	return all
}

// Everything in the log is the same the next time, also when the runner was killed in between.
func TestTheSameNightWritesTheSameBytes(t *testing.T) {
	varied := sim.Demo()
	varied.Batches["WATCHLIST_LOAD"] = sim.Batch{Duration: &sim.Length{Mean: time.Hour, Spread: 30 * time.Minute}}
	varied.Faults = []sim.Fault{
		{On: "status", Every: 3, Do: sim.HTTPStatus, Status: 503},
		{At: &sim.Clock{Hour: 2, Minute: 20}, For: 10 * time.Minute, Do: sim.Down},
		{At: &sim.Clock{Hour: 2, Minute: 1}, For: 5 * time.Minute, Do: sim.KillRunner},
	}
	n := rehearse.Night{Plan: nightly(t), Scenario: varied, Seed: 7}
	first := played(t, n)
	if len(first.Killed) != 1 || first.End == nil || first.End.Outcome != fact.Succeeded || first.Exit != 0 {
		t.Fatalf("got %+v, killed at %v", first.End, first.Killed)
	}
	for range 3 {
		if again := played(t, n); !bytes.Equal(again.Journal, first.Journal) {
			t.Fatalf("one night, two logs:\n%s", cmp.Diff(lines(first.Journal), lines(again.Journal)))
		}
	}
	n.Seed = 8
	if other := played(t, n); bytes.Equal(other.Journal, first.Journal) || other.RunID == first.RunID {
		t.Errorf("another seed, and the same night: %s", other.RunID)
	}
}

func lines(b []byte) []string { return strings.Split(string(b), "\n") }

// The log verifies like every other.
func TestTheLogOfANightVerifies(t *testing.T) {
	verified(t, played(t, rehearse.Night{Plan: nightly(t), Scenario: sim.Demo()}))
}

func TestANightBeginsWhenItIsTold(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 12, 31, hour, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		at, start, want time.Time
	}{
		"nobody says":              {want: rehearse.Start},
		"the scenario says":        {start: at(1), want: at(1)},
		"the night says":           {at: at(2), want: at(2)},
		"the night has the word":   {at: at(2), start: at(1), want: at(2)},
		"cut to the microsecond":   {at: at(2).Add(7), want: at(2)},
		"whatever the zone's name": {at: at(2).In(time.FixedZone("", 3600)), want: at(2)},
	} {
		n := night(t, two, sim.Scenario{Start: c.start})
		n.At = c.at
		r := played(t, n)
		if r.StartedAt != c.want || r.Turns[0].At != c.want || r.Carried[0].At != c.want {
			t.Errorf("%s: began at %s, the first turn is of %s", name, r.StartedAt, r.Turns[0].At)
		}
		if got := r.FinishedAt.Sub(r.StartedAt); got != 10*time.Minute {
			t.Errorf("%s: two batches of five minutes took %s", name, got)
		}
		if want := (sim.Tally{Trigger: 2, Status: 22, Token: 1}); r.Requests != want {
			t.Errorf("%s: got %+v, want %+v", name, r.Requests, want)
		}
	}
}

// Clock times of a scenario are meant in the plan's zone.
func TestClockTimesAreThePlans(t *testing.T) {
	text := strings.Replace(two, "name: two\n", "name: two\ncalendar: {timezone: Asia/Tokyo}\n", 1)
	n := night(t, text, sim.Scenario{Faults: []sim.Fault{{At: &sim.Clock{Hour: 11, Minute: 2}, Do: sim.KillRunner}}})
	r := played(t, n)
	if want := rehearse.Start.Add(2 * time.Minute); len(r.Killed) != 1 || r.Killed[0] != want {
		t.Errorf("killed at %v, want %s", r.Killed, want)
	}
}

func TestTheExitCodeIsThatOfARun(t *testing.T) {
	whole := func(s sim.Start) sim.Scenario {
		return sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Starts: []sim.Start{s}}}}
	}
	for name, c := range map[string]struct {
		sc   sim.Scenario
		want exitcode.Code
		err  error
	}{
		"succeeded":  {sim.Scenario{}, 0, nil},
		"failed":     {whole(sim.Start{Fails: sim.Whole}), 1, nil},
		"refused":    {whole(sim.Start{Refuse: -3}), 1, nil},
		"in doubt":   {sim.Scenario{Faults: []sim.Fault{{On: "trigger", Do: sim.DropAnswer}}}, 3, nil},
		"no contact": {sim.Scenario{Faults: []sim.Fault{{Do: sim.Down}}}, 5, drive.ErrNoContact},
		"no token":   {sim.Scenario{Faults: []sim.Fault{{On: "token", Do: sim.InvalidGrant}}}, 5, drive.ErrNoContact},
	} {
		r := played(t, night(t, two, c.sc))
		if r.Exit != c.want || !errors.Is(r.Err, c.err) {
			t.Errorf("%s: got exit code %d, %v", name, r.Exit, r.Err)
		}
		if (r.End == nil) != (c.err != nil) {
			t.Errorf("%s: ended as %+v", name, r.End)
		}
	}
}

func TestWhatCannotBePlayed(t *testing.T) {
	for name, c := range map[string]struct {
		night rehearse.Night
		want  string
	}{
		"no plan":              {rehearse.Night{}, "no plan"},
		"an impossible night":  {night(t, two, sim.Scenario{Batches: map[string]sim.Batch{"A": {Refuse: 1}}}), "scenario: "},
		"a parameter too many": {rehearse.Night{Plan: night(t, two, sim.Scenario{}).Plan, Given: []plan.Given{{Name: "x", Value: "1", From: "command line"}}}, `no parameter "x"`},
	} {
		if _, err := c.night.Run(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A night without an end ends at its bound, and says who waits.
func TestANightWithoutAnEnd(t *testing.T) {
	n := night(t, two, sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Starts: []sim.Start{{Hangs: sim.Whole}}}}})
	for name, c := range map[string]struct {
		bounds rehearse.Bounds
		want   string
	}{
		"seven days": {rehearse.Bounds{}, "the night has not ended after 168h and 20"},
		"an hour":    {rehearse.Bounds{Longest: time.Hour}, "the night has not ended after 1h and 12"},
		"requests":   {rehearse.Bounds{Requests: 10}, "the night has not ended after 3m and 9 requests"},
	} {
		n.Bounds = c.bounds
		r, err := n.Run()
		endless, ok := errors.AsType[*rehearse.EndlessError](err)
		if !ok {
			t.Fatalf("%s: got %v", name, err)
		}
		if !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %q, want %q", name, err, c.want)
		}
		want := "\nnight.yaml:5:5: step \"load\" waits for batch \"LOAD\" (LOAD_2026-11-23_1795399200000_1) to end since 2026-11-23 02:00:00\n" +
			"1 more step waits behind that\n\tgive such a step a timeout, or a watch rule that interrupts it"
		if !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %q", name, err)
		}
		if len(endless.Waiting) != 1 || endless.Waiting[0].State != runner.Watching || r.End != nil || r.Exit != 1 || len(r.Journal) == 0 {
			t.Errorf("%s: got %+v, ended as %+v, exit code %d", name, endless, r.End, r.Exit)
		}
	}
}

// A night in which one step is started again and again is given up too: each attempt takes memory.
func TestANightOfAttempts(t *testing.T) {
	const plan = "version: 1\nname: night\nsteps:\n  - id: load\n    trigger: {batch: LOAD}\n    on_failure:\n      - {if: 'failure.kind == \"batch_failed\"', do: rerun, times: 1000000000}\n"
	starts := slices.Repeat([]sim.Start{{Fails: sim.Whole}}, 100)
	n := night(t, plan, sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Starts: starts}}})
	n.Bounds = rehearse.Bounds{Again: 20}
	r, err := n.Run()
	if _, ok := errors.AsType[*rehearse.EndlessError](err); !ok || r.Asked.Requests.Rerun != 20 {
		t.Errorf("got %v after %+v", err, r.Asked)
	}
	n.Bounds = rehearse.Bounds{}
	if _, err := n.Run(); err != nil {
		t.Errorf("a hundred attempts are too many: %v", err)
	}
}
