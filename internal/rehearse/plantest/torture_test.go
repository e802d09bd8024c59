package plantest_test

import (
	"testing"

	"ofsplan/internal/rehearse/plantest"
	"ofsplan/internal/source/torture"
)

// Bad YAML is refused as such.
func TestTorture(t *testing.T) {
	torture.Play(t, "../../source/testdata/torture", func(file string, data []byte) error {
		files := shelf{}
		files.put("n.yaml", onePlan)
		suite := plantest.NewSuite(files.sources())
		suite.Add(file, data)
		return suite.Problems.Err()
	})
}
