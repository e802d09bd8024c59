package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/plan"
)

// What a run can order is known before it, but for what an expression over its steps decides.
func TestCodesOfARun(t *testing.T) {
	const known = `version: 1
name: n
params:
  which: {default: LATE}
steps:
  - {id: load, trigger: {batch: LOAD}}
  - {id: score, trigger: {group: SCORES, members: {B: {}, A: {}}}}
  - {id: rest, trigger: {group: REST}}
  - {id: others, wait: {batch: OTHERS, run: OTHERS_1}}
  - {id: again, rerun: others}
  - {id: late, trigger: {batch: "${{ params.which }}"}}
`
	closed := []string{"A", "B", "LATE", "LOAD", "OTHERS", "REST", "SCORES"}
	for name, c := range map[string]struct {
		text string
		want plan.Codes
	}{
		"known":  {known, plan.Codes{Known: closed, Loose: []string{"REST"}}},
		"a look": {known + "  - {id: x, trigger: {batch: \"${{ steps.load.outcome }}\"}}\n", plan.Codes{Known: closed, Loose: []string{"REST"}, Open: true}},
	} {
		p, err := plan.Parse("n.yaml", []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Resolve(plan.Inputs{Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), RunID: "run"})
		if err != nil {
			t.Fatal(err)
		}
		got := r.Codes()
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s, want (-), got (+):\n%s", name, diff)
		}
		if !got.May("LOAD") || got.May("ELSE") != c.want.Open {
			t.Errorf("%s: may order LOAD: %t, ELSE: %t", name, got.May("LOAD"), got.May("ELSE"))
		}
	}
}
