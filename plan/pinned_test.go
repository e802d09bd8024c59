package plan

import (
	"strings"
	"testing"
	"time"

	"ofsplan/plan/fact"
)

// A plan that a check refuses which was added after logs had been frozen is refused as a file, and read, resolved and judged
// as before when a log has pinned it. Each such check has a line here.
func TestPinnedPlans(t *testing.T) {
	for name, cond := range map[string]string{
		"a list of two kinds":                   `params.n in [1, "5"]`,
		"lists of different kinds":              `params.l == [1]`,
		"a moment and a date":                   `run.started_at > date("2026-11-20")`,
		"a moment among dates":                  `run.started_at in [date("2026-11-20")]`,
		"a moment minus a date":                 `run.started_at - date("2026-11-20") > duration("1h")`,
		"a choice between a moment and a date":  `format(params.n > 1 ? run.started_at : date("2026-11-20"), "yyyy") == "2026"`,
		"a date and hours":                      `date("2026-11-20") + duration("2h") == run.started_at`,
		"a duration times a duration":           `duration("1ms") * duration("1ms") == duration("1h")`,
		"a word that a function never gives":    `weekday(date("2026-11-20")) == "Friday"`,
		"a part that no word has":               `weekday(date("2026-11-20")) startsWith "F"`,
		"a form that a text never has":          `format(date("2026-11-20"), "yyyyMMdd") == "2026-11-20"`,
		"two words that are never the same":     `weekday(date("2026-11-20")) == (params.n > 1 ? "Mon" : "Tue")`,
		"an item that a parameter never has":    `"B" in params.l`,
		"a number that is too small to be kept": `params.n > 1e-999`,
	} {
		t.Run(name, func(t *testing.T) {
			text := "version: 1\nname: p\nparams: {n: {type: int, default: 5}, l: {type: list, enum: [A], default: [A]}}\ndefaults: {timeout: 1h}\nsteps:\n" +
				"  - id: a\n    if: '" + cond + "'\n    trigger: {batch: A}\n"
			if _, err := Parse("p.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "p.yaml:7:") {
				t.Errorf("the file: %v, want an error at line 7", err)
			}
			p, err := ParsePinned("p.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			r, err := p.Resolve(Inputs{Now: time.Date(2026, time.November, 21, 2, 0, 0, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Holds(p.Steps[0].If, fact.View{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// The same of checks of the whole plan, each with the line it refuses.
func TestPinnedPlansAreWhole(t *testing.T) {
	const top = "version: 1\nname: p\nparams: {d: {default: T-1}, e: {default: 2026-11-20}}\ndefaults: {timeout: 1h}\nsteps:\n"
	for name, text := range map[string]string{
		"a member that no group has":     top + "  - {id: g, trigger: {group: G, members: [A]}}\n  - {id: a, if: steps.g.members.B.failed, trigger: {batch: A}}\n",
		"a member of a batch":            top + "  - {id: g, trigger: {batch: G}}\n  - {id: a, if: 'len(steps.g.failed_members) > 0 || steps.g.members.B.failed', trigger: {batch: A}}\n",
		"a date that is a moment":        top + "  - {id: g, trigger: {batch: G}}\n  - {id: a, trigger: {batch: A, params: {$FICMISDATE$: \"${{ run.started_at }}\"}}}\n",
		"a date that is a word":          top + "  - {id: g, trigger: {batch: G}}\n  - {id: a, if: 'date(params.d) == date(params.e)', trigger: {batch: A}}\n",
		"a text that is no date":         top + "  - {id: g, trigger: {batch: G}}\n  - {id: a, trigger: {batch: A, params: {$FICMISDATE$: \"${{ params.d }}\"}}}\n",
		"a code that is a number":        top + "  - {id: g, trigger: {batch: G}}\n  - {id: a, trigger: {batch: \"${{ 1 + 1 }}\"}}\n",
		"a healer blocked by its chain":  top + "  - {id: g, trigger: {batch: G}}\n  - {id: a, if: 'steps.g.outcome == \"failed\"', restart: g}\n",
		"a comment":                      top + "  - {id: g, trigger: {batch: G}}\n  - {id: a, if: \"true // always\", trigger: {batch: A}}\n",
		"a number that is not in a list": top + "  - {id: g, trigger: {batch: G}}\n  - {id: a, if: steps.g.failure.step == \"x\", trigger: {batch: A}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse("p.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "p.yaml:7:") {
				t.Errorf("the file: %v, want an error at line 7", err)
			}
			p, err := ParsePinned("p.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Resolve(Inputs{}); err != nil || len(p.Steps) != 2 || p.Steps[1].Do == nil {
				t.Errorf("%v, %+v", err, p.Steps[1])
			}
		})
	}
}

// A healer that looks at one which it waited for until neither waited for the other.
func TestPinnedHealers(t *testing.T) {
	const text = "version: 1\nname: p\ndefaults: {timeout: 1h}\nsteps:\n" +
		"  - {id: a, trigger: {batch: A}}\n  - {id: a2, if: failed(), restart: a}\n" +
		"  - {id: b, needs: [], trigger: {batch: B}}\n  - {id: b2, if: failed() && LOOK, restart: b}\n"
	look := func(cond string) []byte { return []byte(strings.Replace(text, "LOOK", cond, 1)) }
	const want = `p.yaml:8:36: step "b2" looks at "a2", but does not run after it: both heal, and neither waits for the other`
	if _, err := Parse("p.yaml", look("steps.a2.attempts == 0")); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the file: %v, want %s", err, want)
	}
	if _, err := ParsePinned("p.yaml", look("steps.a2.attempts == 0")); err != nil {
		t.Error(err)
	}
	if p, err := ParsePinned("p.yaml", look("steps.b2.attempts == 0")); err == nil {
		t.Errorf("what was never good is taken: %+v", p)
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
