package source

import (
	"flag"
	"testing"

	"ofsplan/internal/source/torture"
)

// rewrite puts what is said into the files: go test ./internal/source -run Torture -rewrite.
var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

// Every class of bad YAML that we know of, one small file each, with what its author is told.
func TestTorture(t *testing.T) {
	const dir = "testdata/torture"
	read := func(file string, data []byte) error {
		_, errs := Parse(file, data)
		return errs.Err()
	}
	if *rewrite {
		for _, c := range torture.Cases(t, dir) {
			c.Rewrite(t, dir, read)
		}
	}
	said := torture.Play(t, dir, read)
	for _, c := range torture.Cases(t, dir) {
		if got, played := said[c.Name]; played && got != c.Want {
			t.Errorf("%s: said\n%s\nwant\n%s", c.Name, got, c.Want)
		}
	}
}
