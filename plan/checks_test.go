package plan

import (
	"strings"
	"testing"
	"time"

	"ofsplan/internal/source"
)

// What is shown of each warning is true: the wrong piece is warned about, by that warning, and the right one by none.
func TestExamplesOfChecks(t *testing.T) {
	last := ""
	for _, c := range Checks() {
		if c.ID <= last || c.About == "" || c.Why == "" || c.Wrong == "" {
			t.Errorf("%s after %s: it is out of order, or lacks words", c.ID, last)
		}
		last = c.ID
		wrong, err := Parse(c.ID, []byte(example(c.Wrong)))
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		found := false
		for _, w := range append(wrong.Warnings, odd(wrong)...) {
			found = found || w.ID == c.ID
		}
		if !found {
			t.Errorf("%s: its wrong example is not warned about by it: %v", c.ID, wrong.Warnings)
		}
		if c.Right == "" {
			continue
		}
		right, err := Parse(c.ID, []byte(example(c.Right)))
		if err != nil || len(right.Warnings) > 0 || len(odd(right)) > 0 {
			t.Errorf("%s: its right example: %v %v", c.ID, err, right.Warnings)
		}
	}
}

// odd is what is warned about when a plan is run.
func odd(p *Plan) []*source.Error {
	r, err := p.Resolve(Inputs{Now: time.Date(2026, time.December, 19, 2, 0, 0, 0, time.UTC)})
	if err != nil {
		return nil // it has parameters that must be given
	}
	return r.Odd
}

// example is a whole plan of what a check shows.
func example(text string) string {
	if strings.HasPrefix(text, "version:") {
		return text
	}
	return "version: 1\nname: example\nmisdate: 2026-11-20\ndefaults: {timeout: 1h}\nsteps:\n" + text
}
