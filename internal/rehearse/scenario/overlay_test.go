package scenario

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"ofsplan/internal/source"
)

// What comes of laying one part of a scenario over another: the input holds both, a line of --- between them. Every value
// is shown with the side it comes from.
func TestOverlay(t *testing.T) {
	datadriven.RunTest(t, "testdata/overlay", func(t *testing.T, d *datadriven.TestData) string {
		below, above, _ := strings.Cut(d.Input, "---\n")
		base, baseErrs := source.Parse("below", []byte(below))
		over, overErrs := source.Parse("above", []byte(above))
		if err := append(baseErrs, overErrs...).Err(); err != nil {
			t.Fatal(err)
		}
		before := shown(base)
		var errs source.Errors
		out := shown(Lay(&errs, base, over))
		if shown(base) != before {
			t.Errorf("what lies below was changed:\n%s\n%s", before, shown(base))
		}
		for _, e := range errs {
			out += "\n" + e.Error()
		}
		return out
	})
}

// shown is a node in one line, each value with the line of the side it is from.
func shown(n *source.Node) string {
	switch n.Kind {
	case source.Mapping:
		var parts []string
		for _, f := range n.Fields {
			parts = append(parts, f.Key+": "+shown(f.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case source.Sequence:
		var parts []string
		for _, item := range n.Items {
			parts = append(parts, shown(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprintf("%s@%s:%d", n.Value, n.Pos.File, n.Pos.Line)
}
