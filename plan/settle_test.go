package plan

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

const settledHead = `version: 1
name: p
params:
  s: {default: abc}
  extra: {required: false}
  n: {type: int, default: 0}
  l: {type: list, default: [A]}
  pin: {sensitive: true, required: false}
defaults: {timeout: 1h}
steps:
  - {id: a, trigger: {batch: A}}
`

// guards rule out what would have no value. What stands before "~" is a part of the plan; behind it, the steps that are known
// not to run.
var guards = map[string]string{
	"if":                      `  - {id: b, if: 'params.extra != ""', trigger: {batch: "${{ params.extra }}"}} ~ b`,
	"if, a date":              `  - {id: b, if: 'params.extra != ""', trigger: {batch: B, params: {$FICMISDATE$: "${{ params.extra }}"}}} ~ b`,
	"if, an item":             `  - {id: b, if: 'len(params.l) > 1', trigger: {batch: B, params: {x: "${{ params.l[1] }}"}}} ~ b`,
	"if, arithmetic":          `  - {id: b, if: params.n != 0, trigger: {batch: B, params: {x: "${{ 10 % params.n }}"}}} ~ b`,
	"if, rules":               `  - {id: b, if: params.n != 0, trigger: {batch: B}, watch: [{if: batch_run.code > 10 % params.n, do: warn}], on_failure: [{if: 'int(params.s) > 3', do: rerun}]} ~ b`,
	"if, a run":               `  - {id: b, if: 'params.extra != ""', wait: {batch: B, run: "${{ params.extra }}"}} ~ b`,
	"if, what the night adds": `  - {id: b, if: 'params.extra != "" && steps.a.batch_status == "succeeded"', trigger: {batch: "${{ params.extra }}"}} ~ b`,
	"if, the night first":     `  - {id: b, if: 'steps.a.batch_status == "succeeded" && params.extra != ""', trigger: {batch: "${{ params.extra }}"}} ~ b`,
	"if, always":              `  - {id: b, if: 'always() && params.extra != ""', trigger: {batch: "${{ params.extra }}"}} ~ b`,
	"if, not":                 `  - {id: b, if: '!(params.extra == "" || steps.a.attempts > 1)', trigger: {batch: "${{ params.extra }}"}} ~ b`,
	"if, in":                  `  - {id: b, if: '"B" in params.l', trigger: {batch: B, params: {x: "${{ params.l[1] }}"}}} ~ b`,
	"and":                     `  - {id: b, if: 'params.n != 0 && 10 % params.n == steps.a.attempts', trigger: {batch: B}} ~ b`,
	"or":                      `  - {id: b, if: 'params.n == 0 || 10 % params.n == steps.a.attempts', trigger: {batch: B}} ~`,
	"or, always":              `  - {id: b, if: 'always() || 10 % params.n == 1', trigger: {batch: B}} ~`,
	"choice":                  `  - {id: b, if: 'params.n == 0 ? steps.a.attempts == 1 : 10 % params.n == steps.a.attempts', trigger: {batch: B}} ~`,
	"nested choice":           `  - {id: b, trigger: {batch: B, params: {x: '${{ params.n > 0 ? (params.n > 1 ? string(10 % params.n) : steps.a.batch_run_id) : (params.extra == "" ? steps.a.batch_run_id : params.l[7]) }}'}}} ~`,
	"choice of a code":        `  - {id: b, trigger: {batch: '${{ params.extra != "" ? params.extra : steps.a.outcome == "succeeded" ? "B" : "C" }}'}} ~`,
	"watch":                   `  - {id: b, trigger: {batch: B}, watch: [{if: 'params.extra != "" && elapsed > duration(params.extra)', do: warn}]} ~`,
	"on_failure":              `  - {id: b, trigger: {batch: B}, on_failure: [{if: 'params.n > 0 && attempt < 10 / params.n', do: rerun}]} ~`,
	"about a step that does not run": `  - {id: b, if: 'params.extra != ""', trigger: {batch: "${{ params.extra }}"}}
  - {id: c, status: {step: b, tasks: ["${{ params.extra }}"]}} ~ b c`,
	"after one that does not run": `  - {id: b, if: 'params.extra != ""', trigger: {batch: "${{ params.extra }}"}}
  - {id: c, if: 'steps.b.outcome == "succeeded"', trigger: {batch: "${{ params.extra }}_C"}}
  - {id: d, if: 'steps.b.outcome in ["succeeded", "in_doubt"] && steps.a.attempts > 0', trigger: {batch: "${{ params.extra }}_D"}}
  - {id: e, if: 'steps.b.tasks.T.failed', trigger: {batch: "${{ params.extra }}_E"}}
  - {id: f, if: 'steps.c.batch_status != "unknown"', trigger: {batch: "${{ params.extra }}_F"}} ~ b c d e f`,
	"written before what it needs": `  - {id: c, needs: b, if: 'steps.b.outcome == "succeeded"', trigger: {batch: "${{ params.extra }}_C"}}
  - {id: b, needs: a, if: 'params.extra != ""', trigger: {batch: "${{ params.extra }}"}} ~ b c`,
	"the first step": `  - {id: b, needs: [], if: failed(), trigger: {batch: '${{ params.s + "-" }}'}} ~ b`,
	"finally": `finally:
  - {id: b, if: 'params.extra != ""', trigger: {batch: "${{ params.extra }}"}}
  - {id: c, if: 'outcome == "failed" && params.n != 0 && 10 % params.n == 1', trigger: {batch: "C${{ 10 % params.n }}"}} ~ b c`,
}

func TestWhatAGuardRulesOutIsNotJudged(t *testing.T) {
	for name, one := range guards {
		t.Run(name, func(t *testing.T) {
			text, idle, _ := strings.Cut(one, "~")
			p := mustParse(t, settledHead+text+"\n")
			r, err := bind(t, p)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range r.Steps {
				if r.Idle(s) {
					got = append(got, s.ID)
				}
			}
			slices.Sort(got)
			if want := strings.Fields(idle); !slices.Equal(got, want) {
				t.Errorf("known not to run are %v, want %v", got, want)
			}
		})
	}
}

// settledFaults are what is settled and has no value, or not the form it needs, with a piece of what is said of it.
var settledFaults = map[string]string{
	`  - {id: b, if: 'int(params.s) > 5', trigger: {batch: B}}`:                                                                `12:17: evaluate "int(params.s) > 5": "abc" is not a whole number`,
	`  - {id: b, if: 'always() && int(params.s) > 5', trigger: {batch: B}}`:                                                    `"abc" is not a whole number`,
	`  - {id: b, if: 'steps.a.attempts == 0 && int(params.s) > 5', trigger: {batch: B}}`:                                       `"abc" is not a whole number`,
	`  - {id: b, if: 'steps.a.attempts == 0 || int(params.s) > 5', trigger: {batch: B}}`:                                       `"abc" is not a whole number`,
	`  - {id: b, if: 'int(params.s) > steps.a.attempts && params.n > 0', trigger: {batch: B}}`:                                 `"abc" is not a whole number`,
	`  - {id: b, if: 'params.l[5] == "x"', trigger: {batch: B}}`:                                                               `params.l[5]`,
	`  - {id: b, if: '7 % params.n == 1', trigger: {batch: B}}`:                                                                `division by zero`,
	`  - {id: b, if: 'date(steps.a.started_at) > date(params.s)', trigger: {batch: B}}`:                                        `"abc" is not a date`,
	`  - {id: b, if: 'steps.a.batch_run_id in [params.l[3], "x"]', trigger: {batch: B}}`:                                       `params.l[3]`,
	`  - {id: b, if: 'steps.a.attempts > 1 ? int(params.s) > 1 : true', trigger: {batch: B}}`:                                  `"abc" is not a whole number`,
	`  - {id: b, if: '!(int(params.s) == steps.a.attempts)', trigger: {batch: B}}`:                                             `"abc" is not a whole number`,
	`  - {id: b, trigger: {batch: B}, watch: [{if: 'elapsed > duration(params.s + "m")', do: interrupt}]}`:                     `"abcm" is not a duration`,
	`  - {id: b, trigger: {batch: B}, on_failure: [{if: 'failure.kind == "timeout" && int(params.s) > 3', do: rerun}]}`:        `"abc" is not a whole number`,
	`  - {id: b, trigger: {batch: B, params: {x: "${{ steps.a.batch_run_id }} ${{ int(params.s) }}"}}}`:                        `"abc" is not a whole number`,
	`  - {id: b, trigger: {batch: B, params: {x: "${{ steps.a.attempts + int(params.s) }}"}}}`:                                 `"abc" is not a whole number`,
	`  - {id: b, trigger: {batch: '${{ steps.a.outcome == "succeeded" ? params.extra : "C" }}'}}`:                              `"" is not a code`,
	`  - {id: b, trigger: {batch: '${{ steps.a.outcome == "succeeded" ? "B" : "4C" }}'}}`:                                      `"4C" is not a code`,
	`  - {id: b, trigger: {batch: "${{ params.n }}_${{ steps.a.code }}"}}`:                                                     `"${{ params.n }}_${{ steps.a.code }}" never comes to a code`,
	`  - {id: b, trigger: {batch: B, params: {$FICMISDATE$: '${{ steps.a.outcome == "failed" ? params.s : "2026-11-20" }}'}}}`: `"abc" is not a date`,
	`  - {id: b, trigger: {group: G, members: ["${{ params.s }}", "${{ params.s }}"]}}`:                                        `12:62: member "abc" is listed twice`,
	`  - {id: b, trigger: {batch: B, excluded: [abc, "${{ params.s }}"]}}`:                                                     `"abc" is listed twice in "excluded"`,
	`  - {id: b, trigger: {batch: B, held: ["${{ params.l[0] }}", "${{ params.l[0] }}"]}}`:                                     `"A" is listed twice in "held"`,
	`  - {id: b, trigger: {batch: B, included: ["X${{ params.n }}", X0]}}`:                                                     `"X0" is listed twice in "included"`,
	`  - {id: b, status: {step: a, tasks: [abc, "${{ params.s }}"]}}`:                                                          `"abc" is listed twice in "tasks"`,
	`  - {id: b, trigger: {group: G, members: [M1], excluded: ["${{ params.s }}"]}}`:                                           `"abc" is excluded, and is no member of the group`,
	`  - {id: b, trigger: {group: G, members: ["M${{ params.n }}"], held: [M1]}}`:                                              `"M1" is held, and is no member of the group`,
	`  - {id: b, trigger: {batch: B, params: {x: 'on ${{ params.s == "abc" ? "$" + "FICMISDATE$" : "" }}'}}}`:                  `no date is set`,
	`  - {id: b, wait: {batch: B, run: "${{ params.extra }}"}}`:                                                                `"run" has come to nothing`,
	`finally: [{id: b, if: 'failure.attempt > int(params.s)', trigger: {batch: B}}]`:                                           `"abc" is not a whole number`,
}

func TestWhatIsSettledIsJudgedBeforeTheRun(t *testing.T) {
	for text, want := range settledFaults {
		t.Run(text, func(t *testing.T) {
			p := mustParse(t, settledHead+text+"\n")
			_, err := bind(t, p)
			if errs, ok := errors.AsType[source.Errors](err); !ok || len(errs) != 1 || errs[0].Line != 12 && errs[0].Line != 11 || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
			if _, err := p.Resolve(Inputs{Now: night, Part: Part{Skip: []string{"b"}}}); err != nil && !strings.HasPrefix(text, "finally") {
				t.Errorf("with the step left out: %v", err)
			}
			pinned, err := ParsePinned("plan.yaml", []byte(settledHead+text+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := bind(t, pinned); err != nil {
				t.Errorf("of a plan that a log has pinned: %v", err)
			}
		})
	}
}

// All that is wrong is said at once.
func TestAllThatIsSettledIsJudged(t *testing.T) {
	p := mustParse(t, settledHead+`  - {id: b, trigger: {batch: "${{ params.extra }}", params: {x: "${{ int(params.s) }}"}}, watch: [{if: 'elapsed > duration(params.s)', do: warn}]}
  - {id: c, if: 'int(params.s) > 1', trigger: {batch: "${{ params.extra }}"}}
`)
	_, err := bind(t, p)
	if errs, _ := errors.AsType[source.Errors](err); len(errs) != 4 {
		t.Errorf("got %v", err)
	}
	if r, err := bind(t, p, "extra=X", "s=5m"); err == nil || !strings.Contains(err.Error(), "5m") {
		t.Errorf("got %v, %v", r, err)
	}
}

// What is left out on the command line counts as good, and tells that it was skipped.
func TestWhatIsLeftOutIsKnown(t *testing.T) {
	p := mustParse(t, settledHead+`  - {id: b, if: failed(), trigger: {batch: "${{ params.extra }}"}}
  - {id: c, if: 'steps.a.outcome != "skipped"', trigger: {batch: "${{ params.extra }}"}}
  - {id: d, needs: a, if: 'succeeded() && steps.a.attempts != 0', trigger: {batch: "${{ params.extra }}"}}
`)
	if _, err := bind(t, p); err == nil || strings.Count(err.Error(), "is not a code") != 3 {
		t.Errorf("got %v", err)
	}
	r, err := p.Resolve(Inputs{Now: night, Part: Part{Skip: []string{"a"}}})
	if err != nil {
		t.Fatal(err)
	}
	if !r.LeftOut(r.Steps[0]) || r.LeftOut(r.Steps[1]) || !r.Idle(r.Steps[1]) || !r.Idle(r.Steps[2]) {
		t.Error("a is left out, b and c are known not to run")
	}
}

func TestWhatHasComeToBeExcludedAndHeld(t *testing.T) {
	const text = settledHead + `  - {id: b, trigger: {batch: B, excluded: ["${{ params.s }}"], held: [abc]}}
  - id: c
    trigger:
      batch: B2
      excluded: ["${{ params.s }}"] # ofsplan:ignore W006 it is so on most nights
      held: [abc]
  - {id: d, trigger: {batch: D, excluded: ["${{ params.s }}"], held: ["${{ params.s }}"]}}
`
	r, err := bind(t, mustParse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Odd) != 1 || r.Odd[0].ID != "W006" || r.Odd[0].Line != 12 || !strings.Contains(r.Odd[0].Error(), `"abc" is both excluded and held`) {
		t.Errorf("got %v", r.Odd)
	}
}

// What is sealed is filled in by a real run alone, and not for a step that does not run.
func TestGuardsOfSecrets(t *testing.T) {
	const text = settledHead + `  - {id: b, if: 'params.n > 0', trigger: {batch: B, params: {x: '${{ split(params.pin, ":")[1] }}'}}}
`
	for _, n := range []string{"n=0", "n=1"} {
		r, err := bind(t, mustParse(t, text), n)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Unseal(nil); (err != nil) != (n == "n=1") {
			t.Errorf("%s: got %v", n, err)
		}
		if n == "n=0" {
			o, err := r.Order(r.Steps[1], fact.View{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Reveal(o.Params[0]); err == nil {
				t.Error("nothing was filled in, and it is sent")
			}
		}
	}
}

// Of a plan that a log has pinned, codes go out as they did when its run began.
func TestCodesOfPinnedPlans(t *testing.T) {
	for _, one := range []string{
		`{group: G, members: [M1], excluded: [M9]}`, `{group: G, members: {M1: {}}, held: [M9]}`,
		`{group: G, members: [M1], excluded: ["${{ params.s }}"]}`, `{batch: B, excluded: ["${{ params.s }}", abc]}`,
	} {
		text := settledHead + "  - {id: b, trigger: " + one + "}\n"
		p, err := Parse("p.yaml", []byte(text))
		if err == nil {
			_, err = bind(t, p)
		}
		if err == nil || !strings.HasPrefix(err.Error(), "p.yaml:12:") {
			t.Errorf("%s: %v", one, err)
		}
		if p, err = ParsePinned("p.yaml", []byte(text)); err != nil {
			t.Fatal(err)
		}
		r, err := bind(t, p)
		if err != nil {
			t.Fatal(err)
		}
		if o, err := r.Order(r.Steps[1], fact.View{}); err != nil || len(o.Excluded)+len(o.Held) == 0 {
			t.Errorf("%s: %+v, %v", one, o, err)
		}
	}
}
