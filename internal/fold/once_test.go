package fold

import (
	"testing"
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

const oncePlan = "version: 1\nname: p\nsteps:\n  - id: a\n    trigger: {batch: A}\n  - id: b\n    trigger: {batch: B}\n  - id: c\n    needs: []\n    trigger: {batch: C}\n"

// told folds a run of that plan.
func told(started runner.RunStarted, pinned bool, turns ...record.Turn) *Run {
	b := NewBuilder("20261123T020000Z-p-7f3c", nil)
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

func TestHowARunStandsForTheNext(t *testing.T) {
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
		want OnceState
	}{
		{"no plan on record", told(start, false), OnceUnstarted},
		{"killed before its first request", told(start, true), OnceStopped},
		{"killed after it", told(start, true, sent), OnceStopped},
		{"detached", told(start, true, sent, left), OnceStopped},
		{"detached before its first request", told(start, true, left), OnceStopped},
		{"no first contact", note(told(start, true, left), "contact.lost", "detached"), OnceUnstarted},
		{"contact came back", note(told(start, true, left), "contact.lost", "contact.back"), OnceStopped},
		{"contact was lost later", note(told(start, true, sent, left), "contact.lost"), OnceStopped},
		{"never any contact", told(start, true, ends(runner.End{Outcome: fact.Failed, NoContact: true}, becomes("a", fact.Failed))), OnceUnstarted},
		{"failed", told(start, true, sent, ends(runner.End{Outcome: fact.Failed}, becomes("a", fact.Failed))), OnceFailed},
		{"refused, nothing carried out", told(start, true, sent, ends(runner.End{Outcome: fact.Failed, NothingStarted: true}, becomes("a", fact.Failed))), OnceFailed},
		{"canceled", told(start, true, ends(runner.End{Outcome: fact.Canceled, NothingStarted: true}, becomes("a", fact.Canceled))), OnceCanceled},
		{"succeeded", told(start, true, sent, ends(runner.End{Outcome: fact.Succeeded})), OnceDone},
		{"succeeded in part", told(runner.RunStarted{Skip: []string{"b"}}, true, sent, ends(runner.End{Outcome: fact.Succeeded})), OnceInPart},
		{"in doubt", told(start, true, sent, ends(runner.End{Outcome: fact.InDoubt}, becomes("a", fact.InDoubt))), OnceInDoubt},
		{"left with a step in doubt", told(start, true, sent, record.Turn{Decision: runner.Decision{Moves: []runner.Transition{becomes("a", fact.InDoubt)}}}, left), OnceInDoubt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.run.OnceState(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
