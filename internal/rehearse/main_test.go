package rehearse_test

import (
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/incident"
	"ofsplan/internal/rehearse/plantest"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
)

// A night starts no goroutine, and leaves no coroutine behind.
func TestMain(m *testing.M) {
	rehearse.Reread, rehearse.TestCases = reread, testCases
	goleak.VerifyTestMain(m)
}

// reread writes and reads the scenario of a night, and the one that its audit log tells.
func reread(n rehearse.Night, r rehearse.Result) error {
	past, err := incident.Read(r.Journal)
	if err != nil {
		return fmt.Errorf("the past: %w", err)
	}
	for _, sc := range []sim.Scenario{past.Scenario, n.Scenario} {
		back, err := scenario.Read("scenario.yaml", scenario.Text(sc, past.Note()))
		if diff := cmp.Diff(sc, back); diff != "" || err != nil {
			return fmt.Errorf("read back as %v %s", err, diff)
		}
	}
	return nil
}

// testCases are the nights of a test file of the examples, by their names.
func testCases(t *testing.T, file string) (names []string, nights []rehearse.Night) {
	t.Helper()
	root := os.DirFS("../../examples/plans")
	suite := plantest.NewSuite(plantest.Sources{
		Plan:     func(path string) (*plan.Plan, error) { return plan.Load(root, path, path) },
		Scenario: func(path string) ([]byte, error) { return fs.ReadFile(root, path) },
	})
	data, err := fs.ReadFile(root, file)
	if err != nil {
		t.Fatal(err)
	}
	suite.Add(file, data)
	if err := suite.Problems.Err(); err != nil {
		t.Fatal(err)
	}
	for _, c := range suite.Files[0].Cases {
		names, nights = append(names, c.Name), append(nights, c.Night)
	}
	return names, nights
}
