package view

import (
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

const standingPlan = "version: 1\nname: p\nsteps:\n  - id: a\n    trigger: {batch: A}\n  - id: b\n    trigger: {batch: B}\n  - id: c\n    needs: []\n    trigger: {batch: C}\n"

// told folds a run of the standing plan.
func told(started runner.RunStarted, pinned bool, turns ...record.Turn) *Run {
	f := NewFold("20261123T020000Z-p-7f3c", nil)
	at := time.Unix(0, 0)
	f.Turn(record.Turn{At: at, Event: started})
	if pinned {
		f.Turn(record.Turn{At: at, Event: runner.FilePinned{Name: "p.yaml", Text: standingPlan}})
	}
	for _, t := range turns {
		at = at.Add(time.Second)
		t.At = at
		if t.Event == nil {
			t.Event = runner.ClockReached{}
		}
		f.Turn(t)
	}
	return f.Run()
}

func ends(end runner.End, moves ...runner.Transition) record.Turn {
	return record.Turn{Decision: runner.Decision{Moves: moves, End: &end}}
}

func becomes(step string, outcome fact.Outcome) runner.Transition {
	return runner.Transition{Step: step, From: runner.Requesting, To: runner.State(outcome)}
}

func TestStandingOfARun(t *testing.T) {
	sent := record.Turn{Event: runner.RequestSent{Key: runner.Key{Step: "a", Attempt: 1, Op: runner.OpTrigger, N: 1}}}
	left := record.Turn{Event: runner.RunDetached{Reason: "SIGTERM"}}
	note := func(r *Run, kinds ...string) *Run {
		for _, kind := range kinds {
			r.Told = append(r.Told, Remark{Kind: kind})
		}
		return r
	}
	var start runner.RunStarted
	tests := []struct {
		name string
		run  *Run
		want Standing
	}{
		{"no plan on record", told(start, false), Unstarted},
		{"killed before its first request", told(start, true), Stopped},
		{"killed after it", told(start, true, sent), Stopped},
		{"detached", told(start, true, sent, left), Stopped},
		{"detached before its first request", told(start, true, left), Stopped},
		{"no first contact", note(told(start, true, left), "contact.lost", "detached"), Unstarted},
		{"contact came back", note(told(start, true, left), "contact.lost", "contact.back"), Stopped},
		{"contact was lost later", note(told(start, true, sent, left), "contact.lost"), Stopped},
		{"never any contact", told(start, true, ends(runner.End{Outcome: fact.Failed, NoContact: true}, becomes("a", fact.Failed))), Unstarted},
		{"failed", told(start, true, sent, ends(runner.End{Outcome: fact.Failed}, becomes("a", fact.Failed))), Failed},
		{"refused, nothing carried out", told(start, true, sent, ends(runner.End{Outcome: fact.Failed, NothingStarted: true}, becomes("a", fact.Failed))), Failed},
		{"canceled", told(start, true, ends(runner.End{Outcome: fact.Canceled, NothingStarted: true}, becomes("a", fact.Canceled))), Canceled},
		{"succeeded", told(start, true, sent, ends(runner.End{Outcome: fact.Succeeded})), Done},
		{"succeeded in part", told(runner.RunStarted{Skip: []string{"b"}}, true, sent, ends(runner.End{Outcome: fact.Succeeded})), DoneInPart},
		{"in doubt", told(start, true, sent, ends(runner.End{Outcome: fact.InDoubt}, becomes("a", fact.InDoubt))), Doubted},
		{"left with a step in doubt", told(start, true, sent, record.Turn{Decision: runner.Decision{Moves: []runner.Transition{becomes("a", fact.InDoubt)}}}, left), Doubted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.run.Standing(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRemediesNameWhatToGoOnWith(t *testing.T) {
	site := Site{StateDir: "my state", Config: "c.yaml"}
	const run = "20261123T020000Z-p-7f3c"
	const show = "ofsplan show " + run + " --state-dir 'my state'"
	tests := []struct {
		name string
		run  *Run
		want []string
	}{
		{"failed in two places, and one blocked", told(runner.RunStarted{}, true, ends(runner.End{Outcome: fact.Failed}, becomes("a", fact.Failed), becomes("b", fact.Blocked), becomes("c", fact.Failed))),
			[]string{"ofsplan resume " + run + ` --retry a --retry c --reason "WHY" --state-dir 'my state' --config c.yaml`, show}},
		{"canceled: what waits for a canceled step need not be named", told(runner.RunStarted{}, true, ends(runner.End{Outcome: fact.Canceled}, becomes("a", fact.Canceled), becomes("b", fact.Canceled), becomes("c", fact.Canceled))),
			[]string{"ofsplan resume " + run + ` --retry a --retry c --reason "WHY" --state-dir 'my state' --config c.yaml`, show}},
		{"stopped", told(runner.RunStarted{}, true), []string{"ofsplan resume " + run + " --state-dir 'my state' --config c.yaml", show}},
		{"succeeded", told(runner.RunStarted{}, true, ends(runner.End{Outcome: fact.Succeeded})), []string{show}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range tt.run.Remedies(site) {
				got = append(got, c.Line)
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// What once and --again were about is shown wherever the run is, with control characters made harmless.
func TestOnceIsShown(t *testing.T) {
	started := runner.RunStarted{Plan: "p", By: runner.By{User: "ops"}, Reason: "the feed\x1b[31m was replaced", Once: &runner.Once{Value: "EMEA", Again: true, After: "r-1", Found: "succeeded"}}
	want := "EMEA, started again by ops although run r-1 has succeeded: " + audit.Printable(started.Reason)
	r := told(started, true, ends(runner.End{Outcome: fact.Succeeded}))
	var show, summary strings.Builder
	if err := r.Show(&show, Style{}, ""); err != nil {
		t.Fatal(err)
	}
	if err := r.Summary(&summary, Style{}, ""); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(show.String(), want) || !strings.Contains(summary.String(), "once: "+want+"\n") {
		t.Errorf("show:\n%s\nsummary:\n%s", &show, &summary)
	}
	started.Once = &runner.Once{Value: "EMEA", Again: true}
	if got := told(started, true).once(); !strings.HasPrefix(got, "EMEA, started again by ops: ") {
		t.Errorf("with nothing in the way: got %q", got)
	}
	started.Once = nil
	if got := told(started, true).once(); got != "" {
		t.Errorf("without once: got %q", got)
	}
}
