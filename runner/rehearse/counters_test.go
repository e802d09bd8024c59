package rehearse

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/runner"
)

// counters are how often each thing was reached, by its name.
type counters map[string]int

// count takes what one night reached.
func (c counters) count(n Night, r Result) {
	for i, f := range n.Scenario.Faults {
		if r.Struck[i] > 0 {
			c["fault "+string(f.Do)] += r.Struck[i]
		}
	}
	c["killed"] += len(r.Killed)
	switch {
	case r.End != nil:
		c["outcome "+string(r.End.Outcome)]++
	case errors.Is(r.Err, errNoContact):
		c["outcome none"]++
	}
	c.windows(r)
	for _, t := range r.Turns {
		switch e := t.Event.(type) {
		case runner.RequestSent:
			c["sent "+string(e.Op)]++
		case runner.RequestAccepted, runner.RequestRefused, runner.RequestInDoubt, runner.RequestNotSent, runner.LookFailed, runner.RunResumed:
			c[e.Type()]++
		case runner.OperatorResolved:
			c["word "+string(e.As)]++
		case runner.OperatorRetried, runner.OperatorMarked:
			c["word "+e.Type()]++
		case runner.OperatorCanceled:
			c[fmt.Sprintf("word cancel, interrupt %t", e.Interrupt)]++
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

// windows counts where runners died, as the runner that came next found it.
func (c counters) windows(r Result) {
	under := map[runner.Key]bool{}
	for i, t := range r.Turns {
		switch e := t.Event.(type) {
		case runner.RequestSent:
			under[e.Key] = true
		case runner.RequestAccepted, runner.RequestRefused, runner.RequestInDoubt, runner.RequestNotSent:
			delete(under, e.Subject())
		case runner.RunResumed:
			for key := range under {
				c["killed between sent and answer of "+string(key.Op)]++
			}
			clear(under)
			if i > 0 && r.Turns[i-1].Event.Type() == (runner.RequestAccepted{}).Type() {
				c["killed after accepted"]++
			}
		}
	}
}

// turns is a night, turn by turn.
func turns(r Result) string {
	var b strings.Builder
	for _, t := range r.Turns {
		if _, look := t.Event.(runner.BatchObserved); look && t.Decision.Empty() {
			continue
		}
		fmt.Fprintf(&b, "\n%s %s %s", stamp(t.At), t.Event.Type(), t.Event.Subject())
		for _, m := range t.Decision.Moves {
			fmt.Fprintf(&b, "\n\t%s: %s -> %s (%s)", m.Step, m.From, m.To, m.Why)
		}
		for _, o := range t.Decision.Commands {
			fmt.Fprintf(&b, "\n\torder %s (%s)", o.Key(), o.Permit())
		}
	}
	return b.String()
}

// want fails for everything that was never reached.
func (c counters) want(t *testing.T) {
	t.Helper()
	names := []string{
		"killed", "rule", "run.resumed", "request.accepted", "request.refused", "request.in_doubt", "request.not_sent", "look.failed",
		"outcome succeeded", "outcome failed", "outcome in_doubt", "outcome none",
		"sent trigger", "sent restart", "sent rerun", "sent interrupt",
		"mark healed", "mark continued", "mark allowed", "notice late", "notice watch_warn", "notice watch_interrupt",
		"killed after accepted", "power lost", "bytes forgotten", "bytes forgotten by a sync", "name forgotten", "line set aside", "begun anew",
		"word started", "word not_started", "word succeeded", "word failed", "word operator.retried", "word operator.marked",
		"word cancel, interrupt true", "word cancel, interrupt false", "word heard before", "word refused", "outcome canceled",
	}
	for _, op := range []runner.Op{runner.OpTrigger, runner.OpRestart, runner.OpRerun, runner.OpInterrupt} {
		names = append(names, "killed between sent and answer of "+string(op))
	}
	for _, call := range []string{
		"create", "append", "read", "size", "list", "mkdir", "truncate", "overwrite", "a sync of a directory", "a write", "a torn write", "a sync",
	} {
		names = append(names, "killed in "+call, "broken in "+call)
	}
	for _, o := range []plan.Outcome{plan.Succeeded, plan.Failed, plan.Skipped, plan.Blocked, plan.InDoubt, plan.Canceled} {
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
