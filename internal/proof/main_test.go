package proof

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	_ "ofsplan/internal/cli" // a kept result of these tests is void when anything of the program changes
)

// program is where the program is built to by whoever needs it first.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "ofsplan-proof-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(dir, "ofsplan")
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

var build = sync.OnceValue(func() error {
	if out, err := exec.Command("go", "build", "-o", program, "ofsplan").CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
})

// buildBinary builds the program as a bank runs it, once for all tests, and returns its path.
func buildBinary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("real processes take seconds")
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return program
}
