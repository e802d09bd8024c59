package schema_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ofsplan/plan"
	"ofsplan/schema"
)

// An editor says of a calendar file what it says of a calendar in a plan.
func TestCalendarSchemaIsThatOfThePlan(t *testing.T) {
	var own struct {
		Properties map[string]any `json:"properties"`
		Defs       map[string]any `json:"$defs"`
	}
	var whole struct {
		Defs map[string]map[string]any `json:"$defs"`
	}
	for text, doc := range map[*[]byte]any{&schema.Calendar: &own, &schema.Plan: &whole} {
		if err := json.Unmarshal(*text, doc); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(own.Properties, whole.Defs["calendar"]["properties"]); diff != "" {
		t.Errorf("copy the keys of a calendar from one schema to the other (-calendar +plan):\n%s", diff)
	}
	for name, def := range own.Defs {
		if diff := cmp.Diff(def, any(whole.Defs[name])); diff != "" {
			t.Errorf("$defs/%s differs (-calendar +plan):\n%s", name, diff)
		}
	}
}

// The schema of a calendar file refuses what the loader refuses, and accepts what it accepts.
func TestCalendarSchemaAgrees(t *testing.T) {
	s := compiledAs(t, "calendar.schema.json", schema.Calendar)
	for text, want := range map[string]bool{
		"{}":                       true,
		"timezone: Europe/London":  true,
		"weekend: [friday]":        true,
		"weekend: []":              true,
		"weekend: [friday,friday]": false,
		"weekend: friday":          false,
		"weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]": false,
		"holidays: [2026-12-25]":                     true,
		"holidays: []":                               true,
		"holidays: 2026-12-25":                       false,
		"holidays: [25.12.2026]":                     false,
		"valid_until: 2027-12-31":                    true,
		"valid_until: 2027":                          false,
		"day_starts: \"04:00\"":                      true,
		"day_starts: 4h":                             false,
		"closed: []":                                 true,
		"closed: [{from: \"22:00\", to: \"23:30\"}]": true,
		"closed: [{from: \"22:00\", to: \"24:00\", days: [friday, monday]}]": true,
		"closed: [{from: \"24:00\", to: \"01:00\"}]":                         false,
		"closed: [{from: \"22:00\"}]":                                        false,
		"closed: [{to: \"22:00\"}]":                                          false,
		"closed: [{from: \"22:00\", to: \"25:00\"}]":                         false,
		"closed: [{from: \"22:00\", to: \"23:00\", days: []}]":               false,
		"closed: [{from: \"22:00\", to: \"23:00\", days: [fri]}]":            false,
		"closed: [{from: \"22:00\", to: \"23:00\", days: [friday, friday]}]": false,
		"closed: [{from: \"22:00\", to: \"23:00\", until: x}]":               false,
		"closed: {from: \"22:00\", to: \"23:00\"}":                           false,
		"holliday: [2026-12-25]":                                             false,
		"version: 1":                                                         false,
		"all: [a.yaml, b.yaml]":                                              false,
		"[]":                                                                 false,
	} {
		_, err := plan.ParseCalendar("c.yaml", []byte(text))
		schemaErr := s.Validate(read(t, []byte(text)))
		if (err == nil) != want || (schemaErr == nil) != want {
			t.Errorf("%s: the loader says %v, the schema %v", text, err, schemaErr)
		}
	}
}
