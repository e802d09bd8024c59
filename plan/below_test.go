package plan

import (
	"slices"
	"testing"
)

func TestBelow(t *testing.T) {
	p, err := Parse("p.yaml", []byte(`
version: 1
name: below
steps:
  - {id: a, needs: [], sleep: 1s}
  - {id: b, needs: [], sleep: 1s}
  - {id: c, needs: [e], sleep: 1s}
  - {id: d, needs: [b], sleep: 1s}
  - {id: e, needs: [a], sleep: 1s}
  - {id: f, sleep: 1s}
  - {id: g, needs: [], sleep: 1s}
finally:
  - {id: h, sleep: 1s}
`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]int{{2, 4, 5}, {3, 5}, {5}, {5}, {2, 5}, nil, nil} {
		if got := p.Below(i); !slices.Equal(got, want) {
			t.Errorf("below %s: got %v, want %v", p.Steps[i].ID, got, want)
		}
	}
}
