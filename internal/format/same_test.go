package format

import (
	"strings"
	"testing"

	"ofsplan/internal/source"
)

// What would be written is held against what was read, whatever the writer believes.
func TestSame(t *testing.T) {
	const was = "a: &x 1 # c\nb: [\"d\", e]\nf: |\n  g\nh: *x\n"
	before, errs := source.Tokenize("p.yaml", []byte(was))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, c := range []struct{ name, out, want string }{
		{"only blanks", "a:   &x 1   # c\nb: [ 'd',e ]\nf: |\n     g\nh: *x\n", ""},
		{"another value", strings.Replace(was, "e]", "i]", 1), "p.yaml:2:10"},
		{"quotes around a value", strings.Replace(was, "e]", "'e']", 1), "p.yaml:2:10"},
		{"a key that is called otherwise", strings.Replace(was, "b:", "i:", 1), "p.yaml:2:4"},
		{"a list in lines", strings.Replace(was, `["d", e]`, "\n- \"d\"\n- e", 1), "p.yaml:2:4"},
		{"a text in a line", strings.Replace(was, "|\n  g\n", "g\n", 1), "p.yaml:3:4"},
		{"a comment that is lost", strings.Replace(was, " # c", "", 1), "p.yaml:1:9"},
		{"a comment that says something else", strings.Replace(was, "# c", "# d", 1), "p.yaml:1:9"},
		{"the last comment is lost", strings.TrimSuffix(was, "h: *x\n") + "h: *x\n# more\n", "p.yaml:1:1"},
		{"an alias that is written out", strings.Replace(was, "*x", "1", 1), "p.yaml:5:4"},
		{"an anchor of another name", strings.NewReplacer("&x", "&y", "*x", "*y").Replace(was), "p.yaml:1:4"},
		{"what does not read", was + "a: 1\n", "p.yaml:1:1"},
	} {
		err := same("p.yaml", before, []byte(c.out))
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want+": ")):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	last, _ := source.Tokenize("p.yaml", []byte("a: 1\n# c\n"))
	if err := same("p.yaml", last, []byte("a: 1\n")); err == nil {
		t.Error("the last comment was lost")
	}
}
