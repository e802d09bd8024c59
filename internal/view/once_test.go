package view

import (
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

const oncePlan = "version: 1\nname: p\nsteps:\n  - id: a\n    trigger: {batch: A}\n  - id: b\n    trigger: {batch: B}\n  - id: c\n    needs: []\n    trigger: {batch: C}\n"

// ran folds a run of that plan.
func ran(started runner.RunStarted, pinned bool, turns ...record.Turn) *fold.Run {
	b := fold.NewBuilder("20261123T020000Z-p-7f3c", nil)
	at := time.Unix(0, 0)
	b.Turn(record.Turn{At: at, Event: started})
	if pinned {
		b.Turn(record.Turn{At: at, Event: runner.FilePinned{Name: "p.yaml", Text: oncePlan}})
	}
	for _, t := range turns {
		at = at.Add(time.Second)
		t.At = at
		if t.Event == nil {
			t.Event = runner.ClockReached{}
		}
		b.Turn(t)
	}
	return b.Run()
}

func ends(end runner.End, moves ...runner.Transition) record.Turn {
	return record.Turn{Decision: runner.Decision{Moves: moves, End: &end}}
}

func becomes(step string, outcome fact.Outcome) runner.Transition {
	return runner.Transition{Step: step, From: runner.Requesting, To: runner.State(outcome)}
}

func TestRemediesNameWhatToGoOnWith(t *testing.T) {
	repeat := Repeat{StateDir: "my state", Config: "c.yaml"}
	const run = "20261123T020000Z-p-7f3c"
	const show = "ofsplan show " + run + " --state-dir 'my state'"
	tests := []struct {
		name string
		run  *fold.Run
		want []string
	}{
		{"failed in two places, and one blocked", ran(runner.RunStarted{}, true, ends(runner.End{Outcome: fact.Failed}, becomes("a", fact.Failed), becomes("b", fact.Blocked), becomes("c", fact.Failed))),
			[]string{"ofsplan resume " + run + ` --retry a --reason "WHY" --state-dir 'my state' --config c.yaml`, "ofsplan resume " + run + ` --retry c --reason "WHY" --state-dir 'my state' --config c.yaml`, show}},
		{"canceled: what waits for a canceled step need not be named", ran(runner.RunStarted{}, true, ends(runner.End{Outcome: fact.Canceled}, becomes("a", fact.Canceled), becomes("b", fact.Canceled), becomes("c", fact.Canceled))),
			[]string{"ofsplan resume " + run + ` --retry a --reason "WHY" --state-dir 'my state' --config c.yaml`, "ofsplan resume " + run + ` --retry c --reason "WHY" --state-dir 'my state' --config c.yaml`, show}},
		{"stopped", ran(runner.RunStarted{}, true), []string{"ofsplan resume " + run + " --state-dir 'my state' --config c.yaml", show}},
		{"succeeded", ran(runner.RunStarted{}, true, ends(runner.End{Outcome: fact.Succeeded})), []string{show}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range Remedies(tt.run, repeat) {
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
	r := ran(started, true, ends(runner.End{Outcome: fact.Succeeded}))
	var show, summary strings.Builder
	if err := Show(&show, Style{}, r, ""); err != nil {
		t.Fatal(err)
	}
	if err := Summary(&summary, Style{}, r, ""); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(show.String(), want) || !strings.Contains(summary.String(), "once: "+want+"\n") {
		t.Errorf("show:\n%s\nsummary:\n%s", &show, &summary)
	}
	started.Once = &runner.Once{Value: "EMEA", Again: true}
	if got := once(ran(started, true)); !strings.HasPrefix(got, "EMEA, started again by ops: ") {
		t.Errorf("with nothing in the way: got %q", got)
	}
	started.Once = nil
	if got := once(ran(started, true)); got != "" {
		t.Errorf("without once: got %q", got)
	}
}
