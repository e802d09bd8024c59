package laws_test

import (
	"testing"
	"time"

	"ofsplan/internal/rehearse/laws"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A start in a closed window is a breach, by the clocks of its zone; an interrupt is none, nor a request that was taken for sent.
func TestAStartInAClosedWindowIsSeen(t *testing.T) {
	p, err := plan.Parse("plan.yaml", []byte(`
version: 1
name: night
calendar: {timezone: Europe/London, closed: [{from: "22:00", to: "02:00", days: [friday]}, {from: "01:30", to: "01:45:30", days: [sunday]}]}
steps: [{id: load, trigger: {batch: LOAD}, timeout: 1h}]
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{Now: time.Date(2026, time.July, 3, 20, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]int{
		"2026-07-03T20:59:59Z": 0, "2026-07-03T21:00:00Z": 1, "2026-07-04T00:59:59Z": 1, "2026-07-04T01:00:00Z": 0, "2026-07-02T22:00:00Z": 0, "2026-07-04T22:00:00Z": 0,
		"2026-10-25T00:30:00Z": 1, "2026-10-25T00:45:30Z": 0, "2026-10-25T01:30:00Z": 1, "2026-10-25T01:45:29Z": 1, "2026-10-24T00:40:00Z": 1, "2026-10-31T01:40:00Z": 1, "2026-10-30T01:40:00Z": 0,
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		for op, breaks := range map[runner.Op]int{runner.OpTrigger: want, runner.OpRestart: want, runner.OpRerun: want, runner.OpInterrupt: 0} {
			key := runner.Key{Step: "load", Attempt: 1, Op: op, N: 1}
			turns := []record.Turn{{At: moment, Event: runner.RequestSent{Key: key, Op: op}}, {At: moment, Event: runner.RequestSent{Key: key, Op: op, Assumed: true}}}
			if got := laws.Judge(laws.Closed, r, turns); len(got) != breaks {
				t.Errorf("%s at %s: %v", op, at, got)
			}
		}
	}
}
