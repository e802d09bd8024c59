package ofs

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	tests := []struct {
		name, body string
		want       error
	}{
		{"object", `{"a":1,"b":{"a":[{"a":1},{"a":2}]},"c":"\"a\":{"}`, nil},
		{"empty object", ` { } `, nil},
		{"empty things", `{"a":{},"b":[],"c":[ ],"d":{ },"e":"","f":[[],{}]}`, nil},
		{"numbers and words", `{"a":-1.5e+3,"b":true,"c":null,"d":[1 , 2],"e":false}`, nil},
		{"same key in other objects", `{"a":{"x":1},"b":{"x":1},"x":[{"x":1}]}`, nil},
		{"twice at the top", `{"a":1,"b":2,"a":1}`, errDuplicate},
		{"twice below", `{"l":[{"a":1},{"b":{"c":1,"d":2,"c":3}}]}`, errDuplicate},
		{"twice, spelt otherwise", `{"a":1,"\u0061":1}`, errDuplicate},
		{"twice, an empty key", `{"":1,"":1}`, errDuplicate},
		{"not twice, another case", `{"a":1,"A":1}`, nil},
		{"nothing", "", errEmpty},
		{"blank", " \n\t", errEmpty},
		{"page", "\n <html>", errPage},
		{"two", `{} {}`, errNotJSON},
		{"cut", `{"a":`, errNotJSON},
		{"list", `[]`, errNotJSON},
		{"word", `true`, errNotJSON},
		{"comment", `{} // x`, errNotJSON},
		{"byte order mark", "\ufeff{}", errNotJSON},
		{"deep", strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), errNotJSON},
		{"deep enough", strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := decode([]byte(tt.body)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// Whatever a server sends, nothing panics, and what is accepted is one JSON object that survives being written and
// read back; no acceptance comes of an answer whose own code is not 0.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		accepted, `{"statusCode":"-4"}`, `{"statusCode":0,"batchRunId":"X"}`, `{"a":1,"a":2}`, `{"\u0061":1,"a":2}`, `<html>`, `{"a":[{}]}`,
		`{"batchRunId":"` + runID + `","taskStatusList":[{"taskCode":"t1","taskStatus":"SUCCESSFUL","statusCode":"0"}],"batchStatusCode":"-1","batchList":[],"batchStatus":"FAILED","statusCode":"0"}`,
		`{"batchRunId":"` + runID + `","batchList":[{"batchRunId":"B2_2023-01-27_1674798339462_1","batchStatusCode":5}],"batchStatusCode":"2","statusCode":"0"}`,
	} {
		f.Add([]byte(seed), 200)
	}
	c := &Client{cfg: config("http://x").withDefaults()}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		x := exchange{status: status, body: body}
		r := c.classify(Frozen{Op: OpTrigger}, x)
		a, fail := c.status(Frozen{Op: OpStatus, RunID: runID}, x)
		got, err := decode(body)
		if err != nil && (r.Class == Accepted || fail == nil) {
			t.Fatalf("%v, and yet %+v, %+v", err, r, a)
		}
		if r.Class == Accepted && (status/100 != 2 || CheckRunID(r.BatchRunID) != nil) {
			t.Fatalf("accepted: %+v", r)
		}
		if err != nil {
			return
		}
		var all map[string]any
		if json.Unmarshal(body, &all) != nil || len(all) != len(got) {
			t.Fatalf("%q was taken as %v", body, got)
		}
		if code, _, ok := got.code("statusCode"); r.Class == Accepted && (!ok || code != 0) {
			t.Fatalf("accepted with code %d", code)
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decode(again); err != nil || len(back) != len(got) {
			t.Fatalf("%q was read and %q was not: %v", body, again, err)
		}
	})
}
