package expr

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/fact"
)

// testScope is what expressions of these tests may name: two steps, some parameters, the date.
func testScope() *Scope {
	ids := []string{"load", "extract"}
	sc := New(calendar.Default())
	sc.MISDate = true
	sc.Params = map[string]Param{
		"region": {Kind: Text, Enum: []string{"EMEA", "APAC"}}, "n": {Kind: Int}, "rate": {Kind: Number},
		"full": {Kind: Bool}, "codes": {Kind: List}, "text": {Kind: Text},
	}
	sc.Step = func(id string) (int, bool) { i := slices.Index(ids, id); return i, i >= 0 }
	sc.StepIDs = func() []string { return ids }
	return sc
}

// inAll is a place where everything but a sensitive parameter is known.
const inAll = InIf | InFailure | InFinally

// condition compiles a condition that stands in a block scalar, so that columns begin at 3 of line 2.
func condition(t testing.TB, text string, sc *Scope, at Place) (*Cond, source.Errors) {
	t.Helper()
	root, errs := source.Parse("p", []byte("if: |\n  "+text+"\n"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return sc.Cond(root.Get("if"), at)
}

func TestConditionsAreCheckedWhenTheyAreCompiled(t *testing.T) {
	const dateHint, words = `a date is written date("2026-11-20")`, "it is one of succeeded, failed, skipped, blocked, canceled, in_doubt"
	for _, c := range []struct{ text, want, hint string }{
		// Names.
		{`steps.lod.outcome == "failed"`, `9: the expression names step "lod", which no step defines`, `did you mean "load"?`},
		{`steps.load.outcom == "failed"`, `14: steps.load has no "outcom"`, `did you mean "outcome"?`},
		{`steps.load.tasks.STAGE.faild`, `26: steps.load.tasks.STAGE has no "faild"`, `did you mean "failed"?`},
		{`steps.load.tasks`, `14: steps.load.tasks is not a value: name one, as in steps.load.tasks.STAGE.failed`, ""},
		{`params.regoin == "EMEA"`, `10: unknown parameter "regoin"`, `did you mean "region"?`},
		{`region == "EMEA"`, `3: unknown name "region"`, "did you mean params.region?"},
		{`load == "failed"`, `3: unknown name "load"`, "did you mean steps.load.outcome?"},
		{`steps.load.outcome == failed`, `25: unknown name "failed"`, `write failed(), or "failed" for the word`},
		{`elapsed > duration("1m")`, `3: "elapsed" is not known here`, "it is known in watch and on_failure"},
		{`outcome == "failed"`, `3: "outcome" is not known here`, "it is known in finally"},
		{`success()`, `3: unknown function "success"`, "write succeeded()"},
		{`now() > misdate`, `3: unknown function "now"`, "an expression has no clock: there is run.started_at"},
		{`is_monthend(misdate)`, `3: unknown function "is_monthend"`, `did you mean "is_month_end"?`},
		{`steps[params.text].outcome == "failed"`, `22: what stands in [ ] must be written out: a text in quotes, or the number of an item`, ""},
		{`$env.misdate == misdate`, `3: unknown name "$env"`, `a word that is meant as text stands in quotes: "$env"`},
		{`misdate.year == 2026`, `11: misdate is a date and has no "year"`, ""},
		// Words of enumerations.
		{`steps.load.outcome == "sucess"`, `25: steps.load.outcome is never "sucess"`, `did you mean "succeeded"?`},
		{`steps.load.outcome == "suc"`, `25: steps.load.outcome is never "suc"`, `did you mean "succeeded"?`},
		{`steps.load.outcome == "su"`, `25: steps.load.outcome is never "su"`, words},
		{`"interrupted" != steps.load.outcome`, `3: steps.load.outcome is never "interrupted"`, words},
		{`steps.load.outcome in ["failed", "bad"]`, `36: steps.load.outcome is never "bad"`, words},
		{`steps.load.failure.kind == "timout"`, `30: steps.load.failure.kind is never "timout"`, `did you mean "timeout"?`},
		{`steps.load.batch_status == "ongoin"`, `30: steps.load.batch_status is never "ongoin"`, `did you mean "ongoing"?`},
		{`params.region == "EMAE"`, `20: params.region is never "EMAE"`, `did you mean "EMEA"?`},
		// Literals.
		{`misdate == date("2026-11-31")`, `19: "2026-11-31" is not a date: there is no such day`, ""},
		{`duration("45") > steps.load.elapsed`, `12: "45" is not a duration: a number needs a unit, such as 45s or 45m`, ""},
		{`format(misdate, "yyyymmdd") == ""`, `19: pattern "yyyymmdd": "mm" means minutes: months are MM`, ""},
		{`params.text matches "("`, `23: not a regular expression: missing closing ): ` + "`(`", ""},
		// Types.
		{`misdate == "2026-11-20"`, "11: a date cannot be compared with text", `write date("2026-11-20")`},
		{`misdate == params.text`, "11: a date cannot be compared with text", "declare the parameter with type: business_date or type: date, or write date(params.text)"},
		{`add_days(params.text, 1) == misdate`, "12: add_days wants a date here, not text", "declare the parameter with type: business_date or type: date, or write date(params.text)"},
		{`misdate == 2026-11-20`, "11: a date cannot be compared with a whole number", dateHint},
		{`steps.load.elapsed > 45m`, `24: "45m" is no number`, `write duration("45m")`},
		{`steps.load.elapsed > "45m"`, "22: a duration cannot be compared with text", `write duration("45m")`},
		{`steps.load.elapsed > 45`, "22: a duration cannot be compared with a whole number", `a duration is written duration("45m")`},
		{`params.n == "1"`, "12: a whole number cannot be compared with text", "leave out the quotes"},
		{`failed() && steps.load.outcome`, "12: && wants true or false on both sides, not true or false and text", `compare each of them, as in a == "x" || a == "y"`},
		{`add_days("2026-11-20", 1) == misdate`, "12: add_days wants a date here, not text", dateHint},
		{`add_days(misdate) == misdate`, "3: add_days is given too few values", ""},
		{`misdate + 1 == misdate`, "11: + does not work with a date and a whole number", "write add_days(…, …) or add_business_days(…, …)"},
		{`!params.region`, "3: ! does not work with text", ""},
		{`params.full ? true : "x"`, "3: a ? b : c must be of one type, whichever it chooses", "string(…), int(…) and float(…) turn one into another"},
		{`params.n ? true : false`, "3: what stands before ? must be true or false", ""},
		{`steps.load.outcome`, "3: a condition must be true or false, but this is text", `compare it, as in steps.load.outcome == "succeeded"`},
		{`params.codes`, "3: a condition must be true or false, but this is a list", "compare it, as in len(params.codes) > 0"},
		// What the language leaves out.
		{`filter([1], # > 1)`, `3: "filter" is not allowed: there are no predicates`, `use a list, as in "STAGE" in batch_run.failed_tasks or len(batch_run.failed_tasks) > 2`},
		{`reduce(1..60, #acc + #acc, "x") == ""`, `3: "reduce" is not allowed: there are no predicates`, `use a list, as in "STAGE" in batch_run.failed_tasks or len(batch_run.failed_tasks) > 2`},
		{`let x = 1; x == 1`, "7: an expression is one value: there is no let and no ;", ""},
		{`1 < params.n < 3`, "7: comparisons cannot be chained", "write a < b && b < c"},
		{`steps.load?.code == 0`, "15: ?. is not needed: nothing is ever missing", "write ."},
		{`len(1..9) == 9`, `8: operator ".." is not allowed`, ""},
		{`params.text matches params.text`, "23: the pattern of matches must be written out, in quotes", ""},
		// Syntax.
		{`params.region = "EMEA"`, `17: unexpected "=" in the expression`, "to compare, write =="},
		{`params.region == "EMEA`, "25: a text is not closed: its quote is missing", ""},
		{`(params.n == 1`, "17: the expression ends too early", ""},
		{`params.n == 1 # one`, `17: unexpected "#" in the expression`, "there are no predicates and no comments in expressions"},
	} {
		t.Run(c.text, func(t *testing.T) {
			_, errs := condition(t, c.text, testScope(), InIf)
			if len(errs) != 1 {
				t.Fatalf("got %d problems, want 1: %v", len(errs), errs)
			}
			if got := errs[0].Pos.String() + ": " + errs[0].Msg; got != "p:2:"+c.want || errs[0].Hint != c.hint {
				t.Errorf("got  %s\n\t%s\nwant p:2:%s\n\t%s", got, errs[0].Hint, c.want, c.hint)
			}
		})
	}
}

func TestUnknownNamesAreReportedAllAtOnce(t *testing.T) {
	_, errs := condition(t, `steps.lod.outcome == "x" && params.m == 1 && foo() && steps.load.outcome == "bad"`, testScope(), InIf)
	if len(errs) != 4 {
		t.Errorf("got %d problems, want 4: %v", len(errs), errs)
	}
}

func TestConditionsHoldOverWhatTheyLookAt(t *testing.T) {
	date := func(text string) time.Time {
		d, err := calendar.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	f := &Fixed{
		Params:  map[string]any{"region": "EMEA", "n": 3, "rate": number("0.5"), "full": true, "codes": []string{"A", "B"}, "text": "Ab"},
		MISDate: date("2026-10-30"), Plan: "nightly", Run: "r1", Target: "uat", StartedAt: date("2026-10-31").Add(2 * time.Hour),
	}
	view := fact.View{
		Step: func(index int) fact.Step {
			if index != 0 {
				return fact.Step{}
			}
			return fact.Step{
				Outcome: fact.Failed, Attempts: 2, Elapsed: 50 * time.Minute, Failure: fact.Failure{Kind: fact.TimedOut},
				Run: fact.BatchRun{ID: "B_1", Status: fact.StatusFailed, Code: -1, Tasks: []fact.Part{{Code: "T2", Status: fact.StatusFailed, StatusCode: -1}, {Code: "T1", Status: fact.Aborted, StatusCode: 3}, {Code: "T3", Status: fact.StatusSucceeded, StatusCode: 0}}},
			}
		},
		AllGood: false, AnyFailed: true,
		Run: fact.BatchRun{Members: []fact.Part{{Code: "B1", Status: fact.Ongoing, StatusCode: 2}}}, Elapsed: 3 * time.Minute, Attempt: 1, Failure: fact.Failure{Kind: fact.BatchFailed, Code: -1}, Outcome: fact.Failed,
	}
	for _, c := range []struct {
		text string
		want bool
		seen string
	}{
		{`failed() && steps.load.outcome == "failed"`, true, "failed()=true steps.load.outcome=failed"},
		{`succeeded() || always()`, true, "succeeded()=false always()=true"},
		{`steps.load.tasks.T1.failed && steps.load.tasks.T2.code == -1`, true, "steps.load.tasks.T1.failed=true steps.load.tasks.T2.code=-1"},
		{`steps.load.tasks.NEVER.failed`, false, "steps.load.tasks.NEVER.failed=false"},
		{`steps.load.tasks.NEVER.status == "unknown"`, true, "steps.load.tasks.NEVER.status=unknown"},
		{`steps.extract.batch_status == "unknown" && steps.extract.batch_run_id == ""`, true, "steps.extract.batch_status=unknown steps.extract.batch_run_id="},
		{`"T2" in steps.load.failed_tasks && len(steps.load.failed_tasks) == 2`, true, "steps.load.failed_tasks=T1,T2"},
		{`steps.load.failed_tasks[0] == "T1"`, true, "steps.load.failed_tasks=T1,T2"},
		{`steps.load.elapsed > duration("45m") && steps.load.attempts == 2`, true, "steps.load.elapsed=50m steps.load.attempts=2"},
		{`steps.load.failure.kind == "timeout"`, true, "steps.load.failure.kind=timeout"},
		{`is_month_end(misdate) && !is_calendar_month_end(misdate)`, true, "misdate=2026-10-30"},
		{`add_business_days(misdate, 1) == date("2026-11-02") && weekday(misdate) == "friday"`, true, "misdate=2026-10-30"},
		{`month_start(misdate) == date("2026-10-01") && quarter_end(misdate) == date("2026-12-31")`, true, "misdate=2026-10-30"},
		{`last_business_day(add_months(misdate, -1)) == date("2026-09-30")`, true, "misdate=2026-10-30"},
		{`format(misdate, "yyyyMMdd") == "20261030" && is_business_day(misdate)`, true, "misdate=2026-10-30"},
		{`format(run.started_at, "dd") == "31"`, true, "run.started_at=2026-10-31T02:00:00Z"},
		{`plan.name == "nightly" && run.id == "r1" && target.name == "uat"`, true, "plan.name=nightly run.id=r1 target.name=uat"},
		{`params.region in ["EMEA", "APAC"] && params.n % 2 == 1 && params.full`, true, "params.region=EMEA params.n=3 params.full=true"},
		{`lower(params.text) == "ab" && params.text contains "A" && params.text matches "^A.$"`, true, "params.text=Ab"},
		{`join(split("a-b", "-"), "+") == "a+b" && replace("x.y", ".", "") == "xy" && int("7") == 7 && string(1.5) == "1.5"`, true, ""},
		{`params.codes[1] == "B" && not (params.rate > 1)`, true, "params.codes=A,B params.rate=0.5"},
		{`elapsed < duration("5m") && attempt == 1 && failure.kind == "batch_failed" && outcome == "failed"`, true, "elapsed=3m attempt=1 failure.kind=batch_failed outcome=failed"},
		{`batch_run.members.B1.status == "ongoing" && batch_run.failed_members == []`, true, "batch_run.members.B1.status=ongoing batch_run.failed_members="},
	} {
		t.Run(c.text, func(t *testing.T) {
			cond, errs := condition(t, c.text, testScope(), inAll)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			ev, err := f.Holds(cond, view)
			if err != nil || ev.Holds != c.want {
				t.Errorf("got %v, %v; want %v", ev.Holds, err, c.want)
			}
			var seen []string
			for _, s := range ev.Values {
				seen = append(seen, s.Name+"="+s.Value)
			}
			if got := strings.Join(seen, " "); got != c.seen {
				t.Errorf("evidence is %q, want %q", got, c.seen)
			}
		})
	}
}

func TestWhatTheLoaderLearnsFromACondition(t *testing.T) {
	sc := testScope()
	for text, want := range map[string]struct {
		bare, failed bool
		steps        int
	}{
		`steps.load.outcome == "failed"`:                                        {true, true, 1},
		`failed() && steps.load.outcome == "failed"`:                            {false, true, 1},
		`steps.load.outcome != "failed" && steps.extract.code == 0`:             {true, false, 2},
		`steps.load.outcome in ["failed", "blocked"]`:                           {true, true, 1},
		`misdate == date("2026-11-20")`:                                         {true, false, 0},
		`steps.load.batch_status == "failed" || steps.load.outcome == "failed"`: {true, true, 1},
	} {
		c, errs := condition(t, text, sc, InIf)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		failed := false
		for _, ref := range c.Refs() {
			failed = failed || ref.Failed
		}
		if c.Bare() != want.bare || failed != want.failed || len(c.Refs()) != want.steps {
			t.Errorf("%s: bare %v, refs %+v; want %+v", text, c.Bare(), c.Refs(), want)
		}
	}
}

func TestEvaluationEndsWithAnErrorWhereItCannot(t *testing.T) {
	long := strings.Repeat("x", 1000)
	f := &Fixed{Params: map[string]any{"n": 0, "text": long, "codes": []string{}}, MISDate: calendar.Date(2026, 1, 1)}
	for text, want := range map[string]string{
		`params.n % 0 == 1`:                       "a division by zero",
		`int(params.text) == 1`:                   "is not a whole number",
		`params.codes[0] == "A"`:                  "index out of range",
		`date(params.text) == misdate`:            "is not a date",
		`add_days(misdate, 999999999) == misdate`: "too many",
		`replace(replace(params.text, "x", "yyyyyyyyyy"), "y", "zzzzzzzzzzzzzzzzzzzz") == ""`:             "longer than 64 KiB",
		`join(split(replace(params.text, "x", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), ""), "yyyyyyy") == ""`: "longer than 64 KiB",
	} {
		cond, errs := condition(t, text, testScope(), InIf)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		ev, err := f.Holds(cond, fact.View{})
		if ev.Holds || (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "p:1:5: evaluate")) {
			t.Errorf("%s: got %v, %v; want an error with %q", text, ev.Holds, err, want)
		}
	}
}

// number is a number as it is written.
func number(text string) Decimal {
	d, err := ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}
