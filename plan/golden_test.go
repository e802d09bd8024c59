package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"ofsplan/internal/source"
)

// TestLoad holds what a plan's author is told, word for word: testdata/load has a plan, then every problem of
// it, or "ok" and its warnings.
func TestLoad(t *testing.T) {
	datadriven.Walk(t, "testdata/load", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			p, err := Parse("plan.yaml", []byte(d.Input))
			if err != nil {
				if errs, ok := errors.AsType[source.Errors](err); !ok || len(errs) == 0 {
					t.Errorf("%s: %T is no list of problems", d.Pos, err)
				}
				return err.Error() + "\n"
			}
			var out strings.Builder
			fmt.Fprintln(&out, "ok")
			for _, w := range p.Warnings {
				fmt.Fprintln(&out, w)
			}
			return out.String()
		})
	})
}
