package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"ofsplan/audit"
	"ofsplan/internal/frozen"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// auditSchema reads the schema of a record. A strict one refuses every field it does not name.
func auditSchema(t *testing.T, strict bool) *jsonschema.Schema {
	t.Helper()
	b, err := os.ReadFile("audit.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if strict {
		for _, def := range doc.(map[string]any)["$defs"].(map[string]any) {
			forbidUnknown(def)
		}
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("audit.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("audit.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// forbidUnknown closes every object of a schema that lists its properties.
func forbidUnknown(node any) {
	switch node := node.(type) {
	case map[string]any:
		if node["properties"] != nil && node["type"] == "object" {
			node["additionalProperties"] = false
		}
		for _, v := range node {
			forbidUnknown(v)
		}
	case []any:
		for _, v := range node {
			forbidUnknown(v)
		}
	}
}

// validLine validates one line of a journal.
func validLine(t *testing.T, s *jsonschema.Schema, line []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// Every record that was ever written keeps the schema.
func TestFrozenJournalsKeepTheSchema(t *testing.T) {
	s := auditSchema(t, true)
	for _, j := range frozen.Journals(t, "../testdata/journals") {
		for line := range bytes.Lines(j.Data[:j.Verdict.Head.Size]) {
			if err := validLine(t, s, line); err != nil {
				t.Errorf("%s: %s\n%v", j.Name, line, err)
			}
		}
	}
}

// everyEvent has one of each, to be filled.
var everyEvent = []runner.Event{
	&runner.RunStarted{}, &runner.FilePinned{}, &runner.RequestSent{}, &runner.RequestAccepted{}, &runner.RequestRefused{},
	&runner.RequestNotSent{}, &runner.RequestInDoubt{}, &runner.BatchObserved{}, &runner.LookFailed{}, &runner.SensorAnswered{}, &runner.ClockReached{},
	&runner.RunDetached{}, &runner.RunResumed{}, &runner.HistoryRead{}, &runner.ForecastMade{}, &runner.OperatorResolved{}, &runner.OperatorAdopted{},
	&runner.OperatorRetried{}, &runner.OperatorMarked{}, &runner.OperatorCanceled{}, &runner.NoticeSent{}, &runner.NoticeFailed{}, &runner.ContactOverdue{}, &runner.OperatorApproved{}, &runner.OperatorRejected{},
}

var at0 = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// words that only some values are good for.
var enums = map[reflect.Type]any{
	reflect.TypeFor[runner.Key]():        runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1},
	reflect.TypeFor[runner.Op]():         runner.OpTrigger,
	reflect.TypeFor[runner.State]():      runner.Watching,
	reflect.TypeFor[fact.Status]():       fact.Ongoing,
	reflect.TypeFor[fact.Outcome]():      fact.Failed,
	reflect.TypeFor[fact.Object]():       fact.Batch,
	reflect.TypeFor[fact.FailureKind]():  fact.TimedOut,
	reflect.TypeFor[runner.Resolution](): runner.AsSucceeded,
	reflect.TypeFor[runner.PermitKind](): runner.PermitSafe,
	reflect.TypeFor[fact.Stands]():       fact.RunSucceeded,
	reflect.TypeFor[fact.Span]():         fact.Span(time.Minute),
	reflect.TypeFor[time.Time]():         at0,
	reflect.TypeFor[runner.Worth]():      runner.WorthLate,
}

// fill sets every field that is written, all the way down.
func fill(v reflect.Value) {
	if word, ok := enums[v.Type()]; ok {
		v.Set(reflect.ValueOf(word))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" {
				fill(v.Field(i))
			}
		}
	}
}

// everyCommand has one of each, filled.
func everyCommand() []*runner.Command {
	all := make([]*runner.Command, 4)
	for i, op := range []runner.Op{runner.OpTrigger, runner.OpTrigger, runner.OpInterrupt, runner.OpLook} {
		c := &runner.Command{}
		fill(reflect.ValueOf(c).Elem())
		c.Key.Op, c.Sensitive = op, i == 0
		all[i] = c
	}
	all[2].Order, all[3].Order, all[3].Permit = nil, nil, nil
	return all
}

// Every field that can be written is in the schema, and every field of the schema can be written.
func TestSchemaAndRecordsAgree(t *testing.T) {
	s := auditSchema(t, true)
	var d runner.Decision
	fill(reflect.ValueOf(&d).Elem())
	d.Commands = everyCommand()
	var disk audit.Memory
	j, err := audit.Create(&disk, "a", "20261123T020000Z-a-7f3c")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range everyEvent {
		fill(reflect.ValueOf(e).Elem())
		entry, err := record.Entry(record.Turn{At: at0, Event: e, Decision: d})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Append(entry); err != nil {
			t.Fatal(err)
		}
	}
	note, err := record.Note{
		At: at0, Kind: record.ContactLost, Key: runner.Key{Step: "load", Attempt: 1, Op: runner.OpWatch, N: 1}, Peer: "scheduler", Refused: true, Statement: "w1", Message: "text",
	}.Entry()
	if err != nil {
		t.Fatal(err)
	}
	var aside audit.Aside
	fill(reflect.ValueOf(&aside).Elem())
	aside.SHA256 = audit.Genesis
	accepted, acceptedErr := record.NoteEntry(at0, record.TailAccepted, runner.Key{}, resume.Acceptance{
		Aside: &aside, By: "text", Reason: "text", From: runner.By{User: "text", Host: "text", Invoker: "text"}, Tool: runner.Tool{Version: "text"},
	})
	if err := errors.Join(acceptedErr, j.Append(note, accepted)); err != nil {
		t.Fatal(err)
	}
	f, err := disk.Read(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	if _, err := all.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(all.Bytes()) {
		if err := validLine(t, s, line); err != nil {
			t.Errorf("%s\n%v", line, err)
		}
	}
	for _, name := range properties(t) {
		if !strings.Contains(all.String(), `"`+name+`":`) {
			t.Errorf("the schema has %q, and no record ever does", name)
		}
	}
}

// properties are the names of all fields the schema knows.
func properties(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("audit.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var names []string
	var walk func(node any)
	walk = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			if p, ok := node["properties"].(map[string]any); ok {
				for name := range p {
					names = append(names, name)
				}
			}
			for _, v := range node {
				walk(v)
			}
		case []any:
			for _, v := range node {
				walk(v)
			}
		}
	}
	walk(doc)
	slices.Sort(names)
	return slices.Compact(names)
}

func TestSchemaKnowsEveryTypeOfRecord(t *testing.T) {
	var source []byte
	files, err := filepath.Glob("../runner/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, b...)
	}
	schema, err := os.ReadFile("audit.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var inCode, inSchema []string
	for _, m := range regexp.MustCompile(`Type\(\) string +\{ return "([^"]+)" \}`).FindAllSubmatch(source, -1) {
		inCode = append(inCode, string(m[1]))
	}
	for _, m := range regexp.MustCompile(`"type": \{"const": "([^"]+)"\}`).FindAllSubmatch(schema, -1) {
		inSchema = append(inSchema, string(m[1]))
	}
	slices.Sort(inCode)
	slices.Sort(inSchema)
	if !slices.Equal(inCode, inSchema) || len(inCode) != len(everyEvent) {
		t.Errorf("the machine knows %v, the schema %v, this test %d", inCode, inSchema, len(everyEvent))
	}
}

func TestSchemaRefusesWhatIsNoRecord(t *testing.T) {
	s := auditSchema(t, false)
	b, err := os.ReadFile("../internal/view/testdata/failed.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	line := string(slices.Collect(bytes.Lines(b))[2])
	if err := validLine(t, s, []byte(line)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, from, to string }{
		{"another format", `"v":1`, `"v":2`},
		{"no number", `"seq":3,`, ``},
		{"a short hash", `"prev":"`, `"prev":"0`},
		{"a local time", `Z","run"`, `+01:00","run"`},
		{"no key", `"key":"load/1/trigger/1",`, ``},
		{"an unknown operation", `"op":"trigger"`, `"op":"start"`},
		{"a note that decided something", `"type":`, `"note":true,"decided":{},"type":`},
	} {
		bad := strings.Replace(line, c.from, c.to, 1)
		if bad == line {
			t.Fatalf("%s: %q is not in %s", c.name, c.from, line)
		}
		if validLine(t, s, []byte(bad)) == nil {
			t.Errorf("%s was accepted: %s", c.name, bad)
		}
	}
	later := strings.Replace(line, `"data":{`, `"added_later":1,"data":{"added_later":{},`, 1)
	if err := validLine(t, s, []byte(later)); err != nil {
		t.Errorf("a field of a later release was refused: %v", err)
	}
}
