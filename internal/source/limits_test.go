package source

import (
	"fmt"
	"strings"
	"testing"
)

// A limit is reached and not passed: what is exactly as large is taken, and what is one more is not.
func TestLimitsAtTheirEdges(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat("[", depth) + "x" + strings.Repeat("]", depth) }
	for _, test := range []struct {
		name string
		text func(more int) string
		want string
		slow bool
	}{
		{name: "bytes", slow: true, want: "the file is larger than 16 MiB", text: func(more int) string {
			line := "#" + strings.Repeat("-", 62) + "\n"
			return strings.Repeat(line, maxBytes/len(line)-1) + "a: 1\n" + strings.Repeat("#", len(line)-5+more)
		}},
		{name: "nesting", want: "more than 64 levels of nesting", text: func(more int) string { return nested(maxNesting + more) }},
		{name: "nesting by an alias", want: "more than 64 levels of nesting", text: func(more int) string {
			inner := 20
			outer := maxNesting - 2 - inner + more // the mapping is a level, and of what an alias stands for so is the text inside
			return "a: &a " + nested(inner) + "\nb: " + strings.Repeat("[", outer) + "*a" + strings.Repeat("]", outer) + "\n"
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.slow && testing.Short() {
				t.Skip("takes seconds")
			}
			if _, errs := Parse("p.yaml", []byte(test.text(0))); errs.Err() != nil {
				t.Errorf("as much as may be: %v", errs.Err())
			}
			if _, errs := Parse("p.yaml", []byte(test.text(1))); errs.Err() == nil || !strings.Contains(errs.Err().Error(), test.want) {
				t.Errorf("one more: got %v, want %s", errs.Err(), test.want)
			}
		})
	}
}

// Of characters that nobody can see, so many are reported one by one.
func TestUnwantedCharactersAreCounted(t *testing.T) {
	for _, n := range []int{1, maxCharacters, maxCharacters + 1, 1000} {
		_, errs := Parse("p.yaml", []byte("a: "+strings.Repeat("\x01", n)+"\n"))
		if got := strings.Count(fmt.Sprint(errs.Err()), "U+0001"); got != min(n, maxCharacters) {
			t.Errorf("of %d characters %d are reported:\n%v", n, got, errs.Err())
		}
	}
}

func TestShortCutsAfterSixtyCharacters(t *testing.T) {
	sixty := strings.Repeat("é", 60)
	for text, want := range map[string]string{"": "", sixty: sixty, sixty + "é": sixty + "…", "one\ntwo": "one…", "one\n": "one"} {
		if got := Short(text); got != want {
			t.Errorf("Short(%q) = %q, want %q", text, got, want)
		}
	}
}
