package rehearse

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/runner"
)

// seeds is how many nights a test run draws: enough to reach everything.
const seeds = 600

// Nights drawn by a seed: whatever the plan, the scheduler and the wire do, and whenever the runner dies, every law is
// kept, and the audit log can be told again. The counters show that nothing of it was left out.
func TestSeededNights(t *testing.T) {
	const parts = 8
	var reached [parts]counters
	t.Run("nights", func(t *testing.T) {
		for part := range parts {
			reached[part] = counters{}
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed := uint64(part); seed < seeds/slower; seed += parts {
					reached[part].night(t, seed)
				}
			})
		}
	})
	all := counters{}
	for _, one := range reached {
		for name, n := range one {
			all[name] += n
		}
	}
	if slower == 1 {
		all.want(t)
	}
}

// night plays the night of one seed.
func (c counters) night(t *testing.T, seed uint64) {
	t.Helper()
	n, text, err := drawn(seed)
	if err != nil {
		t.Fatalf("seed %d: the drawn plan does not load: %v\n%s", seed, err, text)
	}
	r, err := n.Run()
	if err == nil {
		err = n.Laws(r)
	}
	if err != nil {
		t.Errorf("seed %d: %v\n%s\n%s", seed, err, text, ScenarioText(n.Scenario, ""))
		return
	}
	c.count(n, r)
	past, err := From(r.Journal)
	if err != nil {
		t.Errorf("seed %d: the past: %v", seed, err)
		return
	}
	for _, sc := range []sim.Scenario{past.Scenario, n.Scenario} {
		back, err := Scenario("scenario.yaml", ScenarioText(sc, past.Note()))
		if diff := cmp.Diff(sc, back); diff != "" || err != nil {
			t.Errorf("seed %d: read back as %v %s", seed, err, diff)
		}
	}
}

// counters are how often each thing was reached, by its name.
type counters map[string]int

// count takes what one night reached.
func (c counters) count(n Night, r Result) {
	for i, f := range n.Scenario.Faults {
		if r.Struck[i] > 0 {
			c["fault "+string(f.Do)]++
		}
	}
	c["killed"] += len(r.Killed)
	switch {
	case r.End != nil:
		c["outcome "+string(r.End.Outcome)]++
	case errors.Is(r.Err, errNoContact):
		c["outcome none"]++
	}
	for _, t := range r.Turns {
		switch e := t.Event.(type) {
		case runner.RequestSent:
			c["sent "+string(e.Op)]++
		case runner.RequestAccepted, runner.RequestRefused, runner.RequestInDoubt, runner.RequestNotSent, runner.LookFailed, runner.RunResumed:
			c[e.Type()]++
		}
		for _, m := range t.Decision.Moves {
			if m.From != m.To && ended(m.To) {
				c["step "+string(m.To)]++
			}
			if m.Failure != nil {
				c["failure "+string(m.Failure.Kind)]++
			}
			if m.Mark != "" {
				c["mark "+m.Mark]++
			}
			if m.Rule != "" {
				c["rule"]++
			}
		}
		for _, note := range t.Decision.Notices {
			c["notice "+note.Kind]++
		}
	}
}

// want fails for everything that was never reached.
func (c counters) want(t *testing.T) {
	t.Helper()
	names := []string{
		"killed", "rule", "run.resumed", "request.accepted", "request.refused", "request.in_doubt", "request.not_sent", "look.failed",
		"outcome succeeded", "outcome failed", "outcome in_doubt", "outcome none",
		"sent trigger", "sent restart", "sent rerun", "sent interrupt",
		"mark healed", "mark continued", "mark allowed", "notice late", "notice watch_warn", "notice watch_interrupt",
	}
	for _, o := range []plan.Outcome{plan.Succeeded, plan.Failed, plan.Skipped, plan.Blocked, plan.InDoubt} {
		names = append(names, "step "+string(o))
	}
	for _, k := range []plan.FailureKind{plan.BatchFailed, plan.BatchAborted, plan.BatchInterrupted, plan.BatchHeld, plan.TimedOut, plan.Refused, plan.Unreachable} {
		names = append(names, "failure "+string(k))
	}
	for _, deed := range append(sim.Deeds(), string(sim.HTTPStatus)) {
		if deed != string(sim.KillRunner) {
			names = append(names, "fault "+deed)
		}
	}
	var missing []string
	for _, name := range names {
		if c[name] == 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		t.Errorf("never reached: %s", strings.Join(missing, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(c)) {
		t.Logf("%6d %s", c[name], name)
	}
}
