package resume

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

func TestOnlyWhatWasAddedLaterMayBeMissingInARecord(t *testing.T) {
	added := []string{"commands.permit_kind", "end.late", "moves.evidence.at"}
	const was = `{"moves":[{"step":"a","to":"failed","evidence":[{"expr":"x"}]},{"step":"b","to":"blocked"}],` +
		`"commands":[{"key":"c/1/trigger/1","n":1.50}],"end":{"outcome":"failed","steps":{"failed":1}}}`
	for _, c := range []struct {
		name, is string
		want     bool
	}{
		{"the same", was, true},
		{"a field that was added later", `{"moves":[{"step":"a","to":"failed","evidence":[{"expr":"x","at":"p:1:2"}]},{"step":"b","to":"blocked"}],` +
			`"commands":[{"key":"c/1/trigger/1","permit_kind":"first","n":1.50}],"end":{"outcome":"failed","steps":{"failed":1},"late":true}}`, true},
		{"a field that was not", `{"moves":[{"step":"a","to":"failed","evidence":[{"expr":"x"}],"why":"x"},{"step":"b","to":"blocked"}],` +
			`"commands":[{"key":"c/1/trigger/1","n":1.50}],"end":{"outcome":"failed","steps":{"failed":1}}}`, false},
		{"that field elsewhere", `{"moves":[{"step":"a","to":"failed","evidence":[{"expr":"x"}],"permit_kind":"first"},{"step":"b","to":"blocked"}],` +
			`"commands":[{"key":"c/1/trigger/1","n":1.50}],"end":{"outcome":"failed","steps":{"failed":1}}}`, false},
		{"a changed field", `{"moves":[{"step":"a","to":"skipped","evidence":[{"expr":"x"}]},{"step":"b","to":"blocked"}],` +
			`"commands":[{"key":"c/1/trigger/1","n":1.50}],"end":{"outcome":"failed","steps":{"failed":1}}}`, false},
		{"a number in other digits", `{"moves":[{"step":"a","to":"failed","evidence":[{"expr":"x"}]},{"step":"b","to":"blocked"}],` +
			`"commands":[{"key":"c/1/trigger/1","n":1.5}],"end":{"outcome":"failed","steps":{"failed":1}}}`, false},
		{"a missing field", `{"moves":[{"step":"a","to":"failed","evidence":[{"expr":"x"}]},{"step":"b"}],` +
			`"commands":[{"key":"c/1/trigger/1","n":1.50}],"end":{"outcome":"failed","steps":{"failed":1}}}`, false},
		{"moves in another order", `{"moves":[{"step":"b","to":"blocked"},{"step":"a","to":"failed","evidence":[{"expr":"x"}]}],` +
			`"commands":[{"key":"c/1/trigger/1","n":1.50}],"end":{"outcome":"failed","steps":{"failed":1}}}`, false},
		{"a missing move", `{"moves":[{"step":"a","to":"failed","evidence":[{"expr":"x"}]}],` +
			`"commands":[{"key":"c/1/trigger/1","n":1.50}],"end":{"outcome":"failed","steps":{"failed":1}}}`, false},
		{"one more command", `{"moves":[{"step":"a","to":"failed","evidence":[{"expr":"x"}]},{"step":"b","to":"blocked"}],` +
			`"commands":[{"key":"c/1/trigger/1","n":1.50},{"permit_kind":"first"}],"end":{"outcome":"failed","steps":{"failed":1}}}`, false},
		{"a notice", `{"notices":[{"kind":"late"}],` + was[1:], false},
		{"one more counted", `{"moves":[{"step":"a","to":"failed","evidence":[{"expr":"x"}]},{"step":"b","to":"blocked"}],` +
			`"commands":[{"key":"c/1/trigger/1","n":1.50}],"end":{"outcome":"failed","steps":{"failed":1,"blocked":1}}}`, false},
		{"nothing", ``, false},
		{"something else", `[]`, false},
	} {
		if got := saysNoLess([]byte(c.is), []byte(was), added); got != c.want {
			t.Errorf("%s: got %t", c.name, got)
		}
	}
	const later = `{"commands":[{"permit_kind":"first"}]}`
	if !saysNoLess([]byte(later), []byte(`{"commands":[{}]}`), added) || saysNoLess([]byte(`{"commands":[{}]}`), []byte(later), added) {
		t.Error("a field that the record has is compared")
	}
	if saysNoLess(nil, []byte(later), added) || saysNoLess([]byte(later), nil, added) {
		t.Error("something is nothing")
	}
}

// Every decision that is not the recorded one is a divergence.
func TestAnotherDecisionDiverges(t *testing.T) {
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	move := func(step string) runner.Transition {
		return runner.Transition{Step: step, From: runner.Waiting, To: runner.State(fact.Blocked)}
	}
	recorded := runner.Decision{
		Moves:   []runner.Transition{move("a"), move("b")},
		Notices: []runner.Notice{{Step: "a", Kind: "late", Message: "later than 1h"}},
	}
	e, err := record.Entry(record.Turn{At: at, Event: runner.ClockReached{}, Decision: recorded})
	if err != nil {
		t.Fatal(err)
	}
	r := audit.Record{Seq: 7, Stamp: audit.Stamp{Time: at, Type: e.Type}, Data: e.Data, Decided: e.Decided}
	for name, c := range map[string]struct {
		change func(*runner.Decision)
		want   error
	}{
		"the same":  {func(d *runner.Decision) {}, nil},
		"reordered": {func(d *runner.Decision) { d.Moves = []runner.Transition{move("b"), move("a")} }, ErrDiverged},
		"missing":   {func(d *runner.Decision) { d.Notices = nil }, ErrDiverged},
		"changed": {func(d *runner.Decision) {
			d.Notices = []runner.Notice{{Step: "a", Kind: "late", Message: "later than 2h"}}
		}, ErrDiverged},
		"one more":    {func(d *runner.Decision) { d.Moves = append(d.Moves[:2:2], move("c")) }, ErrDiverged},
		"another end": {func(d *runner.Decision) { d.End = &runner.End{Outcome: fact.Failed} }, ErrDiverged},
		"nothing":     {func(d *runner.Decision) { *d = runner.Decision{} }, ErrDiverged},
		"another word": {func(d *runner.Decision) {
			d.Moves = []runner.Transition{move("a"), {Step: "b", From: runner.Waiting, To: runner.State(fact.Blocked), Why: "x"}}
		}, ErrDiverged},
	} {
		d := recorded
		if c.change(&d); !errors.Is(sameDecision(r, d), c.want) {
			t.Errorf("%s: got %v", name, sameDecision(r, d))
		}
	}
	spelt := r
	spelt.Decided = json.RawMessage(" " + string(r.Decided))
	if err := sameDecision(spelt, recorded); err != nil {
		t.Errorf("spelt otherwise: %v", err)
	}
}
