package expr

import (
	"errors"
	"strings"
	"testing"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// What goes to the scheduler is at most 64 KiB long, whichever way it comes about: one byte more is refused.
func TestTextsHaveABound(t *testing.T) {
	for _, c := range []struct {
		name string
		// make returns the value as the plan has it and the parameters with which it comes to n bytes.
		make func(n int) (value, text string, codes []string)
	}{
		{"a literal", func(n int) (string, string, []string) { return strings.Repeat("x", n), "", nil }},
		{"a literal around an expression", func(n int) (string, string, []string) {
			return "${{ params.text }}" + strings.Repeat("x", n-1), "y", nil
		}},
		{"a parameter", func(n int) (string, string, []string) { return "${{ params.text }}", strings.Repeat("x", n), nil }},
		{"a sum", func(n int) (string, string, []string) {
			return `${{ params.text + "y" }}`, strings.Repeat("x", n-1), nil
		}},
		{"two expressions", func(n int) (string, string, []string) {
			return `${{ params.text }}${{ "y" }}`, strings.Repeat("x", n-1), nil
		}},
		{"an expression and the text behind it", func(n int) (string, string, []string) {
			return `${{ params.text }}y`, strings.Repeat("x", n-1), nil
		}},
		{"a list", func(n int) (string, string, []string) {
			return "${{ params.codes }}", "", []string{strings.Repeat("x", n-2), "y"}
		}},
		{"a list between expressions", func(n int) (string, string, []string) {
			return `${{ "z" }}${{ params.codes }}`, "", []string{strings.Repeat("x", n-3), "y"}
		}},
		{"replace", func(n int) (string, string, []string) {
			return `${{ replace(params.text, "y", "zz") }}`, strings.Repeat("x", n-2) + "y", nil
		}},
		{"join", func(n int) (string, string, []string) {
			return `${{ join(params.codes, ", ") }}`, "", []string{strings.Repeat("x", n-3), "y"}
		}},
		{"join of one", func(n int) (string, string, []string) {
			return `${{ join(params.codes, ", ") }}`, "", []string{strings.Repeat("x", n)}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, n := range []int{maxText, maxText + 1} {
				yaml, text, codes := c.make(n)
				node := &source.Node{Kind: source.Scalar, Value: yaml, Pos: source.Pos{File: "p", Line: 1, Col: 1}}
				v, errs := testScope().Value(node, InStep)
				if len(errs) > 0 {
					t.Fatal(errs)
				}
				f := &Fixed{Params: map[string]any{"text": text, "codes": codes}}
				got, err := f.Text(v, fact.View{})
				switch {
				case n == maxText && (err != nil || len(got) != n):
					t.Errorf("%d bytes: got %d, %.100v", n, len(got), err)
				case n > maxText && !errors.Is(err, errTooLong):
					t.Errorf("%d bytes: got %d, %.100v", n, len(got), err)
				}
			}
		})
	}
}

// A sealed expression has the same bound, and one at its other end: what is too short to be kept out of other texts.
func TestSealedTextsHaveTheirBounds(t *testing.T) {
	sc := testScope()
	sc.Params["pin"] = Param{Kind: Text, Sensitive: true}
	node := &source.Node{Kind: source.Scalar, Value: "a ${{ params.pin }}${{ params.n }}", Pos: source.Pos{File: "p", Line: 1, Col: 1}}
	v, errs := sc.Value(node, InSetting)
	if len(errs) > 0 || !v.Sensitive() || v.Sealed() != 0 || v.Parts()[1].Sealed() != 1 || v.Parts()[0].Sensitive() || v.Parts()[2].Sensitive() {
		t.Fatalf("%v, %+v", errs, v)
	}
	for n, fine := range map[int]bool{0: true, 1: false, secret.MinLength - 1: false, secret.MinLength: true, maxText: true, maxText + 1: false} {
		pin := strings.Repeat("x", n)
		got, err := sc.Sealed()[0].Fill(&Fixed{Params: map[string]any{"pin": pin}})
		if (err == nil) != fine || fine && got != pin {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
	}
	if text, err := (&Fixed{Params: map[string]any{"n": 0}}).Text(v, fact.View{}); text != "a "+secret.Redacted+"0" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

// An expression has at most so many bytes, and so many values and operators.
func TestExpressionsHaveABound(t *testing.T) {
	const around = len(`params.text == ""`)
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"longest":   {`params.text == "` + strings.Repeat("x", 2048-around) + `"`, ""},
		"too long":  {`params.text == "` + strings.Repeat("x", 2049-around) + `"`, "the expression is longer than 2048 bytes"},
		"largest":   {strings.Repeat("!", 499) + "true", ""},
		"too large": {strings.Repeat("!", 500) + "true", "the expression is too large"},
		"doubled":   {strings.Repeat("1 < (", 100) + "1" + strings.Repeat(" < 1) < 1", 100), "the expression is too large"},
	} {
		node := &source.Node{Kind: source.Scalar, Value: c.text, Pos: source.Pos{File: "p", Line: 1, Col: 1}}
		_, errs := testScope().Cond(node, InIf)
		if c.want == "" && len(errs) > 0 || c.want != "" && (len(errs) != 1 || errs[0].Msg != c.want) {
			t.Errorf("%s: %.200v", name, errs)
		}
	}
}

// A number becomes a whole one as long as it fits.
func TestWholeNumbersAreExact(t *testing.T) {
	for rate, want := range map[string]string{
		"9007199254740993": "9007199254740993", "2.9": "2", "-2.9": "-2", "9223372036854775807.5": "9223372036854775807",
		"-9223372036854775808": "-9223372036854775808", "9223372036854775808": "", "-9223372036854775809.9": "",
	} {
		node := &source.Node{Kind: source.Scalar, Value: "${{ int(params.rate) }}", Pos: source.Pos{File: "p", Line: 1, Col: 1}}
		v, errs := testScope().Value(node, InStep)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		got, err := (&Fixed{Params: map[string]any{"rate": number(rate)}}).Text(v, fact.View{})
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%v: got %q, %v", rate, got, err)
		}
	}
}
