package expr

import (
	"testing"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/fact"
)

func value(t testing.TB, yaml string, sc *Scope) (*Value, source.Errors) {
	t.Helper()
	root, errs := source.Parse("p", []byte(yaml))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return sc.Value(root.Get("a"), InIf)
}

func TestValues(t *testing.T) {
	f := &Fixed{
		Params:  map[string]any{"region": "EMEA", "n": 3, "rate": number("0.25"), "full": true, "codes": []string{"A", "B"}, "text": "${{ params.n }}"},
		MISDate: calendar.Date(2026, 11, 20), StartedAt: time.Date(2026, 11, 21, 2, 0, 0, 5e8, time.UTC),
	}
	for _, c := range []struct {
		name, yaml string
		kind       Kind
		want       string
	}{
		{"a literal stays as written", "a: 0123", Text, "0123"},
		{"text around", `a: "SCORE_${{ params.region }}_${{ params.n }}"`, Text, "SCORE_EMEA_3"},
		{"a date", "a: ${{ misdate }}", Day, "2026-11-20"},
		{"a moment", "a: ${{ run.started_at }}", Moment, "2026-11-21T02:00:00.5Z"},
		{"a number", "a: ${{ params.rate }}", Number, "0.25"},
		{"a list", "a: ${{ params.codes }}", List, "A,B"},
		{"a boolean", "a: ${{ params.full }}", Bool, "true"},
		{"a duration", `a: ${{ duration("90m") }}`, Duration, "1h30m"},
		{"a literal opening", `a: "${{ '${{' }} x }}"`, Text, "${{ x }}"},
		{"braces inside a text end nothing", `a: ${{ "}}" + "{" }}`, Text, "}}{"},
		{"results are not evaluated again", "a: ${{ params.text }}", Text, "${{ params.n }}"},
		{"over lines", "a: |-\n  x\n  ${{ params.n }}", Text, "x\n3"},
		{"nothing between", "a: ${{ params.n }}${{ params.n }}", Text, "33"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, errs := value(t, c.yaml, testScope())
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			got, err := f.Text(v, fact.View{})
			if err != nil || got != c.want || v.Kind() != c.kind || !v.Fixed() {
				t.Errorf("got %q, %v, %s, fixed %v; want %q, %s", got, err, v.Kind(), v.Fixed(), c.want, c.kind)
			}
		})
	}
}

func TestTemplatesAreReportedWhereTheyStand(t *testing.T) {
	const cut = `YAML takes everything behind " #" for a comment: quote the whole value when it belongs to it`
	for _, c := range []struct{ name, yaml, want string }{
		{"not closed", "a: x ${{ params.n", "p:1:6: ${{ is not closed\n\tend the expression with }}"},
		{"cut by YAML", "a: ${{ params.n # the number }}\n", "p:1:4: ${{ is not closed\n\tend the expression with }}; " + cut},
		{"in a block", "a: |\n  one\n  two ${{ params.m }}\n", "p:3:18: unknown parameter \"m\""},
		{"behind escapes", `a: "\u00e9\t${{ params.m }}"`, "p:1:24: unknown parameter \"m\""},
		{"in single quotes", "a: 'it''s ${{ params.m }}'", "p:1:22: unknown parameter \"m\""},
		{"empty", "a: ${{ }}", "p:1:7: an expression is missing"},
		{"a bad number", "a: ${{ 45m }}", "p:1:8: \"45m\" is no number\n\twrite duration(\"45m\")"},
		{"two of them", "a: ${{ x }} ${{ elapsed }}",
			"p:1:8: unknown name \"x\"\n\ta word that is meant as text stands in quotes: \"x\"\np:1:17: \"elapsed\" is not known here\n\tit is known in watch and on_failure"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, errs := value(t, c.yaml, testScope())
			if got := errs.Error(); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestConditionsMayStandInBraces(t *testing.T) {
	for text, fine := range map[string]bool{
		"${{ params.full }}": true, "  ${{ params.full }}  ": true, "params.full": true, "true": true,
		"${{ params.full }} && true": false, "x ${{ params.full }}": false, "${{ params.full }}${{ params.full }}": false,
	} {
		root, _ := source.Parse("p", []byte("a: '"+text+"'"))
		if _, errs := testScope().Cond(root.Get("a"), InIf); (len(errs) == 0) != fine {
			t.Errorf("%q: %v", text, errs)
		}
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 90 * time.Minute: "1h30m", 26 * time.Hour: "1d2h", 1500 * time.Millisecond: "1s500ms", -time.Minute: "-1m", time.Microsecond: "0s",
	} {
		if got := durationText(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

// FuzzExpression compiles and evaluates whatever it is given: nothing panics, nothing runs away, and every problem has
// a place in the file.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		`failed() && steps.load.outcome == "failed"`, `SCORE_${{ params.region }}`, `${{ "${{" }}`, `elapsed > 45m`, `misdate == "2026-11-20"`, `1 < 2 < 3`,
		`filter([1], # > 1)`, `len(params.codes) > 2 ? "a" : "b"`, `format(add_months(misdate, -1), "yyyyMM")`, `"x" | upper()`, `params.codes[0]`, `-9223372036854775808 % -1`,
		`split(replace("aa", "a", "bb"), "")[3]`, `params?.a`, `b"x"`, "a // b", `$env`, `"é" == params.text`, `{"a": 1}.a`, `(1; 2)`, `duration("1d") * 99999999999`, `round(10 / 3, 2)`, `1e400 * .5`,
		`params.n in [1, 2.5] && "x" matches "^x"`, `date(run.started_at) - misdate`, "1 /* one */ + 1", `failure.step == "load" || steps.load.tasks.T.code < 0`,
	} {
		f.Add(seed)
	}
	sc := testScope()
	fixed := &Fixed{Params: map[string]any{"codes": []string{"A"}, "text": "t", "n": 1}, MISDate: calendar.Date(2026, 11, 20)}
	view := fact.View{Step: func(int) fact.Step { return fact.Step{Outcome: fact.Succeeded} }}
	f.Fuzz(func(t *testing.T, text string) {
		n := &source.Node{Kind: source.Scalar, Value: text, Pos: source.Pos{File: "p", Line: 1, Col: 1}}
		v, errs := sc.Value(n, inAll)
		if (v == nil) != (len(errs.Pinned()) > 0) {
			t.Fatalf("%q: a value and problems, or neither: %v", text, errs)
		}
		if v != nil {
			if out, err := fixed.Text(v, view); err == nil && v.parts != nil && len(out) > maxText {
				t.Errorf("%q came to %d bytes", text, len(out))
			}
		}
		c, errs := sc.Cond(n, inAll)
		if (c == nil) != (len(errs.Pinned()) > 0) {
			t.Fatalf("%q: a condition and problems, or neither: %v", text, errs)
		}
		for _, e := range errs {
			if e.Line != 1 || e.Msg == "" {
				t.Errorf("%q: a problem without a place: %+v", text, e)
			}
		}
		if c != nil {
			fixed.Holds(c, view)
		}
	})
}

// BenchmarkHolds judges conditions as a machine does: over outcomes, and over numbers small and exact.
func BenchmarkHolds(b *testing.B) {
	for name, text := range map[string]string{
		"outcome":  `succeeded() && steps.load.outcome == "succeeded" && !steps.load.tasks.STAGE.failed`,
		"whole":    `params.n + 2 > 4 && params.n % 2 == 1 && params.n * 3 < 100`,
		"quotient": `params.n / 100 > 0.05 || params.rate * 3 >= 0.75`,
		"list":     `"B" in params.codes && params.region in ["EMEA", "APAC"]`,
	} {
		b.Run(name, func(b *testing.B) {
			c, errs := condition(b, text, testScope(), inAll)
			if len(errs) > 0 {
				b.Fatal(errs)
			}
			f := &Fixed{Params: map[string]any{"n": 3, "rate": number("0.25"), "codes": []string{"A", "B"}, "region": "EMEA"}}
			view := fact.View{Step: func(int) fact.Step { return fact.Step{Outcome: fact.Succeeded} }}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Holds(c, view); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompileCondition(b *testing.B) {
	sc := testScope()
	for b.Loop() {
		if _, errs := condition(b, `failed() && steps.load.outcome == "failed" && steps.load.tasks.STAGE.failed`, sc, InIf); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
