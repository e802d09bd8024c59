package rehearse

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
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
	c.deaths(n, r)
	switch {
	case r.End != nil:
		c["outcome "+string(r.End.Outcome)]++
		if r.End.Late {
			c["ended late"]++
		}
	case errors.Is(r.Err, drive.ErrNoContact):
		c["outcome none"]++
	}
	c.windows(r)
	does, repeats := policies(n), map[runner.Key]bool{}
	for _, t := range r.Turns {
		switch e := t.Event.(type) {
		case runner.RequestSent:
			c["sent "+string(e.Op)]++
			if e.Kind == runner.PermitSafe {
				c["repeated "+string(e.Op)]++
				repeats[e.Key] = true
			}
		case runner.RequestAccepted, runner.RequestRefused, runner.RequestInDoubt, runner.RequestNotSent:
			c[e.Type()+" of "+string(e.Subject().Op)]++
			if repeats[e.Subject()] {
				c[e.Type()+" of a repeat"]++
			}
		case runner.NoticeSent, runner.NoticeFailed:
			c[e.Type()+" of "+string(e.Subject().Op)]++
		case runner.LookFailed, runner.RunResumed, runner.ContactOverdue:
			c[e.Type()]++
		case runner.SensorAnswered:
			c.sensor(t, e)
		}
		if w, said := runner.StatementOf(t.Event); said && w.Approver != nil && len(w.Approver.Approves) > 0 {
			c["word passes an approval"]++
		}
		for _, m := range t.Decision.Moves {
			c.move(m)
			if _, said := runner.StatementOf(t.Event); said && m.To == runner.Running {
				c["word opens a whole"]++
			}
			if plan.TopID(m.Step) != m.Step {
				c["item "+string(m.To)]++
			}
			if _, said := runner.StatementOf(t.Event); said {
				switch m.From {
				case runner.Delaying:
					c["word before a repeat"]++
				case runner.Sleeping:
					c["word ends a sleep"]++
				case runner.Sensing:
					c["word ends a wait"]++
				case runner.Closed:
					c["word in a window"]++
				}
			}
			if do := does[m.Rule]; m.Failure != nil && do != "" {
				c["on_failure "+do]++
			}
		}
		if len(t.Decision.Fresh) > 0 {
			c["seen anew"]++
		}
		for _, cmd := range t.Decision.Commands {
			if m := cmd.Message; m != nil {
				c["told "+string(m.Event)]++
			}
		}
		for _, note := range t.Decision.Notices {
			c["notice "+note.Kind]++
		}
	}
}

// sensor counts what a look showed that is on record.
func (c counters) sensor(t record.Turn, e runner.SensorAnswered) {
	ended := "told"
	if len(t.Decision.Moves) > 0 {
		ended = "decided"
	}
	switch {
	case e.Trouble != "":
		c["sensor trouble "+ended]++
	case e.File != nil:
		c["sensor file "+ended]++
	case e.Check != nil:
		c["sensor check "+ended]++
	case e.Run != nil:
		c["sensor run "+string(e.Run.Stands)+" "+ended]++
	default:
		c["sensor nothing "+ended]++
	}
}

// move counts what a transition tells.
func (c counters) move(m runner.Transition) {
	if m.To == runner.Closed || m.From == runner.Closed {
		c[fmt.Sprintf("window %s to %s", m.From, m.To)]++
	}
	if m.From == runner.Awaiting || m.To == runner.Awaiting {
		c[fmt.Sprintf("approval %s to %s", m.From, m.To)]++
	}
	if _, ended := m.To.Outcome(); ended && m.From != m.To {
		c["step "+string(m.To)]++
	}
	if m.Failure != nil {
		c["failure "+string(m.Failure.Kind)]++
	}
	if m.Mark != "" {
		c["mark "+m.Mark]++
	}
}

// deaths counts the runners that a kill_runner fault killed, and all that died.
func (c counters) deaths(n Night, r Result) {
	c["killed"] += len(r.Killed)
	sent := map[time.Time]runner.Op{}
	for _, t := range r.Turns {
		if e, ok := t.Event.(runner.RequestSent); ok {
			sent[t.At] = e.Op
		}
	}
	for _, f := range n.Scenario.Faults {
		if f.Do != sim.KillRunner {
			continue
		}
		var at time.Time
		for from := range f.Windows(n.Scenario.Start, n.Scenario.Zone) {
			at = from // a seeded night is over within a day
			break
		}
		if slices.ContainsFunc(r.Killed, func(died time.Time) bool {
			return f.On == "" && died.Equal(at) || f.On != "" && f.On == string(sent[died])
		}) {
			c["fault "+string(f.Do)]++
		}
	}
}

// policies is what each on_failure rule of a plan does, by where it stands.
func policies(n Night) map[string]string {
	does := map[string]string{}
	for _, s := range n.Plan.Steps {
		for _, r := range s.OnFailure {
			does[r.Pos.String()] = string(r.Do)
		}
	}
	return does
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

// want fails for everything that was never reached.
func (c counters) want(t *testing.T) {
	t.Helper()
	var missing []string
	for _, name := range wanted() {
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

// wanted are the things that a test run has to reach.
func wanted() []string {
	names := []string{
		"killed", "run.resumed", "look.failed", "mark healed", "mark continued", "mark allowed", "mark resolved_by",
		"notice late", "notice early", "notice run_late", "notice run_may_be_late", "notice run_in_time", "ended late", "notice watch_warn", "notice watch_interrupt",
		"notice contradiction", "notice crossed_answer", "notice throttled", "seen anew", "word ends a sleep", "word in a window",
		"window waiting to closed", "window requesting to closed", "window watching to closed",
		"window closed to requesting", "window closed to looking", "window closed to queued", "window closed to canceled",
		"word opens a whole", "item succeeded", "item failed", "item in_doubt", "item blocked", "item canceled",
		"killed after accepted", "power lost", "bytes forgotten", "bytes forgotten by a sync", "name forgotten", "line set aside", "begun anew",
		"log garbled", "synced line garbled", "garbled log refused", "tail accepted", "more than a bad last line refused",
		"word heard before", "word refused", "letter known", "letter came back", "letter refused", "stopped with a word at hand",
	}
	add := func(of string, all ...string) {
		for _, one := range all {
			names = append(names, of+one)
		}
	}
	for _, op := range mutating {
		add("", "sent "+string(op), "killed between sent and answer of "+string(op))
		for _, class := range []string{"request.accepted", "request.refused", "request.not_sent", "request.in_doubt"} {
			add(class+" of ", string(op))
		}
		for _, window := range windows {
			add(window+" of ", string(op))
		}
	}
	for _, call := range []string{
		"create", "append", "read", "size", "list", "mkdir", "truncate", "overwrite", "a sync of a directory", "a write", "a torn write", "a sync",
		"looking into the inbox", "taking a letter out",
	} {
		add("", "killed in "+call, "broken in "+call)
	}
	for _, says := range []said{
		adopted, retried, markedGood, markedOut, markedBad, stopAndLeave, stopAndStop, approvedIt, rejectedIt,
		"resolved started", "resolved not_started", "resolved succeeded", "resolved failed",
	} {
		add("", "word "+string(says), "letter "+string(says))
	}
	add("advised ", "retried", "adopted", "resolved started", "resolved not_started")
	add("advised ", string(approvedIt), string(rejectedIt))
	add("approval ", "waiting to awaiting", "awaiting to succeeded", "awaiting to failed", "awaiting to delaying", "awaiting to canceled", "delaying to awaiting")
	add("word passes ", "an approval")
	add("repeated ", "trigger", "rerun")
	add("", "request.accepted of a repeat", "request.refused of a repeat", "request.in_doubt of a repeat", "word before a repeat")
	add("outcome ", "succeeded", "failed", "canceled", "in_doubt", "none")
	add("step ", "succeeded", "failed", "skipped", "blocked", "in_doubt", "canceled")
	add("on_failure ", "restart", "rerun", "retry", "interrupt", "continue", "fail")
	for _, k := range []fact.FailureKind{
		fact.BatchFailed, fact.BatchAborted, fact.BatchInterrupted, fact.BatchHeld, fact.TimedOut, fact.Refused, fact.Unreachable,
		fact.Unauthorized, fact.BadExpression, fact.RequestInDoubt,
	} {
		add("failure ", string(k))
	}
	for _, w := range []runner.Worth{runner.WorthNotify, runner.WorthFailed, runner.WorthLate, runner.WorthDoubt, runner.WorthContact, runner.WorthOver, runner.WorthLeft} {
		add("told ", string(w))
	}
	for _, op := range []runner.Op{runner.OpNotify, runner.OpAlert} {
		add("", "notice.sent of "+string(op), "notice.failed of "+string(op))
	}
	add("", "contact.overdue", "failure notify")
	add("sensor ", "trouble told", "trouble decided", "file told", "file decided", "check told", "check decided", "nothing decided")
	add("sensor run ", "succeeded decided", "failed told", "failed decided", "goes_on decided")
	add("", "word ends a wait", "failure file", "failure check", "failure plan_failed", "notice sensor_waits", "notice sensor_trouble")
	for _, deed := range append(sim.Deeds(), string(sim.HTTPStatus)) {
		add("fault ", deed)
	}
	return names
}
