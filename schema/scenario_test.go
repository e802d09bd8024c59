package schema_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"ofsplan/internal/rehearse/scenario"
	"ofsplan/schema"
)

// The schema of scenarios and their reader agree: what the reader accepts the schema accepts, and what is wrong about a
// single key or value both refuse. What takes knowledge of the whole file (a task that is not there, a circle) only the
// reader sees.
func TestScenarioSchemaAgrees(t *testing.T) {
	s := compiledAs(t, "scenario.schema.json", schema.Scenario)
	usual, err := os.ReadFile(filepath.Join("..", "internal", "rehearse", "scenario", "testdata", "usual.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(read(t, usual)); err != nil {
		t.Errorf("the schema refuses the usual night: %v", err)
	}
	datadriven.RunTest(t, "testdata/scenarios", func(t *testing.T, d *datadriven.TestData) string {
		var verdicts []string
		for line := range strings.Lines(d.Input) {
			text := []byte(strings.TrimSpace(line))
			_, err := scenario.Read("s.yaml", text)
			verdicts = append(verdicts, verdict(err)+" "+verdict(s.Validate(read(t, text))))
		}
		return strings.Join(verdicts, "\n")
	})
}

func verdict(err error) string {
	if err != nil {
		return "refused"
	}
	return "accepted"
}

// The tests of the example plans, and the nights they are played in, are what the schemas say.
func TestSchemasAcceptTheExamples(t *testing.T) {
	root := os.DirFS("../examples/plans")
	for pattern, s := range map[string]*jsonschema.Schema{
		"*_test.yaml":      compiledAs(t, "test.schema.json", schema.Test),
		"scenarios/*.yaml": compiledAs(t, "scenario.schema.json", schema.Scenario),
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
			if err := s.Validate(read(t, data)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Every key of a scenario and of a test file has words of its own that an editor can show.
func TestEveryKeyOfANightIsDescribed(t *testing.T) {
	for _, text := range [][]byte{schema.Scenario, schema.Test, schema.Calendar} {
		everywhere(document(t, text), "", func(doc any, pointer string) { described(t, doc, []string{pointer}) })
	}
}

// everywhere calls f with the place of each list of properties that a schema has.
func everywhere(doc any, pointer string, f func(doc any, pointer string)) {
	var walk func(v any, pointer string)
	walk = func(v any, pointer string) {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				if properties, is := inner.(map[string]any); is && key == "properties" && !slices.ContainsFunc(slices.Collect(maps.Values(properties)), func(p any) bool { _, is := p.(map[string]any); return !is }) {
					f(doc, pointer+"/properties")
				}
				walk(inner, pointer+"/"+key)
			}
		case []any:
			for i, inner := range v {
				walk(inner, fmt.Sprintf("%s/%d", pointer, i))
			}
		}
	}
	walk(doc, pointer)
}
