package plan

import (
	"strings"
	"testing"

	"ofsplan/internal/secret"
)

// What comes from outside is held to what a plan's own text is held to.
func TestWhatIsGivenIsText(t *testing.T) {
	const text = "version: 1\nname: n\nparams: {s: {default: a}, l: {type: list, required: false}, pin: {sensitive: true, required: false}}\n" +
		"steps: [{id: a, sleep: 1m}]\n"
	for given, want := range map[string]string{
		"M\xfcller": "it is not UTF-8", "a\x1b[31mred": "U+001B", "a\u202eb": "direction", "a\u2066": "direction", "\ufeffa": "U+FEFF",
		"EMEA\r": "a carriage return", "a\x00b": "U+0000", "a\u0085": "U+0085",
		"Müller": "", "two\nlines\r\nand\ta tab": "", " blanks ": "", "cafe\u0301": "",
	} {
		p := mustParse(t, text)
		for _, g := range []Given{{Name: "s", Value: given}, {Name: "l", Items: []string{"b", given}}, {Name: "l", Value: "b," + given}} {
			g.From = "command line"
			_, err := p.Resolve(Inputs{Given: []Given{g}, Now: night})
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s = %q: got %v, want %q", g.Name, given, err, want)
			}
			pinned, err := ParsePinned("plan.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := pinned.Resolve(Inputs{Given: []Given{g}, Now: night}); err != nil {
				t.Errorf("%s = %q of a log: %v", g.Name, given, err)
			}
		}
		r, err := p.Resolve(Inputs{Now: night})
		if err != nil {
			t.Fatal(err)
		}
		err = r.Unseal([]Given{{Name: "pin", From: "environment", Sealed: Sealed{Secret: secret.New("padding" + given)}}})
		if (err == nil) != (want == "") || err != nil && strings.Contains(err.Error(), given) {
			t.Errorf("a secret %q: got %v", given, err)
		}
	}
}

// A text that makes a key has one spelling.
func TestKeysHaveOneSpelling(t *testing.T) {
	p := mustParse(t, "version: 1\nname: n\nparams: {s: {default: a}}\nonce: ${{ params.s }}\nsteps: [{id: a, sleep: 1m}]\n")
	for given, want := range map[string]string{
		"a": "", "a b": "", "café": "", "a ": "blank", " a": "blank", "\u00a0a": "cannot be read", "a\t": "cannot be read", "cafe\u0301": "normal form", "\u212b": "normal form",
	} {
		_, err := bind(t, p, "s="+given)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("once %q: got %v, want %q", given, err, want)
		}
	}
	for _, text := range []string{"name: \"n \"\n", "name: cafe\u0301\n", "name: n\nonce: \"cafe\u0301 x\"\n", "name: n\nonce: ' x'\n"} {
		text = "version: 1\n" + text + "steps: [{id: a, sleep: 1m}]\n"
		if _, err := Parse("plan.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "it makes a key") {
			t.Errorf("%q: got %v", text, err)
		}
		if _, err := ParsePinned("plan.yaml", []byte(text)); err != nil {
			t.Errorf("%q of a log: got %v", text, err)
		}
	}
}

func TestTwoVariablesForOneParameter(t *testing.T) {
	p := mustParse(t, "version: 1\nname: n\nparams: {s: {default: a}, pin: {sensitive: true}}\nsteps: [{id: a, sleep: 1m}]\n")
	for _, environ := range [][]string{
		{"OFSPLAN_PARAM_S=up", "OFSPLAN_PARAM_s=low"}, {"OFSPLAN_PARAM_s=low", "X=", "OFSPLAN_PARAM_S=up"}, {"OFSPLAN_PARAM_Pin=hunter2", "OFSPLAN_PARAM_PIN=hunter2"},
	} {
		if all, err := p.Environ(environ); err == nil || !strings.Contains(err.Error(), "is given twice by the environment") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, %v", environ, all, err)
		}
	}
	if all, err := p.Environ([]string{"OFSPLAN_PARAM_s=low", "OFSPLAN_PARAM_PIN=hunter2"}); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
}
