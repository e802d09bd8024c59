package source

import (
	"strings"
	"testing"
)

func TestAtFindsCharactersBehindFoldsQuotesAndEscapes(t *testing.T) {
	for _, c := range []struct{ name, text, find, want string }{
		{"plain", "a: x == yy\n", "yy", "1:9"},
		{"plain, after characters of two bytes", "a: é == yy\n", "yy", "1:9"},
		{"plain over two lines", "a: x ==\n   yy\n", "yy", "2:4"},
		{"anchored", "a: &b x yy\n", "yy", "1:9"},
		{"single quotes", "a: 'it''s yy'\n", "yy", "1:11"},
		{"double quotes", `a: "\u00e9\n\"\t yy"`, "yy", "1:18"},
		{"double quotes over two lines", "a: \"x \\\n  yy\"\n", "yy", "2:3"},
		{"literal block", "a: |\n  x ==\n    yy\n", "yy", "3:5"},
		{"folded block", "a: >-  # why\n  x ==\n\n  yy z\n", "yy", "4:3"},
		{"inside a list", "a: [b, 'c yy']\n", "yy", "1:11"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, errs := Parse("p.yaml", []byte(c.text))
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			n := root.Get("a")
			if n.Kind == Sequence {
				n = n.Items[1]
			}
			if got := n.At(strings.Index(n.Value, c.find)).String(); got != "p.yaml:"+c.want {
				t.Errorf("got %s, want %s in %q", got, c.want, n.Value)
			}
			if end := n.At(len(n.Value)); end.Line < n.Pos.Line {
				t.Errorf("the end is at %s", end)
			}
		})
	}
}

func TestCutSeesTheCommentThatEndsAValue(t *testing.T) {
	root, _ := Parse("p.yaml", []byte("a: ${{ x # y }}\nb: '# no' # yes\nc: plain\nd: x#y\ne: x\n  y # z\n"))
	for key, want := range map[string]bool{"a": true, "b": false, "c": false, "d": false, "e": true} {
		if got := root.Get(key).Cut(); got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
}

func TestWarningsAreSilencedByAComment(t *testing.T) {
	const text = `a: 1 # ofsplan:ignore W001 it is meant so
# ofsplan:ignore W002 on the next line
# which may be after another comment
b: 2
c: 3 # ofsplan:ignore W003
d: "#" # x # ofsplan:ignore W004 both
`
	var all Errors
	for line, id := range []string{"", "W001", "", "", "W002", "W003", "W004"} {
		if id != "" {
			all.Add(Pos{"p.yaml", line, 1}, "warning").ID = id
		}
	}
	all.Add(Pos{"p.yaml", 1, 1}, "another").ID = "W009"
	all.Add(Pos{"q.yaml", 1, 1}, "of another file").ID = "W001"
	all.Add(Pos{"p.yaml", 1, 1}, "an error")
	var left []string
	for _, e := range all.Silence("p.yaml", []byte(text)) {
		left = append(left, e.ID)
	}
	if got := strings.Join(left, " "); got != "W003 W009 W001 " {
		t.Errorf("left are %q: one without a reason, one of another name, one of another file, and an error", got)
	}
}
