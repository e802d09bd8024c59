package plan

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/secret"
	"ofsplan/plan/fact"
)

const sealedPlan = `
version: 1
name: n
params:
  pin: {sensitive: true, pattern: "[^!]+"}
  spare: {sensitive: true, required: false, enum: [spare-one, spare-two]}
  region: {default: EMEA}
misdate: 2026-11-20
steps:
  - id: load
    trigger:
      batch: "LOAD_${{ params.region }}"
      params:
        $PIN$: "${{ params.pin }}"
        $BOTH$: "${{ params.region }}/${{ upper(params.pin) }} on $FICMISDATE$"
        $SPARE$: "${{ params.spare }}"
      tasks: {T1: {pin: "<${{ params.pin + run.id }}>", open: x}}
  - id: group
    trigger:
      group: G
      params: {$PIN$: "${{ params.pin }}"}
      members: {M1: {}, M2: {params: {$AFTER$: "${{ params.pin }}${{ steps.load.batch_run_id }}"}}}
  - id: plain
    trigger: {batch: PLAIN}
`

func sealed(name, text, from string) Given {
	return Given{Name: name, From: from, Sealed: Sealed{Secret: secret.New(text)}}
}

// revealed is an order with what is sent for each of its pairs.
func revealed(t *testing.T, r *Resolved, o fact.Order) map[string]string {
	t.Helper()
	all := map[string]string{}
	add := func(where string, params []fact.Pair) {
		for _, p := range params {
			text, err := r.Reveal(p)
			if err != nil {
				t.Errorf("%s %s: %v", where, p.Name, err)
			}
			all[where+p.Name] = text
		}
	}
	add("", o.Params)
	for _, task := range o.Tasks {
		add(task.Task+".", task.Params)
	}
	for _, m := range o.Members {
		add(m.Code+".", m.Params)
	}
	return all
}

func TestASecretIsPutInWhereTheRequestIsMade(t *testing.T) {
	p := mustParse(t, sealedPlan)
	r, err := bind(t, p)
	if err != nil {
		t.Fatal(err)
	}
	view := fact.View{Step: func(int) fact.Step { return fact.Step{Run: fact.BatchRun{ID: "R1"}} }}
	if err := r.Unseal([]Given{sealed("pin", "hunter2 $FICMISDATE$", "environment"), sealed("pin", "weaker", "environment"), {Name: "region", Value: "x"}}); err != nil {
		t.Fatal(err)
	}
	load, err := r.Order(r.Step("load"), view)
	if err != nil {
		t.Fatal(err)
	}
	group, err := r.Order(r.Step("group"), view)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"$FICMISDATE$": "2026-11-20", "$PIN$": "hunter2 $FICMISDATE$", "$BOTH$": "EMEA/HUNTER2 $FICMISDATE$ on 2026-11-20", "$SPARE$": "",
		"T1.pin": "<hunter2 $FICMISDATE$" + r.RunID + ">", "T1.open": "x",
	}
	if diff := cmp.Diff(want, revealed(t, r, load)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = map[string]string{
		"M1.$FICMISDATE$": "2026-11-20", "M1.$PIN$": "hunter2 $FICMISDATE$", "M2.$FICMISDATE$": "2026-11-20", "M2.$PIN$": "hunter2 $FICMISDATE$",
		"M2.$AFTER$": "hunter2 $FICMISDATE$R1",
	}
	if diff := cmp.Diff(want, revealed(t, r, group)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	data, err := json.Marshal([]any{load, group, r.Values})
	printed := fmt.Sprintf("%+v %#v %v %s", load, group, r.Values, data)
	if err != nil || strings.Contains(strings.ToLower(printed), "hunter") || !strings.Contains(string(data), `"EMEA/[redacted] on 2026-11-20"`) {
		t.Errorf("%v: %s", err, printed)
	}
	for id, want := range map[string]bool{"load": true, "group": true, "plain": false} {
		o, err := r.Order(r.Step(id), view)
		if err != nil || o.Sensitive() != want || r.Step(id).Sensitive() != want {
			t.Errorf("%s: order %v, step %v, want %v", id, o.Sensitive(), r.Step(id).Sensitive(), want)
		}
	}
	found := map[string]bool{}
	for _, v := range r.Secrets() {
		found[v.Reveal()] = true
	}
	for _, want := range []string{"hunter2 $FICMISDATE$", "HUNTER2 $FICMISDATE$", "hunter2 $FICMISDATE$" + r.RunID} {
		if !found[want] {
			t.Errorf("%q is not among the secrets", want)
		}
	}
}

// A run that was not given its secrets decides the same, and sends nothing.
func TestAWithheldSecretChangesNothingButTheRequest(t *testing.T) {
	r, err := bind(t, mustParse(t, sealedPlan))
	if err != nil {
		t.Fatal(err)
	}
	o, err := r.Order(r.Step("load"), fact.View{})
	if err != nil {
		t.Fatal(err)
	}
	if o.Params[1].Value != "[redacted]" || !o.Sensitive() {
		t.Errorf("got %+v", o.Params)
	}
	if text, err := r.Reveal(o.Params[1]); err == nil {
		t.Errorf("%q is sent for a secret nobody gave", text)
	}
	if text, err := r.Reveal(o.Params[0]); err != nil || text != "2026-11-20" {
		t.Errorf("%q, %v", text, err)
	}
	preview, err := r.Preview(r.Step("group"), nil)
	if err != nil || preview.Members[1].Params[2].Value != "[redacted]${{ steps.load.batch_run_id }}" {
		t.Errorf("%+v, %v", preview.Members, err)
	}
	if v := r.Values[0]; v.Text != "" || !v.Sensitive || v.From != "stand-in" {
		t.Errorf("got %+v", v)
	}
}

// A secret of the shortest length there is is taken, and the run knows where each came from, the first included.
func TestTheShortestSecretIsTaken(t *testing.T) {
	r, err := bind(t, mustParse(t, sealedPlan))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Unseal([]Given{sealed("pin", "hu22", "terminal"), sealed("spare", "spare-one", "params file")}); err != nil {
		t.Fatal(err)
	}
	if got := r.Secret("pin").Reveal(); got != "hu22" {
		t.Errorf("got %q", got)
	}
	if r.Values[0].From != "terminal" || r.Values[1].From != "params file" {
		t.Errorf("got %+v", r.Values)
	}
}

func TestMessagesTellNothingOfASecret(t *testing.T) {
	for _, c := range []struct {
		name  string
		given []Given
		want  string
	}{
		{"missing", nil, `parameter "pin" must be given: it is sensitive`},
		{"empty", []Given{sealed("pin", "", "environment")}, `parameter "pin" must be given`},
		{"pattern", []Given{sealed("pin", "hunter!", "environment")}, `parameter "pin", from the environment: it does not match the pattern [^!]+; it is not shown`},
		{"enum", []Given{sealed("pin", "hunter2", "x"), sealed("spare", "hunter3", "params file")}, `parameter "spare", from the params file: it is none of the values under "enum"`},
		{"short", []Given{sealed("pin", "hu2", "environment")}, "fewer than 4 bytes"},
		{"no text", []Given{sealed("pin", "hunter\xff", "environment")}, "not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mustParse(t, sealedPlan)
			r, err := bind(t, p)
			if err != nil {
				t.Fatal(err)
			}
			err = r.Unseal(c.given)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hu") {
				t.Errorf("got %v", err)
			}
			if c.given != nil && c.name != "empty" {
				if _, err := p.Resolve(Inputs{Given: c.given, Now: night}); err == nil || strings.Contains(err.Error(), "hu") {
					t.Errorf("Resolve: %v", err)
				}
			}
		})
	}
}

func TestASealedExpressionThatFailsTellsNothing(t *testing.T) {
	for expr, want := range map[string]string{
		"int(params.pin)":                     "cannot be filled in with what was given",
		`split(params.pin, "-")[5]`:           "cannot be filled in with what was given",
		`params.pin == "hunter2" ? "y" : "n"`: "fewer than 4 bytes",
	} {
		p := mustParse(t, strings.Replace(sealedPlan, "params.pin + run.id", strings.ReplaceAll(expr, `"`, `\"`), 1))
		r, err := bind(t, p)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Unseal([]Given{sealed("pin", "hunter2", "environment")}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", expr, err)
		}
		if _, err := r.Reveal(fact.Pair{Pieces: []fact.Piece{{Sealed: 1}}}); err == nil {
			t.Errorf("%s: the run is unsealed all the same", expr)
		}
	}
}

func TestASensitiveParameterIsNotTakenAsPlainText(t *testing.T) {
	p := mustParse(t, sealedPlan)
	for _, g := range []Given{{Name: "pin", Value: "hunter2", From: "test"}, {Name: "pin", Items: []string{"hunter2"}, From: "test"}} {
		if _, err := p.Resolve(Inputs{Given: []Given{g}, Now: night}); err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "OFSPLAN_PARAM_PIN") {
			t.Errorf("got %v", err)
		}
	}
	if g, err := p.Environ([]string{"OFSPLAN_PARAM_PIN=hunter2"}); err != nil || g[0].Value != "" || g[0].Secret.Reveal() != "hunter2" {
		t.Error("a variable with a secret is not held as one")
	}
}

func TestAParamsFileWithSecrets(t *testing.T) {
	p := mustParse(t, sealedPlan)
	all, err := p.ParamsFile("night.yaml", []byte("pin: hunter2\nspare: {command: [vault, read]}\nregion: APAC\n"))
	if err != nil || len(all) != 3 || all[0].Secret.Reveal() != "hunter2" || all[0].Value != "" || all[2].Value != "APAC" {
		t.Fatalf("%+v, %v", all, err)
	}
	if ref := all[1].Ref; ref == nil || fmt.Sprint(ref.Command) != "[vault read]" {
		t.Errorf("got %+v", ref)
	}
	for _, text := range []string{
		"pin: *hunter2", "pin: !hunter2", "pin: &hunter2", "pin: %hunter2", "pin: @hunter2", "pin: hunter2: x", "pin: 'hunter2", "pin: {hunter2}", "pin: [hunter2]",
		"pin: {hunter2: x}", "pin: {file: [hunter2]}", "pin: {file: a, hunter2: b}", "pin:", "hunter2", "pin: |hunter2", "pin: \"\\hunter2\"",
		"pin: hunter2\npin: hunter2", "pin: hunter2 # x\n---\npin: hunter2", "pin: ${{ hunter2",
	} {
		all, err := p.ParamsFile("night.yaml", []byte(text))
		if err == nil {
			if len(all) != 1 || all[0].Secret.Empty() {
				t.Errorf("%s: %+v", text, all)
			}
			continue
		}
		if strings.Contains(err.Error(), "hunter") || !strings.HasPrefix(err.Error(), "night.yaml:") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
