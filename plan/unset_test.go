package plan

import (
	"slices"
	"strings"
	"testing"

	"ofsplan/plan/fact"
)

// optional is a plan with a parameter of each type that may be left out, and one value.
func optional(value string) string {
	return `
version: 1
name: n
params:
  day: {type: date, required: false}
  bd: {type: business_date, required: false}
  n: {type: int, required: false, min: 1}
  x: {type: number, required: false}
  b: {type: bool, required: false}
  s: {required: false, pattern: "[0-9]{4}"}
  l: {type: list, required: false}
steps:
  - id: a
    timeout: 1h
    trigger: {batch: A, params: {$V$: '` + value + `'}}
  - id: c
    timeout: 1h
    trigger: {batch: C}
`
}

// A parameter that was left out has no value, and what uses it is an error where that is settled, unless is_set is asked first. A text is then
// empty, and so is a list, as they always were.
func TestAParameterThatWasLeftOut(t *testing.T) {
	for value, want := range map[string]string{
		"${{ params.n }}": "params.n was not given, and has no default: ask is_set(params.n) first", "${{ params.day }}": "params.day was not given",
		"${{ params.bd }}": "params.bd was not given", "${{ params.x + 1 }}": "params.x was not given", "${{ params.b ? 1 : 2 }}": "params.b was not given",
		"${{ params.n > 3 && is_set(params.n) }}": "params.n was not given", "${{ !is_set(params.n) && params.n > 3 }}": "params.n was not given",
		"${{ is_set(params.n) && params.n > 3 }}": "=false", "${{ !is_set(params.n) || params.n > 3 }}": "=true",
		"${{ is_set(params.n) ? params.n : 7 }}": "=7", `${{ is_set(params.day) ? format(params.day, "yyyyMMdd") : "none" }}`: "=none",
		"${{ is_set(params.s) }}": "=false", "${{ is_set(params.l) }}": "=false", "<${{ params.s }}>": "=<>", `<${{ join(params.l, "-") }}>`: "=<>",
		"${{ len(params.l) }}": "=0",
	} {
		p := mustParse(t, optional(value))
		r, err := bind(t, p)
		got := ""
		if err == nil {
			order, _ := r.Order(p.Steps[0], fact.View{})
			got = "=" + order.Params[0].Value
		} else {
			got = err.Error()
		}
		if wanted, is := strings.CutPrefix(want, "="); is && got != want || !is && !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", value, got, wanted)
		}
	}
	p := mustParse(t, optional("${{ is_set(params.n) && is_set(params.s) && is_set(params.l) && params.n > 3 }}"))
	r, err := bind(t, p, "n=4", "s=0042", "l=a")
	if err != nil {
		t.Fatal(err)
	}
	if order, _ := r.Order(p.Steps[0], fact.View{}); order.Params[0].Value != "true" {
		t.Errorf("got %+v", order.Params)
	}
}

// A guard counts in what is settled and in what the night decides alike: what is_set rules out is not judged, wherever it stands.
func TestAGuardOfAParameterThatWasLeftOut(t *testing.T) {
	for cond, want := range map[string]string{
		`is_set(params.n) && params.n > steps.a.attempts`: "idle", `steps.a.outcome == "succeeded" && is_set(params.n) && params.n > 3`: "idle",
		`(is_set(params.n) ? params.n : 5) > steps.a.attempts`: "", `!is_set(params.n) || params.n == steps.a.attempts`: "",
		`steps.a.outcome == "succeeded" && params.n > 3`: "was not given", `params.n > steps.a.attempts || is_set(params.n)`: "was not given",
		`steps.a.attempts > 2 || params.n > 3`: "was not given",
	} {
		text := strings.Replace(optional("1"), "  - id: c\n", "  - id: c\n    if: '"+strings.ReplaceAll(cond, "'", "''")+"'\n", 1)
		p := mustParse(t, text)
		r, err := bind(t, p)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case r.Idle(r.Steps[1]):
			got = "idle"
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", cond, got, want)
		}
	}
}

// The record of a run says which parameters were left out, and from it the same run comes again.
func TestWhatWasLeftOutStaysSo(t *testing.T) {
	p := mustParse(t, optional("${{ is_set(params.n) }} ${{ is_set(params.s) }}"))
	r, err := bind(t, p, "x=1.50")
	if err != nil {
		t.Fatal(err)
	}
	var again []Given
	for _, v := range r.Values {
		again = append(again, Given{Name: v.Name, Value: v.Text, Items: v.Items, From: v.From})
	}
	s, err := p.Resolve(Inputs{Given: again, Now: night})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(r.Values, s.Values, func(a, b Bound) bool { return a.Name == b.Name && a.Text == b.Text && a.From == b.From }) {
		t.Errorf("got %+v, want %+v", s.Values, r.Values)
	}
	if order, _ := s.Order(p.Steps[0], fact.View{}); order.Params[0].Value != "false false" {
		t.Errorf("got %+v", order.Params)
	}
}

// A list that begins with [ is JSON, so that its items may hold commas.
func TestAListInJSON(t *testing.T) {
	p := mustParse(t, "version: 1\nname: n\nparams: {l: {type: list, pattern: '[a-z ,0-9.]*'}}\nsteps: [{id: a, sleep: 1m}]\n")
	for given, want := range map[string]string{
		`["a,b","c"]`: "a,b|c", ` [ "a" ]`: "a", `[]`: "", `["a", 12, 0.50, true]`: "a|12|0.50|true", `a,b`: "a|b", ``: "", `["",""]`: "|",
	} {
		r, err := bind(t, p, "l="+given)
		if err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		if got := strings.Join(r.Values[0].Items, "|"); got != want {
			t.Errorf("%s: got %q, want %q", given, got, want)
		}
	}
	for given, want := range map[string]string{
		`[a,b]`: `is no list in JSON: invalid character 'a'`, `["a"`: "unexpected EOF", `["a"] b`: "something follows it", `[["a"]]`: "item 1 is neither a text nor a number",
		`[null]`: "item 1 is neither", `["a","B"]`: `"B" does not match the pattern`, "[\"a\\u001b\"]": "item 1: ", `[{"a":1}]`: "item 1 is neither",
	} {
		if _, err := bind(t, p, "l="+given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", given, err, want)
		}
	}
}

// What is asked of is_set is one parameter, by its name.
func TestIsSetAsksOfOneParameter(t *testing.T) {
	for value, want := range map[string]string{
		"is_set()": "is_set asks of one parameter", "is_set(params.n, params.x)": "is_set asks of one parameter", "is_set(params)": "is_set asks of one parameter",
		"is_set(params.n + 1)": "is_set asks of one parameter", "is_set(run.id)": "is_set asks of one parameter", "is_set(params.nn)": `unknown parameter "nn"`,
		"is_set(params.l[0])": "is_set asks of one parameter", "is_set": `unknown name "is_set"`, "isset(params.n)": `did you mean "is_set"?`,
	} {
		_, err := Parse("plan.yaml", []byte(optional("${{ "+value+" }}")))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", value, err, want)
		}
	}
	text := "version: 1\nname: n\nparams: {pin: {sensitive: true}}\nsteps: [{id: a, if: is_set(params.pin), sleep: 1m}]\n"
	if _, err := Parse("plan.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "whether it was given is not told either") {
		t.Errorf("got %v", err)
	}
}
