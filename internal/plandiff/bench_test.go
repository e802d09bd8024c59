package plandiff_test

import (
	"fmt"
	"strings"
	"testing"

	"ofsplan/internal/plandiff"
)

// large is a plan of so many steps, each of which waits for all above it, or for the third above it.
func large(steps int, chained bool, timeout string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\nname: large\nmisdate: 2026-11-20\ndefaults: {timeout: %s}\nsteps:\n", timeout)
	for i := range steps {
		needs := ""
		if chained {
			needs = fmt.Sprintf("needs: [s%d], ", max(0, i-3))
			if i == 0 {
				needs = "needs: [], "
			}
		}
		fmt.Fprintf(&b, "  - {id: s%d, %strigger: {batch: B%d}}\n", i, needs, i)
	}
	return b.String()
}

func BenchmarkCompare(b *testing.B) {
	for _, steps := range []int{1_000, 10_000} {
		for name, texts := range map[string][2]string{
			"everywhere": {large(steps, true, "1h"), large(steps, true, "2h")},
			"above":      {large(steps, false, "1h"), strings.Replace(large(steps, false, "1h"), "  - {id: s5,", "  - {id: new, trigger: {batch: NEW}}\n  - {id: s5,", 1)},
			"waits":      {large(steps, true, "1h"), large(steps, false, "1h")},
		} {
			old, err := side(b, "old.yaml", texts[0])
			if err != nil {
				b.Fatal(err)
			}
			new, err := side(b, "new.yaml", texts[1])
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/%d", name, steps), func(b *testing.B) {
				for b.Loop() {
					if d := plandiff.Compare(old, new); !d.Changed || d.Text() == "" {
						b.Fatal(d)
					}
				}
			})
		}
	}
}
