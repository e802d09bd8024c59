package main_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// A clone that is built as the Makefile does, whatever GOFLAGS says, writes into its logs which commit it is of.
func TestTheMakefileStampsTheBuild(t *testing.T) {
	commit, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		t.Skip("this is no clone")
	}
	for _, target := range []string{"build", "dist"} {
		cmd := exec.Command("make", "-n", target)
		cmd.Env = append(cmd.Environ(), "GOFLAGS=-buildvcs=false")
		out, err := cmd.Output()
		if err != nil {
			t.Skipf("there is no make: %v", err)
		}
		stamped := regexp.MustCompile(`-X ofsplan/internal/operate\.version=(v[0-9A-Za-z.+-]+)`).FindSubmatch(out)
		if stamped == nil || strings.HasPrefix(string(stamped[1]), "v0.0.0-") && !strings.Contains(string(stamped[1]), strings.TrimSpace(string(commit))) {
			t.Errorf("make %s does not stamp commit %s:\n%s", target, commit, out)
		}
	}
}
