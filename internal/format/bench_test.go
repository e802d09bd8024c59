package format

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// large is a plan of so many steps, of which every line needs a change.
func large(steps int) []byte {
	var b bytes.Buffer
	b.WriteString("version: 1\nname:  large\nsteps:\n")
	for i := range steps {
		fmt.Fprintf(&b, "- id:   s%d  # step %d\n  needs: [ ]\n  if: 'is_month_end(misdate)'\n  trigger: { batch: B%d,params: {$X$: '%d'} }\n\n\n", i, i, i, i)
	}
	return b.Bytes()
}

func BenchmarkFile(b *testing.B) {
	for _, steps := range []int{1_000, 10_000, 100_000} {
		data := large(steps)
		b.Run(fmt.Sprint(steps), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := File("p.yaml", data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What stands on one line, and what goes on and on, takes no longer than the same in many pieces: this test is over in an instant.
func TestNothingGrowsFasterThanTheFile(t *testing.T) {
	const many = 20_000
	for _, data := range []string{
		"a: [" + strings.Repeat("{b: [c]},", many) + "]\n",
		"a:\n" + strings.Repeat("# c\n", many) + "  b: c\n",
		"a: b # c\n" + strings.Repeat("     # c\n", many),
		"a: " + strings.Repeat("b\n  ", many) + "\n",
		"a: |\n" + strings.Repeat("  b\n", many),
		strings.Repeat("\n", many) + "a: b" + strings.Repeat("\n", many),
		"a: [" + strings.Repeat("b, # c\n", many) + "]\n",
	} {
		held(t, []byte(data))
	}
}
