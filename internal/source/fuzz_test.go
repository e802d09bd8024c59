package source

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"ofsplan/internal/source/torture"
)

// FuzzParse feeds files of every sort: nothing panics, every problem has a place in the file, and every character of
// every scalar is found again.
func FuzzParse(f *testing.F) {
	plans, _ := filepath.Glob("../../examples/plans/*.yaml")
	for _, name := range plans {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, seed := range []string{
		"a: &x {b: 'c''d', e: \"f\\u00e9 \\\n g\"}\nh: *x\n<<: *x\n", "a: >-\n  x\n\n  y\nb: |2\n   z\n", "if: !failed() # x\n", "a: 1\na: 2\n---\nb\n",
		"\xef\xbb\xbfa: \u202e\x07\r\n", "- - [a, {b: c}]\n- ? d\n  : e\n", "a: {b: c\n", "a: 'b\n", "%TAG ! x\n---\n!a &b c: *b\n",
	} {
		f.Add([]byte(seed))
	}
	for _, c := range torture.Cases(f, "testdata/torture") {
		if len(c.Data) < 4096 {
			f.Add(c.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		root, errs := Parse("f", data)
		if root == nil && len(errs) == 0 {
			t.Fatal("neither a root nor a problem")
		}
		for _, e := range errs {
			if e.Line < 1 || e.Col < 1 || e.Msg == "" {
				t.Errorf("a problem without a place: %+v", e)
			}
		}
		for _, wrong := range torture.Outside("f", errs.Error(), data) {
			t.Errorf("%s\n%v", wrong, errs)
		}
		visits := 0
		walk(root, func(n *Node) {
			if visits++; visits > 10_000 {
				return
			}
			for i := range n.Value {
				if p := n.At(i); p.Line < n.Pos.Line || !utf8.RuneStart(n.Value[i]) {
					t.Errorf("%q: character %d is at %s", n.Value, i, p)
				}
				if i > 200 {
					break
				}
			}
			n.Cut()
		})
	})
}

func walk(n *Node, see func(*Node)) {
	if n == nil {
		return
	}
	see(n)
	for _, item := range n.Items {
		walk(item, see)
	}
	for _, f := range n.Fields {
		walk(f.Value, see)
	}
}

// FuzzUnits reads numbers with units: what is accepted is never negative.
func FuzzUnits(f *testing.F) {
	for _, seed := range []string{"2h30m", "1d", "90", "10KB", "5MiB", "99999999999999d", "1ms"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := Duration(text); d < 0 || err != nil && d != 0 {
			t.Errorf("Duration(%q) = %v, %v", text, d, err)
		}
		if n, err := Size(text); n < 0 || err != nil && n != 0 {
			t.Errorf("Size(%q) = %v, %v", text, n, err)
		}
		if better := Suggest(text, []string{"needs", "if"}); better != "" && text == "" {
			t.Errorf("Suggest(%q) = %q", text, better)
		}
	})
}
