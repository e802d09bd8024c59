package rehearse_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// key is a key of step load's first attempt.
func key(op runner.Op) runner.Key { return runner.Key{Step: "load", Attempt: 1, Op: op, N: 1} }

// Killed by the clock, while a batch goes on: the next runner looks and goes on, and nothing is started again.
func TestARunnerKilledByTheClock(t *testing.T) {
	n := night(t, two, sim.Scenario{Faults: []sim.Fault{{At: &sim.Clock{Hour: 2, Minute: 3, Second: 7}, For: time.Hour, Do: sim.KillRunner}}})
	r := played(t, n)
	died := rehearse.Start.Add(3*time.Minute + 7*time.Second)
	if !slices.Equal(r.Killed, []time.Time{died}) {
		t.Errorf("killed at %v", r.Killed)
	}
	if got, want := carried(r), []string{"trigger LOAD", "trigger PUBLISH"}; !slices.Equal(got, want) {
		t.Errorf("carried out %v", got)
	}
	at := slices.IndexFunc(r.Turns, func(turn record.Turn) bool { return turn.Event.Type() == "run.resumed" })
	if at < 0 || r.Turns[at].At != died.Add(time.Hour) {
		t.Fatalf("got %v", events(r))
	}
	if got := r.FinishedAt.Sub(died); r.Exit != 0 || got != time.Hour+5*time.Minute {
		t.Errorf("exit code %d, %s after it was killed", r.Exit, got)
	}
	if r.Requests.Token != 2 {
		t.Errorf("%d tokens for two runners", r.Requests.Token)
	}
	verified(t, r)
}

// The two moments that matter. Before the answer is on disk nobody knows what became of the request, and it is not
// made again; after it, the run goes on as if nothing had been.
func TestARunnerKilledAtTheMomentsThatMatter(t *testing.T) {
	for _, c := range []struct {
		after   string
		outcome fact.Outcome
		exit    exitcode.Code
		carried []string
		last    string
	}{
		{"request.sent", fact.InDoubt, 3, []string{"trigger LOAD"}, "run.resumed"},
		{"request.accepted", fact.Succeeded, 0, []string{"trigger LOAD", "trigger PUBLISH"}, "batch.observed"},
	} {
		n := night(t, two, sim.Scenario{})
		n.Faults = []rehearse.Fault{{After: c.after, Key: key(runner.OpTrigger), Do: sim.KillRunner}}
		r := played(t, n)
		if !slices.Equal(r.Killed, []time.Time{rehearse.Start}) {
			t.Errorf("%s: killed at %v", c.after, r.Killed)
		}
		if r.End == nil || r.End.Outcome != c.outcome || r.Exit != c.exit {
			t.Errorf("%s: ended as %+v, exit code %d", c.after, r.End, r.Exit)
		}
		if got := carried(r); !slices.Equal(got, c.carried) {
			t.Errorf("%s: carried out %v", c.after, got)
		}
		got := events(r)
		if i := slices.Index(got, "run.resumed"); i < 1 || got[i-1] != c.after || got[len(got)-1] != c.last {
			t.Errorf("%s: got %v", c.after, got)
		}
		verified(t, r)
	}
}

// Between request and answer of a step that is duplicate_safe: the next runner makes the request again on the plan's
// word, after the rule's delay.
func TestARunnerKilledWhereADuplicateIsSafe(t *testing.T) {
	n := night(t, safe, sim.Scenario{})
	n.Faults = []rehearse.Fault{{After: "request.sent", Key: key(runner.OpTrigger), Do: sim.KillRunner}}
	r := played(t, n)
	if r.End == nil || r.End.Outcome != fact.Succeeded || r.Exit != 0 {
		t.Errorf("ended as %+v, exit code %d", r.End, r.Exit)
	}
	if got, want := carried(r), []string{"trigger LOAD", "trigger LOAD"}; !slices.Equal(got, want) {
		t.Errorf("carried out %v", got)
	}
	if at := r.Carried[1].At; at != rehearse.Start.Add(6*time.Minute) {
		t.Errorf("repeated at %s, want five minutes after the next runner came", at)
	}
	for _, turn := range r.Turns {
		if sent, ok := turn.Event.(runner.RequestSent); ok && sent.Key.Attempt == 2 &&
			sent.Permit.Text != "duplicate_safe: LOAD replaces its table; on_failure night.yaml:8:9, in_doubt: nobody knows whether the trigger "+
				"was carried out: the runner stopped before an answer to load/1/trigger/1 was recorded" {
			t.Errorf("the permit is %q", sent.Permit.Text)
		}
	}
	if err := n.Laws(r); err != nil {
		t.Error(err)
	}
	verified(t, r)
}

// safe is a plan of one step, of which a duplicate is safe.
const safe = `version: 1
name: safe
steps:
  - id: load
    trigger: {batch: LOAD}
    duplicate_safe: LOAD replaces its table
    on_failure:
      - {do: retry, delay: 5m}
`

// Whatever record of the night is the last before the runner is killed: nothing is started twice, and the night ends.
func TestARunnerKilledAfterAnyRecord(t *testing.T) {
	n := rehearse.Night{Plan: nightly(t), Scenario: sim.Demo()}
	whole := played(t, n)
	doubts := 0
	for i, turn := range whole.Turns {
		if turn.Event.Subject() == (runner.Key{}) {
			continue
		}
		n.Faults = []rehearse.Fault{{After: turn.Event.Type(), Key: turn.Event.Subject(), Do: sim.KillRunner}}
		r := played(t, n)
		if len(r.Killed) != 1 && i < len(whole.Turns)-1 {
			t.Errorf("turn %d, %s %s: killed at %v", i, turn.Event.Type(), turn.Event.Subject(), r.Killed)
		}
		marks := map[string]bool{}
		for _, c := range r.Carried {
			if marks[c.Mark] {
				t.Errorf("turn %d: %s was carried out twice", i, c.Mark)
			}
			marks[c.Mark] = true
		}
		switch {
		case r.End == nil:
			t.Errorf("turn %d: no end", i)
		case r.End.Outcome == fact.InDoubt:
			doubts++
		case r.End.Outcome != whole.End.Outcome:
			t.Errorf("turn %d: ended as %s", i, r.End.Outcome)
		}
		verified(t, r)
	}
	if want := whole.Requests.Trigger + whole.Requests.Rerun; doubts != want {
		t.Errorf("%d nights end in doubt, want one for each of %d triggers and reruns", doubts, want)
	}
}

// A kill_runner fault on requests counts them as faults on the wire do.
func TestARunnerKilledWithARequest(t *testing.T) {
	for name, c := range map[string]struct {
		fault sim.Fault
		kills int
		exit  exitcode.Code
	}{
		"the second trigger":  {sim.Fault{On: "trigger", Nth: 2}, 1, 3},
		"that of one batch":   {sim.Fault{On: "trigger", Batch: "PUBLISH"}, 1, 3},
		"of no batch":         {sim.Fault{On: "trigger", Batch: "OTHER"}, 0, 0},
		"no rerun":            {sim.Fault{On: "rerun"}, 0, 0},
		"every second":        {sim.Fault{Every: 2}, 1, 3},
		"later than that":     {sim.Fault{On: "trigger", At: &sim.Clock{Hour: 3}}, 0, 0},
		"while it still does": {sim.Fault{On: "trigger", Batch: "PUBLISH", For: time.Minute}, 0, 0},
	} {
		c.fault.Do = sim.KillRunner
		r := played(t, night(t, two, sim.Scenario{Faults: []sim.Fault{c.fault}}))
		if len(r.Killed) != c.kills || r.Exit != c.exit {
			t.Errorf("%s: killed at %v, exit code %d", name, r.Killed, r.Exit)
		}
	}
}

// Several kills, one of them while nobody is there to be killed.
func TestARunnerKilledAgainAndAgain(t *testing.T) {
	minute := func(m int) time.Time { return rehearse.Start.Add(time.Duration(m) * time.Minute) }
	kill := func(m int, away time.Duration) sim.Fault {
		return sim.Fault{At: &sim.Clock{Hour: 2 + m/60, Minute: m % 60}, For: away, Do: sim.KillRunner}
	}
	n := night(t, two, sim.Scenario{Faults: []sim.Fault{kill(1, 2*time.Minute), kill(2, 0), kill(4, 0), kill(6, 0), kill(60, 0)}})
	r := played(t, n)
	if want := []time.Time{minute(1), minute(4), minute(6)}; !slices.Equal(r.Killed, want) {
		t.Errorf("killed at %v, want %v", r.Killed, want)
	}
	if r.Exit != 0 || len(r.Carried) != 2 {
		t.Errorf("exit code %d, carried out %v", r.Exit, carried(r))
	}
	verified(t, r)
}

// A request whose answer takes its time when the runner is killed: what it would have said is lost with the runner.
func TestARunnerKilledWhileItWaitsForAnAnswer(t *testing.T) {
	n := night(t, two, sim.Scenario{Faults: []sim.Fault{
		{On: "trigger", Nth: 1, Do: sim.Slow, Delay: 3 * time.Minute},
		{At: &sim.Clock{Hour: 2, Minute: 1}, Do: sim.KillRunner},
	}})
	r := played(t, n)
	if r.Exit != 3 || len(r.Carried) != 1 || len(r.Killed) != 1 {
		t.Errorf("exit code %d, carried out %v, killed at %v", r.Exit, carried(r), r.Killed)
	}
	for _, note := range r.Notes {
		if note.Kind == "request.unrecorded" {
			t.Errorf("a killed runner tells: %+v", note)
		}
	}
	if last := r.Turns[len(r.Turns)-1]; last.At != rehearse.Start.Add(2*time.Minute) {
		t.Errorf("the next runner came at %s", last.At)
	}
}

// verified holds the log of a night against its chain.
func verified(t *testing.T, r rehearse.Result) {
	t.Helper()
	v, err := audit.Verify(bytes.NewReader(r.Journal), audit.Expect{Run: r.RunID})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Err(); err != nil {
		t.Error(err)
	}
}
