package scenario_test

import (
	"testing"

	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source/torture"
)

// Bad YAML is refused as such.
func TestTorture(t *testing.T) {
	torture.Play(t, "../../source/testdata/torture", func(file string, data []byte) error {
		_, err := scenario.Read(file, data)
		return err
	})
}
