package schema_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/rehearse/plantest"
	"ofsplan/plan"
	"ofsplan/schema"
)

// The schema of test files and their reader agree, on each line of testdata/tests: a test file for the plan
// below. What takes knowledge of plan and scenario only the reader sees.
func TestTestSchemaAgrees(t *testing.T) {
	s := compiledAs(t, "test.schema.json", schema.Test)
	files := plantest.Sources{
		Plan: func(path string) (*plan.Plan, error) {
			if path != "n.yaml" {
				return nil, fs.ErrNotExist
			}
			return plan.Parse(path, []byte("version: 1\nname: n\nsteps:\n  - {id: a, trigger: {batch: A}, timeout: 1h}\n"))
		},
		Scenario: func(string) ([]byte, error) {
			return []byte("version: 1\nbatches: {A: {tasks: {X: 1m}}}\ngroups: {G: {batches: {M: 1m}}}\n"), nil
		},
	}
	datadriven.RunTest(t, "testdata/tests", func(t *testing.T, d *datadriven.TestData) string {
		var verdicts []string
		for line := range strings.Lines(d.Input) {
			text := strings.TrimSpace(line)
			suite := plantest.NewSuite(files)
			suite.Add("n_test.yaml", []byte(text))
			verdicts = append(verdicts, verdict(suite.Problems.Err())+" "+verdict(s.Validate(read(t, []byte(text)))))
		}
		return strings.Join(verdicts, "\n")
	})
}

// The schema of test files holds that of scenarios, word for word, so that an editor needs only one file.
func TestTestSchemaHoldsTheScenario(t *testing.T) {
	type document struct {
		Properties map[string]any `json:"properties"`
		Defs       map[string]any `json:"$defs"`
	}
	var whole, part document
	for text, doc := range map[*[]byte]*document{&schema.Test: &whole, &schema.Scenario: &part} {
		if err := json.Unmarshal(*text, doc); err != nil {
			t.Fatal(err)
		}
	}
	for name, def := range part.Properties {
		if diff := cmp.Diff(def, whole.Defs["scenario_"+name]); diff != "" {
			t.Errorf("copy %q of the scenario to $defs/scenario_%s of the test schema (-scenario +test):\n%s", name, name, diff)
		}
	}
	for name, def := range part.Defs {
		if diff := cmp.Diff(def, whole.Defs[name]); diff != "" {
			t.Errorf("copy $defs/%s of the scenario to the test schema (-scenario +test):\n%s", name, diff)
		}
	}
}
