package rehearse_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"ofsplan/internal/rehearse"
	"ofsplan/internal/source"
)

// The schema and the reader agree: what the reader accepts the schema accepts, and what is wrong about a single
// key or value both refuse. What takes knowledge of the whole file (a task that is not there, a circle) only
// the reader sees.
func TestSchemaAgrees(t *testing.T) {
	file, err := os.Open(filepath.Join("..", "..", "schema", "scenario.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("scenario.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	usual, err := os.ReadFile("testdata/usual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(asEditor(t, string(usual))); err != nil {
		t.Errorf("the schema refuses the usual night: %v", err)
	}
	datadriven.RunTest(t, "testdata/scenarios/schema", func(t *testing.T, d *datadriven.TestData) string {
		var verdicts []string
		for line := range strings.Lines(d.Input) {
			text := strings.TrimSpace(line)
			_, readErr := rehearse.Scenario("s.yaml", []byte(text))
			schemaErr := schema.Validate(asEditor(t, text))
			verdicts = append(verdicts, verdict(readErr)+" "+verdict(schemaErr))
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

// asEditor is a YAML text as an editor's schema checker sees it: plain scalars that look like numbers or
// booleans are some.
func asEditor(t *testing.T, text string) any {
	t.Helper()
	root, errs := source.Parse("s.yaml", []byte(text))
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	return plain(root)
}

func plain(n *source.Node) any {
	switch n.Kind {
	case source.Mapping:
		m := map[string]any{}
		for _, f := range n.Fields {
			m[f.Key] = plain(f.Value)
		}
		return m
	case source.Sequence:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, plain(item))
		}
		return list
	case source.Null:
		return nil
	}
	if n.Quoted {
		return n.Value
	}
	if number, err := strconv.ParseFloat(n.Value, 64); err == nil {
		return number
	}
	switch n.Value {
	case "true":
		return true
	case "false":
		return false
	}
	return n.Value
}
