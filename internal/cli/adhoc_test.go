package cli

import (
	"strings"
	"testing"
	"unicode/utf8"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// literal is what a value becomes on its way through a plan written for a batch command.
func literal(t *testing.T, value string) (string, error) {
	t.Helper()
	var d adhoc
	d.head("trigger", adhocOptions{})
	d.line(2, "trigger:")
	d.line(3, "batch: A")
	d.pairs(3, "params", []setting{{"K", value}})
	p, err := plan.Parse(adhocFile, d.buf.Bytes())
	if err != nil {
		return "", err
	}
	r, err := p.Resolve(plan.Inputs{})
	if err != nil {
		return "", err
	}
	o, err := r.Order(r.Steps[0], fact.View{})
	if err != nil {
		return "", err
	}
	return o.Params[0].Value, nil
}

func TestWhatIsTypedIsSentLiterally(t *testing.T) {
	for _, value := range []string{
		"", "EMEA", "0123", "no", "null", "2026-11-20", ` "quoted" \ `, "a: b # c", "${{ 1 + 1 }}", "${{", "x}}${{ y", "<&>", "é世界", "'", "~", "!tag", "*alias", "line\nline", "tab\t",
	} {
		if got, err := literal(t, value); err != nil || got != value {
			t.Errorf("%q became %q (%v)", value, got, err)
		}
	}
}

func FuzzWhatIsTypedIsSentLiterally(f *testing.F) {
	f.Add("${{ params.x }}")
	f.Add(`"\u2028`)
	f.Fuzz(func(t *testing.T, value string) {
		if !utf8.ValidString(value) || strings.Contains(value, "$FICMISDATE$") {
			return
		}
		if got, err := literal(t, value); err == nil && got != value {
			t.Errorf("%q became %q", value, got)
		}
	})
}

func TestAMaskStandsForWhatIsNotKnownYet(t *testing.T) {
	m := newMask([]string{"steps.a.code", `steps.a.outcome == "x" ? 1 > 2 : "y"`})
	masked := m.order(fact.Order{
		Object: fact.Group, Code: "A_" + unknownText("steps.a.code"), MISDate: unknownText("steps.a.code"),
		Params: []fact.Pair{{Name: "$FICMISDATE$", Value: unknownText("steps.a.code")}, {Name: "K", Value: "v"}},
		Members: []fact.MemberOrder{{Code: "B", Tasks: []fact.TaskPairs{{Task: "T", Params: []fact.Pair{
			{Name: "K", Value: "1" + unknownText(`steps.a.outcome == "x" ? 1 > 2 : "y"`) + "2"},
		}}}}},
		Held: []string{unknownText("steps.a.code")},
	})
	all := []string{masked.Code, masked.MISDate, masked.Params[0].Value, masked.Members[0].Tasks[0].Params[0].Value, masked.Held[0]}
	for _, text := range all {
		if strings.Contains(text, "known at run time") {
			t.Errorf("%q is not masked", text)
		}
	}
	want := "A_<known at run time: steps.a.code>|<known at run time: steps.a.code>|<known at run time: steps.a.code>|" +
		`1<known at run time: steps.a.outcome == "x" ? 1 > 2 : "y">2|<known at run time: steps.a.code>`
	if got := m.reveal(strings.Join(all, "|")); got != want {
		t.Errorf("revealed\n got %s\nwant %s", got, want)
	}
}
