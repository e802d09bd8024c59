package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/schema"
)

// compiled is the schema as a validator; compiling it checks it against the rules for schemas.
func compiled(t testing.TB) *jsonschema.Schema { return compiledAs(t, "plan.schema.json", schema.Plan) }

// compiledAs is the schema that stands in the file of that name.
func compiledAs(t testing.TB, name string, text []byte) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, document(t, text)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func document(t testing.TB, text []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// instance is a YAML value as an editor hands it to a schema: plain scalars are guessed by the rules of YAML 1.2.
func instance(n *source.Node) any {
	switch n.Kind {
	case source.Mapping:
		m := make(map[string]any, len(n.Fields))
		for _, f := range n.Fields {
			m[f.Key] = instance(f.Value)
		}
		return m
	case source.Sequence:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = instance(item)
		}
		return list
	case source.Null:
		return nil
	}
	switch {
	case n.Quoted || n.Block:
		return n.Value
	case n.Value == "true", n.Value == "false":
		return n.Value == "true"
	case yamlNumber.MatchString(n.Value):
		digits := strings.TrimLeft(strings.TrimPrefix(n.Value, "+"), "0")
		if digits == "" || digits[0] == '.' {
			digits = "0" + digits
		}
		return json.Number(digits)
	}
	return n.Value
}

var yamlNumber = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?$`)

// fataler is what helpers need of a test, a random one included.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

// read parses YAML into an instance.
func read(t fataler, text []byte) any {
	t.Helper()
	root, errs := source.Parse("plan.yaml", text)
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	return instance(root)
}

// write renders an instance as JSON, which is YAML too.
func write(t fataler, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// everyKey is a plan that holds every key in every form it has.
const everyKey = "testdata/every_key.yaml"

// valid are plans that hold every key there is, and the plans people start from.
func valid(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("../examples/plans/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	plans := make(map[string][]byte)
	for _, name := range append(names, everyKey) {
		if strings.HasSuffix(name, "_test.yaml") {
			continue // the tests of a plan
		}
		if plans[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return plans
}

func TestSchemaAndLoaderAcceptWhatIsValid(t *testing.T) {
	s := compiled(t)
	for name, text := range valid(t) {
		if _, err := plan.Load(os.DirFS(filepath.Dir(name)), filepath.Base(name), name); err != nil {
			t.Errorf("the loader refuses:\n%v", err)
		}
		if err := s.Validate(read(t, text)); err != nil {
			t.Errorf("the schema refuses %s: %v", name, err)
		}
	}
}

// What the loader's own tests call good, the schema accepts too.
func TestSchemaAcceptsWhatTheLoaderAccepts(t *testing.T) {
	s := compiled(t)
	names, err := filepath.Glob("../plan/testdata/load/*")
	if err != nil || len(names) == 0 {
		t.Fatalf("no plans: %v", err)
	}
	count := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range goldenCase.FindAllSubmatch(text, -1) {
			count++
			if err := s.Validate(read(t, m[1])); err != nil {
				t.Errorf("%s: the schema refuses:\n%s\n%v", name, m[1], err)
			}
		}
	}
	if count < 5 {
		t.Errorf("found %d good plans only", count)
	}
}

var goldenCase = regexp.MustCompile(`(?s)\nload\n((?:[^-]|-[^-]|--[^-]|---[^-])*?)\n----\nok\n`)

// places tells where the schema lists the keys of each mapping.
var places = map[string][]string{
	"plan":       {"/properties"},
	"param":      {"/$defs/param/properties"},
	"calendar":   {"/$defs/calendar/properties", "/properties/calendar/anyOf/2/properties", "/properties/calendar/anyOf/3/properties"},
	"closed":     {"/$defs/calendar/properties/closed/items/properties"},
	"defaults":   {"/properties/defaults/properties"},
	"poll":       {"/$defs/poll/anyOf/1/properties"},
	"step":       {"/$defs/step/properties", "/properties/steps/items/properties"},
	"finally":    {"/$defs/step/properties"},
	"watch":      {"/$defs/step/properties/watch/items/properties"},
	"on_failure": {"/$defs/step/properties/on_failure/items/properties"},
	"trigger":    {"/$defs/trigger/properties"},
	"member":     {"/$defs/trigger/properties/members/anyOf/1/additionalProperties/properties"},
	"wait":       {"/$defs/run/properties"},
	"status":     {"/$defs/run/properties", "/$defs/status/anyOf/1/properties"},
	"interrupt":  {"/$defs/run/properties"},
	"restart":    {"/$defs/run/properties", "/$defs/again/anyOf/1/properties"},
	"rerun":      {"/$defs/run/properties", "/$defs/again/anyOf/1/properties"},
	"notify":     {"/$defs/step/properties/notify/properties"},
	"sleep":      {"/$defs/step/properties/sleep/anyOf/1/properties"},
	"deadline":   {"/properties/deadline/anyOf/1/properties"},
	"file":       {"/$defs/step/properties/file/anyOf/1/properties"},
	"check":      {"/$defs/step/properties/check/anyOf/1/properties"},
	"wait_plan":  {"/$defs/waitPlan/properties"},
	"approve":    {"/$defs/approve/properties"},
	"from":       {"/$defs/approve/properties/from/properties"},
}

func TestSchemaAndLoaderKnowTheSameKeys(t *testing.T) {
	doc := document(t, schema.Plan)
	known := plan.Keys()
	for place := range places {
		if known[place] == nil {
			t.Errorf("the loader has no mapping %q", place)
		}
	}
	for place, keys := range known {
		var listed []string
		for _, pointer := range places[place] {
			properties, ok := at(doc, pointer).(map[string]any)
			if !ok {
				t.Errorf("%s: the schema has nothing at %s", place, pointer)
			}
			for key := range properties {
				listed = append(listed, key)
			}
		}
		slices.Sort(listed)
		slices.Sort(keys)
		if !slices.Equal(listed, keys) {
			t.Errorf("%s: the schema lists %q, the loader knows %q", place, listed, keys)
		}
	}
}

// Every key has words of its own that an editor can show. Those of what it refers to would be shown in their place.
func TestEveryKeyIsDescribed(t *testing.T) {
	doc := document(t, schema.Plan)
	for _, pointers := range places {
		described(t, doc, pointers)
	}
}

// described wants words for each key of the mappings at these places: of its own, or of what it refers to, and not both, since
// editors show those of what it refers to.
func described(t *testing.T, doc any, pointers []string) {
	t.Helper()
	for _, pointer := range pointers {
		properties, _ := at(doc, pointer).(map[string]any)
		for key, v := range properties {
			property := v.(map[string]any)
			words := words(doc, property)
			if words != 1 {
				t.Errorf("%s/%s has %d descriptions, and an editor shows the last", pointer, key, words)
			}
		}
	}
}

// words counts the descriptions of a key: its own, and those of what it refers to. Where it has none itself, its alternatives have.
func words(doc any, property map[string]any) (count int) {
	for of := property; of != nil; {
		if of["description"] != nil {
			count++
		}
		ref, refers := of["$ref"].(string)
		if !refers {
			break
		}
		of, _ = at(doc, strings.TrimPrefix(ref, "#")).(map[string]any)
	}
	alternatives, _ := property["anyOf"].([]any)
	for i := 0; count == 0 && i < len(alternatives); i++ {
		count = min(1, words(doc, alternatives[i].(map[string]any)))
	}
	return count
}

// at follows a JSON pointer.
func at(doc any, pointer string) any {
	for _, word := range strings.Split(pointer, "/")[1:] {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[word]
		case []any:
			doc = v[word[0]-'0']
		}
	}
	return doc
}

// Of a step without a verb an editor says which there are, all of them.
func TestAStepWithoutAVerbIsToldWhichThereAre(t *testing.T) {
	var verbs, said []string
	for _, branch := range at(document(t, schema.Plan), "/$defs/step/oneOf").([]any) {
		b := branch.(map[string]any)
		verbs = append(verbs, b["required"].([]any)[0].(string))
		text, _ := b["errorMessage"].(string)
		said = append(said, text)
	}
	last := len(verbs) - 1
	want := "A step does one thing: write " + strings.Join(verbs[:last], ", ") + " or " + verbs[last] + "."
	for i, text := range said {
		if text != want {
			t.Errorf("of %s it says %q, want %q", verbs[i], text, want)
		}
	}
}
