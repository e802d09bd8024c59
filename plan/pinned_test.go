package plan

import (
	"strings"
	"testing"

	"ofsplan/plan/fact"
)

// A plan that a check refuses which was added after logs had been frozen is refused as a file, and read, resolved and judged
// as before when a log has pinned it. Each such check has a line here.
func TestPinnedPlans(t *testing.T) {
	for name, cond := range map[string]string{
		"a list of two kinds": `params.n in [1, "5"]`,
	} {
		t.Run(name, func(t *testing.T) {
			text := "version: 1\nname: p\nparams: {n: {type: int, default: 5}}\ndefaults: {timeout: 1h}\nsteps:\n" +
				"  - id: a\n    if: '" + cond + "'\n    trigger: {batch: A}\n"
			if _, err := Parse("p.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "p.yaml:7:") {
				t.Errorf("the file: %v, want an error at line 7", err)
			}
			p, err := ParsePinned("p.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			r, err := p.Resolve(Inputs{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Holds(p.Steps[0].If, fact.View{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is wrong with a pinned plan by a check that was always there is wrong still.
func TestAPinnedPlanThatWasNeverGood(t *testing.T) {
	text := "version: 1\nname: p\nsteps: [{id: a, timeout: 1h, if: '1 in [1, \"5\"]', needs: b, trigger: {batch: A}}]\n"
	if p, err := ParsePinned("p.yaml", []byte(text)); err == nil || strings.Contains(err.Error(), "of one kind") {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := Parse("p.yaml", []byte(text)); err == nil || strings.Count(err.Error(), "p.yaml:3:") != 2 {
		t.Errorf("%v, want both problems", err)
	}
}
