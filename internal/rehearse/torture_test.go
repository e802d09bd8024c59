package rehearse_test

import (
	"testing"

	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source/torture"
)

// Bad YAML is refused as such, as a scenario and as a test file.
func TestTorture(t *testing.T) {
	const dir = "../../internal/source/testdata/torture"
	t.Run("scenario", func(t *testing.T) {
		torture.Play(t, dir, func(file string, data []byte) error {
			_, err := scenario.Read(file, data)
			return err
		})
	})
	t.Run("test file", func(t *testing.T) {
		torture.Play(t, dir, func(file string, data []byte) error {
			files := shelf{}
			files.put("n.yaml", onePlan)
			suite := rehearse.NewSuite(files.sources())
			suite.Add(file, data)
			return suite.Problems.Err()
		})
	})
}
