package forecast

import (
	"encoding/json"
	"strings"
	"testing"

	"ofsplan/ofs"
)

func TestAStandInHasTheFormOfWhatItStandsFor(t *testing.T) {
	var u unknowns
	seen := map[string]bool{}
	for range 400 {
		text, date := u.Text("steps.a.code"), u.Date("2026-11-20")
		if seen[text] || seen[date] {
			t.Fatalf("%q or %q stands for two things", text, date)
		}
		seen[text], seen[date] = true, true
		if err := ofs.CheckCode("A_" + text); err != nil {
			t.Error(err)
		}
		order := ofs.Order{Object: ofs.Batch, Code: text, MISDate: date, Params: []ofs.Pair{{Name: ofs.MISDateParam, Value: date}}}
		if _, err := client(t).Trigger(order); err != nil {
			t.Error(err)
		}
	}
	if len(u.expressions) != 400 {
		t.Errorf("%d expressions", len(u.expressions))
	}
}

func TestWhatIsUnknownIsShownAsItIsWritten(t *testing.T) {
	var u unknowns
	quoted := u.Text(`steps.a.outcome == "x" ? 1 > 2 : "y"`)
	date := u.Date("2026-" + u.Text("steps.a.code") + "-01")
	got := u.shown("A_" + quoted + "|" + date + "|1" + date + "0|known")
	want := `A_<known at run time: steps.a.outcome == "x" ? 1 > 2 : "y">|2026-<known at run time: steps.a.code>-01|` +
		`12026-<known at run time: steps.a.code>-010|known`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if got := strings.Join(u.expressions, "|"); got != `steps.a.outcome == "x" ? 1 > 2 : "y"|steps.a.code` {
		t.Errorf("unknown are %s", got)
	}
}

func TestABodyWithUnknownsIsJSON(t *testing.T) {
	var u unknowns
	a, b := u.Text(`steps.a.outcome == "x" ? "F\\" : "P"`), u.Text("steps.a.code < 1 && true")
	date := u.Date("2026-" + a)
	for in, want := range map[string]string{
		`{"a":"x","b":[1,"{\"c\":\"\u0041\"}"]}`: `{"a":"x","b":[1,"{\"c\":\"\u0041\"}"]}`,
		`{"batchName":"A_` + a + `"}`:            `{"batchName":"A_<known at run time: steps.a.outcome == \"x\" ? \"F\\\\\" : \"P\">"}`,
		`{"k":"say \"` + b + `\"","d":"` + date + `","z":"é<"}`: `{"k":"say \"<known at run time: steps.a.code < 1 && true>\"",` +
			`"d":"2026-<known at run time: steps.a.outcome == \"x\" ? \"F\\\\\" : \"P\">","z":"é<"}`,
		`{"p":"{\"b\":{\"$V$\":\"` + a + `\",\"$W$\":\"q\\\"\"}}"}`: `{"p":"{\"b\":{\"$V$\":\"<known at run time: steps.a.outcome == \\\"x\\\" ? \\\"F\\\\\\\\\\\" : \\\"P\\\">\",\"$W$\":\"q\\\"\"}}"}`,
	} {
		if got := u.body(in); got != want || !json.Valid([]byte(got)) {
			t.Errorf("body of %s:\n got %s\nwant %s", in, got, want)
		}
	}
}

func client(t *testing.T) *ofs.Client {
	t.Helper()
	cfg := ofs.Config{BaseURL: "https://ofs.example.com/acme"}
	cfg.Tenant, cfg.Service, cfg.User = "acme", "OFS", "LABUSER"
	c, err := ofs.New(cfg, nil, ofs.Transport{Mutating: sendsNothing{}, Reading: sendsNothing{}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
