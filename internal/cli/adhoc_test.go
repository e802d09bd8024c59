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
