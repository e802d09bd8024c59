package rehearse_test

import (
	"testing"

	"ofsplan/internal/rehearse"
)

// A plan of one part is covered wholly or not at all.
func TestCoverageOfFewParts(t *testing.T) {
	shown, not := rehearse.Item{Kind: rehearse.StepItem, Cases: 3}, rehearse.Item{Kind: rehearse.StepItem}
	for _, test := range []struct {
		items   []rehearse.Item
		percent float64
		missing int
	}{
		{nil, 100, 0},
		{[]rehearse.Item{not}, 0, 1},
		{[]rehearse.Item{shown}, 100, 0},
		{[]rehearse.Item{shown, not}, 50, 1},
		{[]rehearse.Item{not, not}, 0, 2},
	} {
		c := rehearse.Coverage{Items: test.items}
		if got, missing := c.Percent(), len(c.Missing()); got != test.percent || missing != test.missing {
			t.Errorf("of %d parts %d are exercised: got %g %% and %d missing, want %g %% and %d", len(test.items), c.Exercised(), got, missing, test.percent, test.missing)
		}
	}
}
