package plan

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/plan/fact"
)

// night is a Monday, two in the morning UTC.
var night = time.Date(2026, 11, 23, 2, 0, 0, 123456789, time.UTC)

// mustParse loads a plan that has no errors.
func mustParse(t testing.TB, text string) *Plan {
	t.Helper()
	p, err := Parse("plan.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bind resolves a plan with parameters given as name=value on the command line.
func bind(t testing.TB, p *Plan, given ...string) (*Resolved, error) {
	t.Helper()
	in := Inputs{Now: night, RunID: "run-1", Target: "prod"}
	for _, g := range given {
		name, value, _ := strings.Cut(g, "=")
		in.Given = append(in.Given, Given{Name: name, Value: value, From: "command line"})
	}
	return p.Resolve(in)
}

const paramsPlan = `
version: 1
name: n
params:
  text: {enum: [EMEA, APAC], default: EMEA}
  code: {pattern: "[0-9]{4}", default: "0001"}
  count: {type: int, default: 3, min: 1, max: 10}
  share: {type: number, default: 2.50}
  flag: {type: bool, default: false}
  day: {type: date, default: T, min: 2026-01-01}
  business: {type: business_date, default: T-1, max: T}
  list: {type: list, default: [A, B], enum: [A, B, C]}
  free: {required: false}
  free_list: {type: list, required: false}
calendar: {timezone: Europe/London, holidays: [2026-11-20]}
misdate: ${{ params.business }}
steps:
  - id: a
    sleep: 1m
`

func TestParametersAreReadByTheirTypes(t *testing.T) {
	r, err := bind(t, mustParse(t, paramsPlan), "text=APAC", "list=A, C", "share=10")
	if err != nil {
		t.Fatal(err)
	}
	want := []Bound{
		{Name: "text", Text: "APAC", From: "command line"},
		{Name: "code", Text: "0001", From: "default"},
		{Name: "count", Text: "3", From: "default"},
		{Name: "share", Text: "10", From: "command line"},
		{Name: "flag", Text: "false", From: "default"},
		{Name: "day", Text: "2026-11-23", From: "default"},
		{Name: "business", Text: "2026-11-19", From: "default"},
		{Name: "list", Items: []string{"A", "C"}, From: "command line"},
		{Name: "free", From: FromUnset},
		{Name: "free_list", From: FromUnset},
	}
	if diff := cmp.Diff(want, r.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if got, want := r.MISDate.Format(time.DateOnly), "2026-11-19"; got != want {
		t.Errorf("misdate %s, want %s: Friday is a holiday", got, want)
	}
	if got, want := r.StartedAt.Nanosecond(), 123456000; got != want {
		t.Errorf("started at .%09d, want .%09d: times are cut to microseconds", got, want)
	}
}

func TestEveryBadParameterIsReported(t *testing.T) {
	_, err := bind(t, mustParse(t, paramsPlan), "regoin=X", "txt=x", "text=EMAE", "code=12", "count=11", "share=a",
		"flag=yes", "day=2025-12-31", "business=2026-11-21", "list=A,D", "free=")
	want := `plan.yaml: the plan has no parameter "regoin", which comes from the command line
plan.yaml: the plan has no parameter "txt", which comes from the command line
	did you mean "text"?
plan.yaml:5:3: parameter "text", from the command line: "EMAE" is not one of EMEA, APAC; did you mean "EMEA"?
plan.yaml:6:3: parameter "code", from the command line: "12" does not match the pattern [0-9]{4}
plan.yaml:7:3: parameter "count", from the command line: 11 is more than the maximum 10
plan.yaml:8:3: parameter "share", from the command line: "a" is not a number
plan.yaml:9:3: parameter "flag", from the command line: "yes" is neither true nor false
plan.yaml:10:3: parameter "day", from the command line: 2025-12-31 is less than the minimum 2026-01-01
plan.yaml:11:3: parameter "business", from the command line: 2026-11-21 is no business day (a Saturday); the last one before it is 2026-11-19
plan.yaml:12:3: parameter "list", from the command line: "D" is not one of A, B, C`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAParameterWithoutADefaultMustBeGiven(t *testing.T) {
	p := mustParse(t, "version: 1\nname: n\nparams: {misdate: {type: business_date}}\nsteps: [{id: a, sleep: 1m}]\n")
	_, err := bind(t, p)
	want := "plan.yaml:3:10: parameter \"misdate\" must be given: it has no default\n\tadd -p misdate=…"
	if got := fmt.Sprint(err); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheStrongestSourceOfAParameterWins(t *testing.T) {
	p := mustParse(t, paramsPlan)
	file, err := p.ParamsFile("night.yaml", []byte("count: 4\nlist: [C]\nday: 2026-11-20\n"))
	if err != nil {
		t.Fatal(err)
	}
	given := append([]Given{{Name: "count", Value: "5", From: "command line"}}, file...)
	environ, err := p.Environ([]string{"HOME=/", "OFSPLAN_PARAM_COUNT=6", "OFSPLAN_PARAM_CODE=7777", "OFSPLAN_STATE=x"})
	if err != nil {
		t.Fatal(err)
	}
	given = append(given, environ...)
	r, err := p.Resolve(Inputs{Given: given, Now: night})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, b := range r.Values {
		got[b.Name] = b.Text + strings.Join(b.Items, ",") + " from " + b.From
	}
	for name, want := range map[string]string{
		"count": "5 from command line", "list": "C from params file", "day": "2026-11-20 from params file",
		"code": "7777 from environment", "text": "EMEA from default",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	environ, _ = p.Environ([]string{"OFSPLAN_PARAM_REGOIN=x"})
	if _, err := p.Resolve(Inputs{Given: environ, Now: night}); err == nil {
		t.Error("a variable that names no parameter is accepted")
	}
}

func TestAParamsFileIsCheckedLikeAnyOther(t *testing.T) {
	_, err := new(Plan).ParamsFile("night.yaml", []byte("a: {b: c}\nc: [1, [2]]\nd:\na: x\n"))
	want := `night.yaml:1:4: "a" of the params file must be a single value, not a mapping
night.yaml:2:8: an item of "c" of the params file must be a single value, not a list
night.yaml:3:3: "d" of the params file has no value
	write one, or leave the key out
night.yaml:4:1: duplicate key "a"
	it is first written at night.yaml:1:1; keep one of them`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const ordersPlan = `
version: 1
name: n
params: {region: {default: EMEA}, suffix: {default: A}}
misdate: 2026-11-20
steps:
  - id: plain
    trigger: {batch: "LOAD_${{ params.region }}"}
  - id: full
    trigger:
      batch: LOAD
      params:
        $REGION$: "${{ params.region }}"
        code: 0123
        from: $FICMISDATE$ 00:00
        flag: no
        number: 1_000
      tasks: {T1: {day: $FICMISDATE$}, T2: {}, T3: {$FICMISDATE$: 2026-11-01, x: $FICMISDATE$}}
      excluded: ["T_${{ params.suffix }}"]
      held: [T4]
      included: [T5]
  - id: own_date
    trigger: {batch: LOAD, params: {x: $FICMISDATE$, $FICMISDATE$: "${{ add_business_days(misdate, -1) }}"}}
  - id: group
    trigger:
      group: SCORE
      params: {shared: yes, day: $FICMISDATE$, $N$: 1}
      members:
        M1: {}
        M2: {params: {$FICMISDATE$: 2026-11-19, $N$: 2, own: x}, tasks: {T: {d: $FICMISDATE$}}}
      excluded: [M1]
  - id: dated_group
    trigger: {group: SCORE}
  - id: shared_date
    trigger: {group: SCORE, params: {$FICMISDATE$: 2026-11-18}, members: [M1]}
  - id: later
    trigger:
      batch: "B${{ steps.plain.code }}"
      params: {a: "${{ params.region }}-${{ steps.plain.batch_run_id }}", $FICMISDATE$: "${{ steps.plain.failure.message }}", b: $FICMISDATE$}
finally:
  - id: look
    status: {batch: "${{ params.region }}", run: "${{ steps.plain.batch_run_id }}", tasks: [T1, "T${{ steps.plain.code }}"]}
  - id: again
    restart: {step: plain}
`

func TestOrders(t *testing.T) {
	r, err := bind(t, mustParse(t, ordersPlan))
	if err != nil {
		t.Fatal(err)
	}
	view := fact.View{Step: func(int) fact.Step {
		return fact.Step{Run: fact.BatchRun{ID: "R1", Status: fact.Unknown, Code: 7}, Failure: fact.Failure{Message: "2026-11-17"}}
	}}
	for id, want := range map[string]string{
		"plain": `{"object":"batch","code":"LOAD_EMEA","misdate":"2026-11-20","params":[{"name":"$FICMISDATE$","value":"2026-11-20"}]}`,
		"full": `{"object":"batch","code":"LOAD","misdate":"2026-11-20","params":[{"name":"$FICMISDATE$","value":"2026-11-20"},` +
			`{"name":"$REGION$","value":"EMEA"},{"name":"code","value":"0123"},{"name":"from","value":"2026-11-20 00:00"},` +
			`{"name":"flag","value":"no"},{"name":"number","value":"1_000"}],` +
			`"tasks":[{"task":"T1","params":[{"name":"day","value":"2026-11-20"}]},{"task":"T2","params":null},` +
			`{"task":"T3","params":[{"name":"$FICMISDATE$","value":"2026-11-01"},{"name":"x","value":"2026-11-20"}]}],` +
			`"excluded":["T_A"],"held":["T4"],"included":["T5"]}`,
		"own_date": `{"object":"batch","code":"LOAD","misdate":"2026-11-19","params":[{"name":"x","value":"2026-11-19"},{"name":"$FICMISDATE$","value":"2026-11-19"}]}`,
		"group": `{"object":"group","code":"SCORE","misdate":"2026-11-20","members":[` +
			`{"code":"M1","params":[{"name":"$FICMISDATE$","value":"2026-11-20"},{"name":"shared","value":"yes"},{"name":"day","value":"2026-11-20"},{"name":"$N$","value":"1"}]},` +
			`{"code":"M2","params":[{"name":"shared","value":"yes"},{"name":"day","value":"2026-11-19"},{"name":"$N$","value":"2"},{"name":"$FICMISDATE$","value":"2026-11-19"},{"name":"own","value":"x"}],` +
			`"tasks":[{"task":"T","params":[{"name":"d","value":"2026-11-19"}]}]}],"excluded":["M1"]}`,
		"dated_group": `{"object":"group","code":"SCORE","misdate":"2026-11-20","params":[{"name":"$FICMISDATE$","value":"2026-11-20"}]}`,
		"shared_date": `{"object":"group","code":"SCORE","misdate":"2026-11-18","members":[{"code":"M1","params":[{"name":"$FICMISDATE$","value":"2026-11-18"}]}]}`,
		"later": `{"object":"batch","code":"B7","misdate":"2026-11-17","params":[{"name":"a","value":"EMEA-R1"},` +
			`{"name":"$FICMISDATE$","value":"2026-11-17"},{"name":"b","value":"2026-11-17"}]}`,
	} {
		o, err := r.Order(r.Step(id), view)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		got, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if ref, err := r.Ref(r.Step("look"), view); err != nil || ref != (fact.BatchRef{Object: fact.Batch, Code: "EMEA", RunID: "R1"}) {
		t.Errorf("got %v, %v", ref, err)
	}
	if tasks, err := r.Tasks(r.Step("look"), view); err != nil || strings.Join(tasks, " ") != "T1 T7" {
		t.Errorf("got %v, %v", tasks, err)
	}
}

// What is set for one member wins over what the group shares, wherever it stands there.
func TestAMembersOwnParameterReplacesTheSharedOne(t *testing.T) {
	r, err := bind(t, mustParse(t, `
version: 1
name: n
steps:
  - id: a
    trigger:
      group: G
      params: {first: shared, second: shared}
      members: {M1: {params: {first: own}}, M2: {params: {second: own}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	o, err := r.Order(r.Step("a"), fact.View{})
	want := []fact.MemberOrder{
		{Code: "M1", Params: []fact.Pair{{Name: "first", Value: "own"}, {Name: "second", Value: "shared"}}},
		{Code: "M2", Params: []fact.Pair{{Name: "first", Value: "shared"}, {Name: "second", Value: "own"}}},
	}
	if diff := cmp.Diff(want, o.Members); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// noted are the expressions that a preview asked about.
type noted []string

func (n *noted) Text(expr string) string {
	*n = append(*n, expr)
	return "<" + expr + ">"
}

func (n *noted) Date(text string) string { return "date " + text }

func TestAPreviewLeavesToOthersWhatOnlyTheNightWillTell(t *testing.T) {
	r, err := bind(t, mustParse(t, ordersPlan))
	if err != nil {
		t.Fatal(err)
	}
	var u noted
	o, err := r.Preview(r.Step("later"), &u)
	if err != nil {
		t.Fatal(err)
	}
	want := fact.Order{
		Object: fact.Batch, Code: "B<steps.plain.code>", MISDate: "date <steps.plain.failure.message>",
		Params: []fact.Pair{
			{Name: "a", Value: "EMEA-<steps.plain.batch_run_id>"},
			{Name: "$FICMISDATE$", Value: "date <steps.plain.failure.message>"},
			{Name: "b", Value: "date <steps.plain.failure.message>"},
		},
	}
	if diff := cmp.Diff(want, o); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := (noted{"steps.plain.code", "steps.plain.failure.message", "steps.plain.batch_run_id"}); cmp.Diff(want, u) != "" {
		t.Errorf("unknown %q, want %q", u, want)
	}
	u = nil
	ref, err := r.PreviewRef(r.Step("again"), &u)
	if err != nil || ref != (fact.BatchRef{Object: fact.Batch, Code: "LOAD_EMEA", RunID: "<steps.plain.batch_run_id>"}) || len(u) != 1 {
		t.Errorf("got %v, unknown %q, %v", ref, u, err)
	}
	u = nil
	if o, err := r.Preview(r.Step("full"), &u); err != nil || len(u) > 0 || o.Code != "LOAD" {
		t.Errorf("got %v, unknown %q, %v", o, u, err)
	}
	u = nil
	if tasks, err := r.PreviewTasks(r.Step("look"), &u); err != nil || strings.Join(tasks, " ") != "T1 T<steps.plain.code>" || len(u) != 1 {
		t.Errorf("got %q, unknown %q, %v", tasks, u, err)
	}
}

func TestAPreviewKnowsADateOfATaskForOne(t *testing.T) {
	r, err := bind(t, mustParse(t, `
version: 1
name: n
misdate: 2026-11-20
steps:
  - id: first
    trigger: {batch: A}
  - id: a
    trigger: {batch: B, tasks: {T: {$FICMISDATE$: "2026-${{ steps.first.code }}-01", c: "$FICMISDATE$ ${{ steps.first.code }}"}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	var u noted
	o, err := r.Preview(r.Step("a"), &u)
	want := []fact.TaskPairs{{Task: "T", Params: []fact.Pair{
		{Name: "$FICMISDATE$", Value: "date 2026-<steps.first.code>-01"}, {Name: "c", Value: "2026-11-20 <steps.first.code>"},
	}}}
	if diff := cmp.Diff(want, o.Tasks); err != nil || diff != "" || len(u) != 2 {
		t.Errorf("unknown %q, %v (-want +got):\n%s", u, err, diff)
	}
}

func TestAPreviewWithoutWordsForItLeavesTheExpression(t *testing.T) {
	r, err := bind(t, mustParse(t, ordersPlan))
	if err != nil {
		t.Fatal(err)
	}
	if o, err := r.Preview(r.Step("later"), nil); err != nil || o.Code != "B${{ steps.plain.code }}" || o.MISDate != "${{ steps.plain.failure.message }}" {
		t.Errorf("got %+v, %v", o, err)
	}
	if ref, err := r.PreviewRef(r.Step("again"), nil); err != nil || ref.RunID != "${{ steps.plain.batch_run_id }}" {
		t.Errorf("got %+v, %v", ref, err)
	}
}

func TestWhatParametersCameToIsCheckedBeforeAnythingIsSent(t *testing.T) {
	p := mustParse(t, `
version: 1
name: n
params: {region: {default: EMEA}, day: {default: 2026-11-20}}
steps:
  - id: a
    trigger:
      batch: "LOAD_${{ params.region }}"
      params: {$FICMISDATE$: "${{ params.day }}"}
      held: ["${{ params.region }}"]
`)
	_, err := bind(t, p, "region=EU-WEST", "day=20.11.2026")
	want := `plan.yaml:8:14: "LOAD_${{ params.region }}": "LOAD_EU-WEST" is not a code: a letter, then letters, digits and _, 60 at most
plan.yaml:9:30: "${{ params.day }}": "20.11.2026" is not a date: write yyyy-mm-dd
plan.yaml:10:14: "${{ params.region }}": "EU-WEST" is not a code: a letter, then letters, digits and _, 60 at most`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := bind(t, mustParse(t, "version: 1\nname: n\nparams: {d: {}}\nmisdate: ${{ params.d }}\nsteps: [{id: a, sleep: 1m}]\n"), "d=tonight"); fmt.Sprint(err) !=
		`plan.yaml:4:10: "misdate" of the plan: "tonight" is not a date: write yyyy-mm-dd` {
		t.Errorf("got %v", err)
	}
}

func TestWhatStepsCameToIsCheckedWhenItIsUsed(t *testing.T) {
	r, err := bind(t, mustParse(t, ordersPlan))
	if err != nil {
		t.Fatal(err)
	}
	for status, want := range map[fact.Status]string{
		fact.StatusSucceeded: `plan.yaml:39:89: "$FICMISDATE$": "" is not a date: write yyyy-mm-dd`,
		"":                   `plan.yaml:38:14: "B${{ steps.plain.code }}": "B-100" is not a code: a letter, then letters, digits and _, 60 at most`,
	} {
		_, err := r.Order(r.Step("later"), fact.View{Step: func(int) fact.Step { return fact.Step{Run: fact.BatchRun{Status: status}} }})
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%s: got %q, want %q", status, got, want)
		}
	}
	_, err = r.Ref(r.Step("look"), fact.View{Step: func(int) fact.Step { return fact.Step{} }})
	want := `plan.yaml:42:50: "run" has come to nothing: "${{ steps.plain.batch_run_id }}"`
	if got := fmt.Sprint(err); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUntilIsTheTimeThatIsMeantForTheRun(t *testing.T) {
	r, err := bind(t, mustParse(t, `
version: 1
name: n
calendar: {timezone: Europe/Paris}
steps:
  - {id: soon, sleep: {until: "03:30"}}
  - {id: passed, sleep: {until: "02:59"}}
  - {id: tonight, sleep: {until: "20:59"}}
  - {id: tomorrow, sleep: {until: "02:59", days: 1}}
  - {id: today, sleep: {until: "00:30", days: 0}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"soon": "2026-11-23T02:30:00Z", "passed": "2026-11-23T01:59:00Z", "tonight": "2026-11-23T19:59:00Z", "tomorrow": "2026-11-24T01:59:00Z",
		"today": "2026-11-22T23:30:00Z",
	} {
		if got := r.Until(r.Step(id)).Format(time.RFC3339); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

func TestSettledConditionsAreJudgedBeforeTheRun(t *testing.T) {
	p := mustParse(t, `
version: 1
name: n
misdate: 2026-11-30
steps:
  - {id: a, if: is_month_end(misdate), sleep: 1m}
  - {id: b, if: steps.a.outcome == "skipped", sleep: 1m}
  - {id: c, if: always() && is_month_end(misdate), sleep: 1m}
  - {id: d, if: 'steps.b.outcome == "skipped" && misdate < date("2026-01-01")', sleep: 1m}
`)
	r, err := bind(t, p)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"a": true, "b": false, "c": true, "d": false} {
		holds, e := r.Settled(r.Step(id))
		if holds != want || r.Idle(r.Step(id)) != (id == "d") {
			t.Errorf("%s: got %v, %v", id, e, holds)
		}
	}
}

func TestLoadReadsFromAFileSystem(t *testing.T) {
	files := fstest.MapFS{
		"good.yaml":   {Data: []byte("version: 1\nname: n\nsteps: [{id: a, sleep: 1m}]\n")},
		"bad.yaml":    {Data: []byte("name: n\nsteps: [{id: a, sleep: 1m}]\n")},
		"folder/x":    {Data: []byte("x")},
		"large.yaml":  {Data: []byte(strings.Repeat("# comment\n", 2<<20))},
		"binary.yaml": {Data: []byte("name: \xff\n")},
	}
	p, err := Load(files, "good.yaml", "plans/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if p.File != "plans/good.yaml" || len(p.Sources) != 1 || string(p.Sources[0].Data) != string(files["good.yaml"].Data) {
		t.Errorf("file %q, sources %v", p.File, p.Sources)
	}
	for name, want := range map[string]string{
		"bad.yaml":    "bad.yaml:1:1: the plan has no \"version\"",
		"missing":     "missing: file does not exist",
		"folder":      "folder: this is a folder, not a plan",
		"large.yaml":  "large.yaml:1:1: the file is larger than 16 MiB\n\tsplit it, or check that it is the right file",
		"binary.yaml": "binary.yaml:1:7: the file is not UTF-8 from here on\n\tsave it as UTF-8",
	} {
		if _, err := Load(files, name, ""); fmt.Sprint(err) != want {
			t.Errorf("%s: got %q, want %q", name, fmt.Sprint(err), want)
		}
	}
}
