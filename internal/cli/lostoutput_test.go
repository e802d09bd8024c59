package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ofsplan/internal/exitcode"
)

// fullDisk is an output that takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// Whoever started us believes the exit code. 2 would say that nothing was sent.
func TestAnOutputThatTakesNothingDoesNotChangeTheExitCode(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("OFSPLAN_STATE", filepath.Join(dir, "state"))
	plan := filepath.Join(dir, "plan.yaml")
	text := "version: 1\nname: short\nsteps:\n  - {id: breathe, sleep: 10ms}\n"
	if err := os.WriteFile(plan, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		out, err io.Writer
		args     []string
	}{
		{"run, stdout", fullDisk{}, io.Discard, []string{"run", plan, "--target", "sim"}},
		{"run, as JSON", fullDisk{}, io.Discard, []string{"run", plan, "--target", "sim", "--json"}},
		{"run, both", fullDisk{}, fullDisk{}, []string{"run", plan, "--target", "sim"}},
		{"batch trigger, as JSON", fullDisk{}, io.Discard, []string{"batch", "trigger", "ANY", "--target", "sim", "--json"}},
		{"batch trigger, both", fullDisk{}, fullDisk{}, []string{"batch", "trigger", "ANY", "--target", "sim"}},
	} {
		if code := Main(c.args, strings.NewReader(""), c.out, c.err); exitcode.Code(code) != exitcode.Succeeded {
			t.Errorf("%s: exit code %d, want 0", c.name, code)
		}
	}
}
