package rehearse_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"ofsplan/internal/rehearse"
	"ofsplan/schema"
)

// compiledSchema makes a schema of ours ready.
func compiledSchema(t *testing.T, name string, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The schema of test files and their reader agree, on each line of testdata/tests/schema: a test file for the plan
// below. What takes knowledge of plan and scenario only the reader sees.
func TestTestSchemaAgrees(t *testing.T) {
	s := compiledSchema(t, "test.schema.json", schema.Test)
	files := shelf{}
	files.put("n.yaml", onePlan)
	files.put("usual.yaml", "version: 1\nbatches: {A: {tasks: {X: 1m}}}\ngroups: {G: {batches: {M: 1m}}}\n")
	datadriven.RunTest(t, "testdata/tests/schema", func(t *testing.T, d *datadriven.TestData) string {
		var verdicts []string
		for line := range strings.Lines(d.Input) {
			text := strings.TrimSpace(line)
			suite := rehearse.NewSuite(files.sources())
			suite.Add("n_test.yaml", []byte(text))
			verdicts = append(verdicts, verdict(suite.Problems.Err())+" "+verdict(s.Validate(asEditor(t, text))))
		}
		return strings.Join(verdicts, "\n")
	})
}

// The tests of the example plans, and the nights they are played in, are what the schemas say.
func TestSchemasAcceptTheExamples(t *testing.T) {
	root := os.DirFS("../../examples/plans")
	for pattern, s := range map[string]*jsonschema.Schema{
		"*_test.yaml":      compiledSchema(t, "test.schema.json", schema.Test),
		"scenarios/*.yaml": compiledSchema(t, "scenario.schema.json", schema.Scenario),
	} {
		names, err := fs.Glob(root, pattern)
		if err != nil || len(names) == 0 {
			t.Errorf("%s: got %v, %v", pattern, names, err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(asEditor(t, string(data))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
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
