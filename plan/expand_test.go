package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ofsplan/plan/fact"
)

// eachVerb is a step of every verb that reads the item of its list wherever it can.
var eachVerb = map[string]string{
	"trigger":   `{group: "G_${{ x }}", members: {M: {params: {$A$: "${{ x }}"}, tasks: {T: {p: "${{ x }}"}}}}, excluded: [M], params: {$B$: "${{ x }}"}}`,
	"wait":      `{batch: "B_${{ x }}", run: "R_${{ x }}"}`,
	"status":    `{batch: "B_${{ x }}", run: "R_${{ x }}", tasks: ["T_${{ x }}"]}`,
	"interrupt": `{batch: "B_${{ x }}", run: "R_${{ x }}"}`,
	"restart":   `{batch: "B_${{ x }}", run: "R_${{ x }}"}`,
	"rerun":     `{batch: "B_${{ x }}", run: "R_${{ x }}"}`,
	"sleep":     `1m`,
	"notify":    `{to: ops, text: "${{ x }}"}`,
	"file":      `{path: "/in/${{ x }}.dat"}`,
	"check":     `{name: feed, with: {x: "${{ x }}"}}`,
	"approve":   `{message: "${{ x }}"}`,
}

// Every verb can stand in a foreach, and each of its values is that of its item.
func TestEveryVerbGoesOverAList(t *testing.T) {
	for _, verb := range verbs {
		if eachVerb[verb] == "" {
			t.Errorf("write how %s stands in a foreach", verb)
			continue
		}
		p := mustParse(t, fmt.Sprintf("version: 1\nname: n\nsteps:\n  - id: s\n    timeout: 1h\n    foreach: [ONE, TWO]\n    as: x\n    %s: %s\n", verb, eachVerb[verb]))
		r, err := bind(t, p)
		if err != nil {
			t.Fatal(err)
		}
		s := r.Step("s[TWO]")
		var got string
		switch v := s.Do.(type) {
		case *Trigger:
			o, err := r.Order(s, fact.View{})
			got = fmt.Sprint(o, err)
			if got != "{group G_TWO  [] [] [{M [{$B$ TWO []} {$A$ TWO []}] [{T [{p TWO []}]}]}] [M] [] []} <nil>" {
				t.Errorf("%s: %s", verb, got)
			}
		case *OnRun:
			ref, err := r.Ref(s, fact.View{})
			if err != nil || ref.Code != "B_TWO" || ref.RunID != "R_TWO" {
				t.Errorf("%s: %v, %v", verb, ref, err)
			}
			if tasks, err := r.Tasks(s, fact.View{}); v.Op == OpStatus && (err != nil || !cmp.Equal(tasks, []string{"T_TWO"})) {
				t.Errorf("%s: %v, %v", verb, tasks, err)
			}
		}
	}
}

const loopsPlan = `
version: 1
name: n
params:
  regions: {type: list, default: [EMEA, APAC]}
  segments: {type: list, required: false}
  pin: {sensitive: true, required: false}
steps:
  - id: load
    trigger: {batch: LOAD}
  - id: score
    foreach: ${{ params.regions }}
    as: region
    if: region != "UK" && params.pin_free != ""
    max_parallel: 3
    trigger: {batch: "S_${{ region }}"}
  - id: product
    needs: load
    foreach: {r: "${{ params.regions }}", s: "${{ params.segments }}"}
    trigger: {batch: "P_${{ r }}_${{ s }}"}
  - id: again
    foreach: ${{ params.regions }}
    as: r
    if: failed() && steps.score.item.outcome == "failed"
    restart: score
  - id: publish
    needs: [score, product]
    if: steps.score.items["EMEA"].attempts > 1
    trigger: {batch: PUBLISH}
finally:
  - id: last
    trigger: {batch: LAST}
`

func loops(t *testing.T) *Plan {
	return mustParse(t, strings.ReplaceAll(strings.ReplaceAll(loopsPlan, ` && params.pin_free != ""`, ""), "\n  pin: {sensitive: true, required: false}", ""))
}

// A run has a step for the whole and one for each item; whoever names a step finds it.
func TestThePlanOfARun(t *testing.T) {
	p := loops(t)
	r, err := bind(t, p, "regions=EMEA,APAC", "segments=RETAIL,SME")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, s := range r.Steps {
		if s.Index != i {
			t.Errorf("step %s stands at %d and says %d", s.ID, i, s.Index)
		}
		var needs, healers []string
		for _, n := range s.Needs {
			needs = append(needs, r.Steps[n].ID)
		}
		for _, h := range s.Healers {
			healers = append(healers, r.Steps[h].ID)
		}
		got = append(got, fmt.Sprintf("%s chain %s needs %v healers %v", s.ID, r.Steps[s.Chain].ID, needs, healers))
	}
	want := []string{
		"load chain load needs [] healers []",
		"score chain score needs [] healers [again]",
		"score[EMEA] chain score[EMEA] needs [] healers [again[EMEA]]",
		"score[APAC] chain score[APAC] needs [] healers [again[APAC]]",
		"product chain product needs [load] healers []",
		"product[EMEA/RETAIL] chain product[EMEA/RETAIL] needs [] healers []",
		"product[EMEA/SME] chain product[EMEA/SME] needs [] healers []",
		"product[APAC/RETAIL] chain product[APAC/RETAIL] needs [] healers []",
		"product[APAC/SME] chain product[APAC/SME] needs [] healers []",
		"again chain score needs [] healers [again]",
		"again[EMEA] chain score[EMEA] needs [] healers [again[EMEA]]",
		"again[APAC] chain score[APAC] needs [] healers [again[APAC]]",
		"publish chain publish needs [score product] healers []",
		"last chain last needs [] healers []",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.FinallyAt != 13 || r.Written() != p || p.Written() != p || len(p.Steps) != 6 {
		t.Errorf("finally at %d of %d, and the plan as it is written has %d steps", r.FinallyAt, len(r.Steps), len(p.Steps))
	}
	again, err := r.Plan.Resolve(Inputs{Now: night, RunID: "run-1", Target: "prod"})
	if err != nil || len(again.Steps) != 10 {
		t.Errorf("the plan of a run is bound anew as it is written: %d steps, %v", len(again.Steps), err)
	}
}

// What is wrong with tonight's lists is told at their places, and once for all items.
func TestListsOfTonight(t *testing.T) {
	for given, want := range map[string]string{
		"regions=EMEA,EMEA":   `plan.yaml:11:14: "foreach" of step "score" has item "EMEA" twice`,
		"regions=EMEA,a b":    `"foreach" of step "score": "a b" cannot be an item: letters, digits, _, . and -, 60 at most, since it stands in the step's id`,
		"regions=EMEA,A-B,C-": `item A-B of "score": "S_${{ region }}": "S_A-B" is not a code`,
	} {
		_, err := bind(t, loops(t), given, "segments=X")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", given, err)
		}
	}
	r, err := bind(t, loops(t), "regions=", "segments=X")
	if err != nil || !r.Idle(r.Step("score")) || !r.Idle(r.Step("again")) || r.Idle(r.Step("publish")) {
		t.Errorf("empty lists: %v", err)
	}
	r, err = bind(t, loops(t), "regions=UK", "segments=X")
	if err != nil || !r.Idle(r.Step("score")) || !r.Idle(r.Step("score[UK]")) || r.Idle(r.Step("product")) {
		t.Errorf("a list of which no item runs: %v", err)
	}
}

// A part may be one item of a list, and a whole.
func TestAPartOfALoop(t *testing.T) {
	p := loops(t)
	for _, test := range []struct {
		part Part
		want string
	}{
		{Part{Only: []string{"score[APAC]", "load"}}, "[score[EMEA] product again publish]"},
		{Part{Only: []string{"score"}}, "[load product again publish]"},
		{Part{Skip: []string{"score[EMEA]", "score[APAC]"}}, "[score]"},
		{Part{Skip: []string{"product"}}, "[product]"},
		{Part{From: "score[EMEA]"}, "[load score[APAC] product]"},
		{Part{From: "score"}, "[load product]"},
		{Part{Skip: []string{"score[UK]"}}, `has no step "score[UK]" to run or to leave out`},
		{Part{Skip: []string{"load[UK]"}}, `has no step "load[UK]" to run or to leave out`},
	} {
		in := Inputs{Now: night, RunID: "run-1", Target: "prod", Part: test.part, Given: []Given{{Name: "segments", Value: "X"}}}
		r, err := p.Resolve(in)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(r.Skip)
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%+v: %s, want %s", test.part, got, test.want)
		}
	}
}

// An expression of a step reads its own item, the same item of another step, and one that is named; an item that is not in the
// list of tonight has no value.
func TestExpressionsOfItems(t *testing.T) {
	r, err := bind(t, loops(t), "regions=APAC,UK", "segments=X")
	if err != nil {
		t.Fatal(err)
	}
	asked := ""
	view := fact.View{AnyFailed: true, Step: func(i int) fact.Step {
		asked = r.Steps[i].ID
		return fact.Step{Outcome: fact.Failed}
	}}
	if e, err := r.Holds(r.Step("again[UK]").If, view); err != nil || !e.Holds || asked != "score[UK]" {
		t.Errorf("%v, %v, asked %s", e, err, asked)
	}
	_, err = r.Holds(r.Step("publish").If, view)
	if want := `evaluate "steps.score.items[\"EMEA\"].attempts > 1": steps.score.items["EMEA"] has no value`; err == nil || !strings.Contains(err.Error(), "the list of this run has no such item") {
		t.Errorf("%v, want %s", err, want)
	}
}
