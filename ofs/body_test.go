package ofs

import (
	"encoding/json"
	"strings"
	"testing"
)

// The bytes of a trigger, for both encodings of dynamicParamList and both places of a group's date.
func TestTriggerBody(t *testing.T) {
	date := []Pair{{MISDateParam, "2026-11-20"}}
	batch := Order{
		Object: Batch, Code: "DATA_LOAD", MISDate: "2026-11-20",
		Params:   append(date[:1:1], Pair{"Z", `a"<&>b`}, Pair{"A", "0123"}),
		Tasks:    []TaskParams{{"TASK1", []Pair{{"k", "v"}}}, {"TASK2", nil}},
		Excluded: []string{"T2", "T1"}, Held: []string{"T3"}, Included: []string{"T4", "T5"},
	}
	group := Order{
		Object: Group, Code: "BG", MISDate: "2026-11-20", Params: append(date[:1:1], Pair{"S", "1"}),
		Members: []Member{
			{Code: "B1", Tasks: []TaskParams{{"T1", nil}}},
			{Code: "B2", Params: []Pair{{MISDateParam, "2026-11-19"}, {"S", "2"}}},
		},
	}
	tests := []struct {
		name    string
		order   Order
		dialect Dialect
		want    string
	}{
		{"bare batch", Order{Object: Batch, Code: "B"}, Dialect{}, `{"batchName":"B","batchType":"rest","excludedTasks":"","heldTasks":""}`},
		{"bare group", Order{Object: Group, Code: "BG"}, Dialect{}, `{"batchName":"BG","batchType":"group","excludedTasks":"","heldTasks":""}`},
		{"batch, string", batch, Dialect{},
			`{"batchName":"DATA_LOAD","batchType":"rest","excludedTasks":"T2,T1","heldTasks":"T3","includedTasks":"T4,T5","dynamicParamList":"{\"batchParams\":{\"$FICMISDATE$\":\"2026-11-20\",\"Z\":\"a\\\"<&>b\",\"A\":\"0123\"},\"taskRuntimeParams\":{\"TASK1\":{\"k\":\"v\"},\"TASK2\":{}}}"}`},
		{"batch, native", batch, Dialect{NativeParams: true},
			`{"batchName":"DATA_LOAD","batchType":"rest","excludedTasks":"T2,T1","heldTasks":"T3","includedTasks":"T4,T5","dynamicParamList":{"batchParams":{"$FICMISDATE$":"2026-11-20","Z":"a\"<&>b","A":"0123"},"taskRuntimeParams":{"TASK1":{"k":"v"},"TASK2":{}}}}`},
		{"group, string", group, Dialect{},
			`{"batchName":"BG","batchType":"group","excludedTasks":"","heldTasks":"","dynamicParamList":"[{\"batchName\":\"B1\",\"batchParams\":{\"$FICMISDATE$\":\"2026-11-20\",\"S\":\"1\"},\"taskRuntimeParams\":{\"T1\":{}}},{\"batchName\":\"B2\",\"batchParams\":{\"$FICMISDATE$\":\"2026-11-19\",\"S\":\"2\"},\"taskRuntimeParams\":{}}]"}`},
		{"group, native, date on top", group, Dialect{NativeParams: true, GroupDateTopLevel: true},
			`{"batchName":"BG","batchType":"group","$FICMISDATE$":"2026-11-20","excludedTasks":"","heldTasks":"","dynamicParamList":[{"batchName":"B1","batchParams":{"S":"1"},"taskRuntimeParams":{"T1":{}}},{"batchName":"B2","batchParams":{"$FICMISDATE$":"2026-11-19","S":"2"},"taskRuntimeParams":{}}]}`},
		{"group, date on top and in each member", Order{Object: Group, Code: "BG", MISDate: "2026-11-20", Members: []Member{
			{Code: "B1", Params: date}, {Code: "B2", Params: append(date[:1:1], Pair{"S", "2"})}, {Code: "B3", Params: []Pair{{MISDateParam, "2026-11-19"}}},
		}}, Dialect{NativeParams: true, GroupDateTopLevel: true},
			`{"batchName":"BG","batchType":"group","$FICMISDATE$":"2026-11-20","excludedTasks":"","heldTasks":"","dynamicParamList":[{"batchName":"B1","batchParams":{},"taskRuntimeParams":{}},{"batchName":"B2","batchParams":{"S":"2"},"taskRuntimeParams":{}},{"batchName":"B3","batchParams":{"$FICMISDATE$":"2026-11-19"},"taskRuntimeParams":{}}]}`},
		{"group whose members alone have dates", Order{Object: Group, Code: "BG", Members: []Member{{Code: "B1", Params: date}}}, Dialect{NativeParams: true, GroupDateTopLevel: true},
			`{"batchName":"BG","batchType":"group","excludedTasks":"","heldTasks":"","dynamicParamList":[{"batchName":"B1","batchParams":{"$FICMISDATE$":"2026-11-20"},"taskRuntimeParams":{}}]}`},
		{"group with nothing but a date, on top", Order{Object: Group, Code: "BG", Params: date}, Dialect{GroupDateTopLevel: true},
			`{"batchName":"BG","batchType":"group","$FICMISDATE$":"2026-11-20","excludedTasks":"","heldTasks":""}`},
		{"group whose members have nothing", Order{Object: Group, Code: "BG", Members: []Member{{Code: "B1"}}}, Dialect{},
			`{"batchName":"BG","batchType":"group","excludedTasks":"","heldTasks":""}`},
		{"tasks alone", Order{Object: Batch, Code: "B", Tasks: []TaskParams{{"T", nil}}}, Dialect{NativeParams: true},
			`{"batchName":"B","batchType":"rest","excludedTasks":"","heldTasks":"","dynamicParamList":{"batchParams":{},"taskRuntimeParams":{"T":{}}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := triggerBody(tt.order, tt.dialect)
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
			if !json.Valid(got) {
				t.Error("not JSON")
			}
		})
	}
}

func TestTriggerRefusesLocally(t *testing.T) {
	tests := []struct {
		name  string
		order Order
		want  string
	}{
		{"no object", Order{Code: "B"}, "neither batch nor group"},
		{"digit first", Order{Object: Batch, Code: "1B"}, `"1B" is not a code`},
		{"too long", Order{Object: Batch, Code: "B" + strings.Repeat("x", 60)}, "at most 60"},
		{"newline at the end", Order{Object: Batch, Code: "B\n"}, "is not a code"},
		{"bad excluded", Order{Object: Batch, Code: "B", Excluded: []string{"A,B"}}, `"A,B" is not a code`},
		{"bad held", Order{Object: Batch, Code: "B", Held: []string{""}}, `"" is not a code`},
		{"bad included", Order{Object: Batch, Code: "B", Included: []string{"é"}}, "is not a code"},
		{"bad task", Order{Object: Batch, Code: "B", Tasks: []TaskParams{{"a b", nil}}}, "is not a code"},
		{"bad member", Order{Object: Group, Code: "B", Members: []Member{{Code: "-"}}}, "is not a code"},
		{"bad date", Order{Object: Batch, Code: "B", Params: []Pair{{MISDateParam, "2026-02-30"}}}, "not a date"},
		{"bad group date", Order{Object: Group, Code: "B", MISDate: "20261120"}, "not a date"},
		{"bad member date", Order{Object: Group, Code: "B", Members: []Member{{Code: "M", Params: []Pair{{MISDateParam, ""}}}}}, `member "M"`},
		{"parameter twice", Order{Object: Batch, Code: "B", Params: []Pair{{"a", "1"}, {"a", "2"}}}, `"a" is set twice`},
		{"task twice", Order{Object: Batch, Code: "B", Tasks: []TaskParams{{"T", nil}, {"T", nil}}}, `"T" is set twice`},
		{"task parameter twice", Order{Object: Batch, Code: "B", Tasks: []TaskParams{{"T", []Pair{{"a", ""}, {"a", ""}}}}}, `task "T"`},
		{"member twice", Order{Object: Group, Code: "B", Members: []Member{{Code: "M"}, {Code: "M"}}}, "twice"},
		{"parameter without a name", Order{Object: Batch, Code: "B", Params: []Pair{{"", "1"}}}, "no name"},
		{"batch with members", Order{Object: Batch, Code: "B", Members: []Member{{Code: "M"}}}, "only a group has"},
		{"group with tasks", Order{Object: Group, Code: "B", Tasks: []TaskParams{{"T", nil}}}, "belong to its members"},
		{"shared without members", Order{Object: Group, Code: "B", Params: []Pair{{"a", "1"}}}, "no members"},
		{"date without members", Order{Object: Group, Code: "B", Params: []Pair{{MISDateParam, "2026-11-20"}}}, "group_date: top_level"},
	}
	c := onto(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := c.Trigger(tt.order); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
