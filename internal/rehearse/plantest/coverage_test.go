package plantest_test

import (
	"testing"

	"ofsplan/internal/rehearse/plantest"
)

// A plan of one part is covered wholly or not at all.
func TestCoverageOfFewParts(t *testing.T) {
	shown, not := plantest.Item{Cases: 3}, plantest.Item{}
	for _, test := range []struct {
		items   []plantest.Item
		percent float64
		missing int
	}{
		{nil, 100, 0},
		{[]plantest.Item{not}, 0, 1},
		{[]plantest.Item{shown}, 100, 0},
		{[]plantest.Item{shown, not}, 50, 1},
		{[]plantest.Item{not, not}, 0, 2},
	} {
		c := plantest.Coverage{Items: test.items}
		if got, missing := c.Percent(), len(c.Missing()); got != test.percent || missing != test.missing {
			t.Errorf("of %d parts %d are exercised: got %g %% and %d missing, want %g %% and %d", len(test.items), c.Exercised(), got, missing, test.percent, test.missing)
		}
	}
}
