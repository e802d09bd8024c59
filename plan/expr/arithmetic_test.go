package expr

import (
	"strings"
	"testing"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/fact"
)

// numbers are what expressions of these tests read.
func numbers() *Fixed {
	return &Fixed{
		Params:  map[string]any{"n": 5, "rate": number("0.10"), "full": true, "codes": []string{}},
		MISDate: calendar.Date(2026, 11, 20), StartedAt: time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC),
	}
}

// evaluated compiles ${{ text }} and evaluates it.
func evaluated(t *testing.T, f *Fixed, text string) (string, error) {
	t.Helper()
	node := &source.Node{Kind: source.Scalar, Value: "${{ " + text + " }}", Pos: source.Pos{File: "p", Line: 1, Col: 1}}
	v, errs := testScope().Value(node, inAll)
	if len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	return f.Text(v, fact.View{Step: func(int) fact.Step { return fact.Step{} }})
}

// Numbers are exact, and go out as they are written or in the digits it takes.
func TestNumbersAreExact(t *testing.T) {
	for text, want := range map[string]string{
		"params.rate":                            "0.10", // as written
		"params.full ? params.rate : 0.2":        "0.10",
		"string(params.rate)":                    "0.10",
		"join([params.rate, 1.50], \"/\")":       "0.10/1.50",
		"1.50":                                   "1.50",
		"float(\"2.00\")":                        "2.00",
		"100000000000000000000001.5":             "100000000000000000000001.5",
		"params.rate + 0.20":                     "0.3",
		"params.rate + 0.2 == 0.3":               "true",
		"0.1 * 3 == 0.3":                         "true",
		"1 / 3 * 3 == 1":                         "true",
		"params.n / 2":                           "2.5",
		"10 / params.n":                          "2",
		"1 / 1024":                               "0.0009765625",
		"9007199254740993.0 + 2":                 "9007199254740995",
		"9007199254740993.0 == 9007199254740992": "false",
		"9007199254740993.0 in [9007199254740992, 9007199254740993]": "true",
		"-params.rate":           "-0.1",
		"1e5":                    "100000",
		".5 < 1":                 "true",
		"int(-2.9)":              "-2",
		"round(10 / 3, 2)":       "3.33",
		"round(2.005, 2)":        "2.01",
		"round(-2.5, 0)":         "-3",
		"round(7, 2)":            "7",
		"duration(\"1h\") * 1.5": "1h30m",
		"2 * duration(\"1h\") == duration(\"2h\")": "true",
		"duration(\"1h\") - duration(\"90m\")":     "-30m",
		"-9223372036854775807 - 1":                 "-9223372036854775808",
		"(-9223372036854775807 - 1) % -1":          "0",
		"3037000499 * 3037000499":                  "9223372030926249001",
	} {
		if got, err := evaluated(t, numbers(), text); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", text, got, err, want)
		}
	}
}

// What has no value is an error wherever it stands: inside a comparison, a call, a list, a choice or a text.
func TestWhatHasNoValueIsAnErrorWhereItStands(t *testing.T) {
	const division, large, long = "division by zero", "too large for a whole number", "too long for a duration"
	for text, want := range map[string]string{
		"params.n / 0": division, "params.n % (params.n - 5)": division, "0 / 0": division, "params.n / 0.0": division,
		"9223372036854775807 + params.n": large, "-9223372036854775807 - params.n": large, "params.n * 9223372036854775807": large,
		"-(-9223372036854775807 - 1)": large, "4611686018427387904 * -3": large, "int(9223372036854775808.0)": large,
		`duration("1d") * 200000`: long, `duration("106751d") + duration("1d")`: long, `duration("1d") * 1e300`: long,
		`duration("0s") - duration("106751d") - duration("1d")`: long,
		`date("9999-01-01") - date("1900-01-01")`:               long,
		"1 / 3": "round(x, n)", "params.rate * (1 / 7)": "round(x, n)",
		"round(1, -1)": "from 0 to", "round(1, 401)": "from 0 to",
		strings.Repeat("1e300 * ", 20) + "1": "too large for a number",
		"steps.load.started_at":              "no time", "steps.load.finished_at": "no time",
	} {
		places := []string{"len(string(" + text + ")) > 0", "[" + text + "]", "true && " + text + " == " + text, "false ? " + text + " : " + text}
		for _, place := range append(places, text) {
			if got, err := evaluated(t, numbers(), place); (err == nil || !strings.Contains(err.Error(), want)) && !(want == "round(x, n)" && got == "true") {
				t.Errorf("%s: got %q, %v; want an error with %q", place, got, err, want)
			}
		}
		for _, guarded := range []string{"false && " + text + " == " + text, "true || " + text + " == " + text} {
			if got, err := evaluated(t, numbers(), guarded); err != nil {
				t.Errorf("%s: got %q, %v; it is not asked", guarded, got, err)
			}
		}
	}
}

// What the scheduler has not told is no value of the scheduler, and what never began has no times.
func TestWhatWasNotTold(t *testing.T) {
	began := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	steps := []fact.Step{
		{FinishedAt: began}, // skipped, or refused
		{
			StartedAt: began, FinishedAt: began.Add(time.Minute), Failure: fact.Failure{Kind: fact.BatchFailed, Code: -1},
			Run: fact.BatchRun{ID: "R", Status: fact.StatusSucceeded, Tasks: []fact.Part{{Code: "T", Status: fact.StatusSucceeded}}},
		},
		{StartedAt: began, Run: fact.BatchRun{ID: "R", Status: fact.Unknown, Code: 9}},
	}
	for _, c := range []struct {
		step int
		path string
		want string // empty: an error
	}{
		{0, "code", "-100"}, {0, "tasks.T.code", "-100"}, {0, "members.M.code", "-100"}, {0, "failure.code", "-100"},
		{0, "batch_status", "unknown"}, {0, "elapsed", "0s"}, {0, "started_at", ""}, {0, "finished_at", ""},
		{1, "code", "0"}, {1, "tasks.T.code", "0"}, {1, "tasks.NEVER.code", "-100"}, {1, "failure.code", "-1"},
		{1, "started_at", "2026-11-20T02:00:00Z"}, {1, "finished_at", "2026-11-20T02:01:00Z"},
		{2, "code", "9"}, {2, "started_at", "2026-11-20T02:00:00Z"}, {2, "finished_at", ""},
	} {
		node := &source.Node{Kind: source.Scalar, Value: "${{ steps.load." + c.path + " }}", Pos: source.Pos{File: "p", Line: 1, Col: 1}}
		v, errs := testScope().Value(node, inAll)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		view := fact.View{Step: func(int) fact.Step { return steps[c.step] }}
		if got, err := numbers().Text(v, view); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("step %d, %s: got %q, %v; want %q", c.step, c.path, got, err, c.want)
		}
	}
	// A condition that guards such a time, and its evidence.
	cond, errs := condition(t, `steps.load.outcome == "succeeded" && steps.load.started_at < run.started_at`, testScope(), InIf)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	ev, err := numbers().Holds(cond, fact.View{Step: func(int) fact.Step { return fact.Step{Outcome: fact.Skipped} }})
	if err != nil || ev.Holds || ev.Values[1] != (fact.Seen{Name: "steps.load.started_at"}) {
		t.Errorf("%+v, %v", ev, err)
	}
}
