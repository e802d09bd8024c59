package laws_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/laws"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// demo is a night of the plan that has everything, and what became of it.
func demo(t *testing.T) (rehearse.Night, rehearse.Result) {
	t.Helper()
	p, err := plan.Load(os.DirFS("../../../examples/plans"), "nightly.yaml", "nightly.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n := rehearse.Night{Plan: p, Scenario: sim.Demo()}
	r, err := n.Run()
	if err != nil {
		t.Fatal(err)
	}
	return n, r
}

// Each breach is one that a broken runner, journal or scheduler would leave behind.
func TestEveryBreachIsSeen(t *testing.T) {
	tests := []struct {
		name, want string
		tamper     func(*rehearse.Result)
	}{
		{"a request carried out twice", "L1: ", func(r *rehearse.Result) { r.Carried = append(r.Carried, r.Carried[0]) }},
		{"a request nobody recorded", "L2: ", func(r *rehearse.Result) { r.Carried[0].Mark += "0" }},
		{"a request sent before its record", "L2: ", func(r *rehearse.Result) { r.Carried[0].At = r.StartedAt.Add(-time.Second) }},
		{"another request than recorded", "L2: ", func(r *rehearse.Result) { r.Carried[0].Op = "rerun" }},
		{"a changed byte", "L3: ", func(r *rehearse.Result) { r.Journal[len(r.Journal)/2] ^= 1 }},
		{"a turn that was told and not written", "L4: ", func(r *rehearse.Result) { r.Turns = append(r.Turns, r.Turns[0]) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, r := demo(t)
			r.Carried, r.Journal = slices.Clone(r.Carried), slices.Clone(r.Journal)
			test.tamper(&r)
			if err := n.Laws(r); err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s…", err, test.want)
			}
		})
	}
}

// What only a machine that decides wrongly would write does not replay, so these turns are made by hand.
func TestEveryWrongDecisionIsSeen(t *testing.T) {
	again := runner.Key{Step: "load", Attempt: 9, Op: runner.OpTrigger, N: 1}
	end := func(step string, to fact.Outcome, kind fact.FailureKind) runner.Decision {
		m := runner.Transition{Step: step, From: runner.Watching, To: runner.State(to)}
		if kind != "" {
			m.Failure = &fact.Failure{Kind: kind}
		}
		return runner.Decision{Moves: []runner.Transition{m}}
	}
	tests := []struct {
		name, want string
		look       laws.Law
		tamper     func([]record.Turn) []record.Turn
	}{
		{"a second trigger", "L1: ", laws.Requests, func(all []record.Turn) []record.Turn {
			return insert(all, runner.RequestAccepted{}.Type(), "load", record.Turn{Event: runner.RequestSent{Key: again, Op: again.Op, Permit: runner.Permit{Text: "none"}}})
		}},
		{"a request without words for it", "L1: ", laws.Requests, func(all []record.Turn) []record.Turn {
			return insert(all, runner.RequestInDoubt{}.Type(), "", record.Turn{Event: runner.RequestSent{Key: again, Op: again.Op}})
		}},
		{"a repeat of what is in doubt, on a rule's word alone", "L1: load/9/trigger/1 was sent at 0001", laws.Requests, func(all []record.Turn) []record.Turn {
			return doubted(all, runner.Permit{Text: "on_failure nightly.yaml:1:1, in_doubt: it is lost", Kind: runner.PermitOnFailure, Rule: "nightly.yaml:1:1"})
		}},
		{"a repeat on a word the plan does not say", "L1: load/9/trigger/1 was sent at 0001-01-01 00:00:00.000000 as duplicate_safe, and the plan does not say so", laws.Requests, func(all []record.Turn) []record.Turn {
			return doubted(all, runner.Permit{Text: "surely", Kind: runner.PermitSafe, Rule: "nightly.yaml:1:1", Safe: "surely"})
		}},
		{"a repeat on such a word in a record without kinds", "L1: load/9/trigger/1 was sent at 0001-01-01 00:00:00.000000 as duplicate_safe, and the plan does not say so", laws.Requests, func(all []record.Turn) []record.Turn {
			return doubted(all, runner.Permit{Text: "duplicate_safe: surely; on_failure nightly.yaml:1:1, in_doubt: it is lost"})
		}},
		{"a repeat of what is not in doubt", "L1: load/9/trigger/1 was sent at 0001-01-01 00:00:00.000000 as duplicate_safe", laws.Requests, func(all []record.Turn) []record.Turn {
			return insert(all, runner.RequestAccepted{}.Type(), "load", record.Turn{Event: runner.RequestSent{Key: again, Op: again.Op, Permit: runner.Permit{Text: "surely", Kind: runner.PermitSafe, Safe: "surely"}}})
		}},
		{"a request before its needs", "L6: ", laws.Needs, func(all []record.Turn) []record.Turn {
			early := runner.Key{Step: "publish", Attempt: 1, Op: runner.OpTrigger, N: 1}
			return insert(all, runner.RequestAccepted{}.Type(), "load", record.Turn{Event: runner.RequestSent{Key: early, Op: early.Op, Permit: runner.Permit{Text: "none"}}})
		}},
		{"a failure since the runner came back", "L7: ", laws.Outcomes, func(all []record.Turn) []record.Turn {
			return insert(all, runner.RequestAccepted{}.Type(), "load", record.Turn{Event: runner.RunResumed{}, Decision: end("load", fact.Failed, fact.Unreachable)})
		}},
		{"a failure nobody saw", "L7: ", laws.Outcomes, func(all []record.Turn) []record.Turn {
			return insert(all, runner.RequestAccepted{}.Type(), "load", record.Turn{Event: runner.ClockReached{}, Decision: end("load", fact.Failed, fact.BatchFailed)})
		}},
		{"a success nobody saw", "L7: ", laws.Outcomes, func(all []record.Turn) []record.Turn {
			return insert(all, runner.RequestAccepted{}.Type(), "load", record.Turn{Event: runner.ClockReached{}, Decision: end("load", fact.Succeeded, "")})
		}},
		{"a step canceled by nobody", "L7: ", laws.Outcomes, func(all []record.Turn) []record.Turn {
			return insert(all, runner.RequestAccepted{}.Type(), "load", record.Turn{Event: runner.ClockReached{}, Decision: end("load", fact.Canceled, "")})
		}},
		{"an interrupt because the runner left", "L7: ", laws.Outcomes, func(all []record.Turn) []record.Turn {
			// nobody canceled the run, whatever it says
			stop := &runner.Command{Key: runner.Key{Step: "load", Attempt: 1, Op: runner.OpInterrupt, N: 1}, Permit: &runner.Permit{Kind: runner.PermitCanceled}}
			return insert(all, runner.RequestAccepted{}.Type(), "load", record.Turn{Event: runner.RunDetached{}, Decision: runner.Decision{Commands: []*runner.Command{stop}}})
		}},
		{"doubt in a night without faults", "L10: ", laws.Ends, func(all []record.Turn) []record.Turn {
			return append(all, record.Turn{Event: runner.RequestInDoubt{Key: again}})
		}},
		{"a step in doubt in a night without faults", "L10: step", laws.Ends, func(all []record.Turn) []record.Turn {
			return append(all, record.Turn{Event: runner.RunResumed{}, Decision: end("load", fact.InDoubt, "")})
		}},
		{"a deadline that nobody was told of", "L14: the deadline had passed at", laws.Late, func(all []record.Turn) []record.Turn {
			all[len(all)-2].At = overdue
			return all
		}},
		{"a deadline said to have passed that had not", "L14: the deadline was said to have passed at", laws.Late, func(all []record.Turn) []record.Turn {
			return insert(all, runner.RequestAccepted{}.Type(), "load", record.Turn{Event: runner.ClockReached{}, Decision: tooLate})
		}},
		{"a deadline that was told twice", "L14: that the deadline has passed was told more than once", laws.Late, func(all []record.Turn) []record.Turn {
			late := record.Turn{At: overdue, Event: runner.ClockReached{}, Decision: tooLate}
			return append(all[:len(all)-1], late, late)
		}},
		{"an end that says late and is not", "L14: the run ended at", laws.Late, func(all []record.Turn) []record.Turn {
			end := *all[len(all)-1].Decision.End
			end.Late = true
			all[len(all)-1].Decision.End = &end
			return all
		}},
		{"a word applied twice", "L1: word", laws.Once, func(all []record.Turn) []record.Turn {
			word := record.Turn{Event: runner.OperatorCanceled{Statement: runner.Statement{ID: "w1", By: "ops"}}}
			return append(all, word, word)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, r := demo(t)
			r.Resolved.DueAt = overdue.Add(-time.Hour)
			found := laws.Judge(test.look, r.Resolved, test.tamper(slices.Clone(r.Turns)))
			if len(found) == 0 || !strings.HasPrefix(found[0].Error(), test.want) {
				t.Errorf("got %v, want %s…", found, test.want)
			}
		})
	}
}

// overdue is a moment long after the night, and tooLate what a machine says then.
var (
	overdue = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	tooLate = runner.Decision{Notices: []runner.Notice{{Kind: runner.NoticeRunLate}}}
)

// doubted leaves the first request of load in doubt, and makes it again with that permit.
func doubted(all []record.Turn, permit runner.Permit) []record.Turn {
	first := runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1}
	again := runner.Key{Step: "load", Attempt: 9, Op: runner.OpTrigger, N: 1}
	all = insert(all, runner.RequestSent{}.Type(), "load", record.Turn{Event: runner.RequestInDoubt{Key: first}})
	return insert(all, runner.RequestInDoubt{}.Type(), "load", record.Turn{Event: runner.RequestSent{Key: again, Op: again.Op, Permit: permit}})
}

// insert puts a turn behind the first one of that type about that step; in front of all when there is none.
func insert(all []record.Turn, kind, step string, t record.Turn) []record.Turn {
	at := slices.IndexFunc(all, func(t record.Turn) bool { return t.Event.Type() == kind && t.Event.Subject().Step == step }) + 1
	return slices.Insert(all, at, t)
}

// A run that was left while nothing kept it from its end is a breach, unless somebody may take it up again.
func TestARunWithoutAnEndIsSeen(t *testing.T) {
	n, r := demo(t)
	whole := r.Turns
	last := len(whole) - 1
	open := slices.Clone(whole)
	open[last].Decision.End = nil
	found := laws.Judge(laws.Ends, r.Resolved, open)
	if len(found) != 1 || !strings.Contains(found[0].Error(), "L10: the run has no end") {
		t.Errorf("got %v", found)
	}
	cut := lines(r.Journal)[:len(lines(r.Journal))-1]
	seen := laws.Seen{Run: r.RunID, Left: errors.New("the disk is full"), Faults: true, Stops: true}
	if err := laws.Check(bytes.Join(cut, nil), seen); err == nil || !strings.Contains(err.Error(), "L10: the run could not go on: the disk is full") {
		t.Errorf("got %v", err)
	}
	if err := n.Laws(r); err != nil {
		t.Error(err)
	}
}

// A log of which nobody saw more than it says is judged by that, wherever it ends.
func TestALogIsJudgedByItself(t *testing.T) {
	_, r := demo(t)
	all := lines(r.Journal)
	seen := laws.Seen{Faults: true, Stops: true, Open: true}
	for n := 3; n <= len(all); n++ { // up to there no plan is pinned, and nothing was started
		log := bytes.Join(all[:n], nil)
		if err := laws.Check(log, seen); err != nil {
			t.Errorf("the first %d lines: %v", n, err)
		}
		if n < len(all) {
			log = append(log, all[n][:len(all[n])/2]...)
		}
		if err := laws.Check(log, seen); err != nil {
			t.Errorf("the first %d lines and half of the next: %v", n, err)
		}
	}
	if err := laws.Check(r.Journal, laws.Seen{Run: "another"}); err == nil || !strings.HasPrefix(err.Error(), "L3: ") {
		t.Errorf("the log of another run: %v", err)
	}
}

// lines are the lines of a log with their newlines.
func lines(log []byte) [][]byte { return slices.Collect(bytes.Lines(log)) }

// An outcome is a breach when the scheduler knows better.
func TestAnOutcomeIsHeldAgainstWhatTheSchedulerKnows(t *testing.T) {
	_, r := demo(t)
	seen := laws.Seen{Run: r.RunID, Carried: r.Carried, Told: r.Turns, Faults: true}
	seen.Stood = func(time.Time, string) (int, bool) { return 0, true } // all have succeeded, though some are told as failed
	if err := laws.Check(r.Journal, seen); err == nil || !strings.Contains(err.Error(), "L11: ") {
		t.Errorf("got %v, want L11: …", err)
	}
}

// Where operators did what cards offer, a start on their word beside a batch run that goes on is a breach; the plan's own is not, nor one
// when the other is over.
func TestAnAdvisedStartBesideOneThatGoesOn(t *testing.T) {
	_, r := demo(t)
	first := runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1}
	second := runner.Key{Step: "load", Attempt: 2, Op: runner.OpTrigger, N: 1}
	for _, c := range []struct {
		kind    runner.PermitKind
		code    int
		advised bool
		want    int
	}{
		{runner.PermitOperator, 2, true, 1}, {runner.PermitReopened, 1, true, 1},
		{runner.PermitOnFailure, 2, true, 0}, {runner.PermitOperator, -1, true, 0}, {runner.PermitOperator, 2, false, 0},
	} {
		turns := []record.Turn{
			{Event: runner.RequestSent{Key: first, Op: first.Op, Permit: runner.Permit{Text: "first request", Kind: runner.PermitFirst}}},
			{Event: runner.RequestSent{Key: second, Op: second.Op, Permit: runner.Permit{Text: "again", Kind: c.kind}}},
		}
		seen := laws.Seen{
			Advised: c.advised, Stood: func(time.Time, string) (int, bool) { return c.code, true },
			Carried: []sim.Carried{{Mark: r.RunID + "/" + first.String(), RunID: "LOAD_1"}, {Mark: r.RunID + "/" + second.String(), RunID: "LOAD_2"}},
		}
		if got := laws.Advised(r.Resolved, turns, seen); len(got) != c.want {
			t.Errorf("%s beside one of code %d: got %v", c.kind, c.code, got)
		}
	}
}
