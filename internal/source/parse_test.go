package source

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// problems parses a text and returns what is wrong with it, as a user reads it.
func problems(text string) string {
	_, errs := Parse("p.yaml", []byte(text))
	if err := errs.Err(); err != nil {
		return err.Error()
	}
	return ""
}

func TestParseRefusesWhatYAMLLetsThrough(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"duplicate key", "a: 1\nb: 2\na: 3\n",
			"p.yaml:3:1: duplicate key \"a\"\n\tit is first written at p.yaml:1:1; keep one of them"},
		{"second document", "a: 1\n---\nb: 2\n",
			"p.yaml:2:1: a second document begins here\n\ta file holds one: remove the --- line, or split the file"},
		{"text behind the end", "a: 1\n...\nb: 2\n",
			"p.yaml:3:1: something stands behind the end of the document\n\ta file holds one: remove the ... line"},
		{"a condition taken for a tag", "if: !failed()\n",
			"p.yaml:1:5: YAML takes \"!failed()\" for a tag, and tags are not allowed\n\tquote the value: \"!failed()\""},
		{"a condition with a blank", "if: ! failed()\n",
			"p.yaml:1:5: YAML takes \"!\" for a tag, and tags are not allowed\n\tquote the value: \"! failed()\""},
		{"standard tag", "a: !!str 12\n",
			"p.yaml:1:4: YAML takes \"!!str\" for a tag, and tags are not allowed\n\tleave it out: a value is read as its key wants it"},
		{"not UTF-8", "a: é\nb: \xff\n", "p.yaml:2:4: the file is not UTF-8 from here on\n\tsave it as UTF-8"},
		{"escape character", "a: é\x1b[1m\n", "p.yaml:1:5: character U+001B is not allowed: it cannot be seen\n\tremove it"},
		{"escape character, escaped", "a: \"x\\e[1m\"\n", "p.yaml:1:6: character U+001B is not allowed: it cannot be seen\n\tremove it"},
		{"bidirectional override", "a: x\u202ey\n",
			"p.yaml:1:5: character U+202E is not allowed: it changes the direction of the text around it\n\tremove it: what is shown would not be what is run"},
		{"line end no editor shows", "a: x\u2028b\n", "p.yaml:1:5: character U+2028 is not allowed: it cannot be seen\n\tremove it"},
		{"lone carriage return", "a: 1\rb\n", "p.yaml:1:5: a carriage return without a line feed is not allowed\n\tend lines with a line feed"},
		{"empty", "# nothing\n", "p.yaml:1:1: the file is empty"},
		{"a key that is a mapping", "a: {{ x }}\n",
			"p.yaml:1:5: a key must be plain text, not a list or a mapping\n\tan expression in a value is written \"${{ … }}\", in quotes; keys are always literal"},
		{"an alias inside its anchor", "a: &a [*a]\n", "p.yaml:1:8: alias *a stands inside its own anchor"},
		{"merging a text", "<<: x\n", "p.yaml:1:5: only mappings can be merged with <<"},
		{"two merges", "x_a: &a {b: 1}\nc:\n  <<: *a\n  <<: *a\n",
			"p.yaml:4:3: duplicate key \"<<\"\n\tit is first written at p.yaml:3:3; keep one of them"},
		{"all at once, in file order", "a: !x 1\nb: \a\na: 2\n---\n",
			"p.yaml:1:4: YAML takes \"!x\" for a tag, and tags are not allowed\n\tquote the value: \"!x 1\"\n" +
				"p.yaml:2:4: character U+0007 is not allowed: it cannot be seen\n\tremove it\n" +
				"p.yaml:3:1: duplicate key \"a\"\n\tit is first written at p.yaml:1:1; keep one of them\n" +
				"p.yaml:4:1: a second document begins here\n\ta file holds one: remove the --- line, or split the file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := problems(c.text); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestSyntaxErrorsHaveTheirTruePlace(t *testing.T) {
	const quoteColon = `quote the value: it holds ": "`
	for _, c := range []struct{ name, text, place, hint string }{
		{"colon in a value", "a: 1\nif: x then: y\n", "2:11", quoteColon},
		{"question mark in a flow mapping", "a: 1\nb: {if: a ? b : c}\n", "2:11", `quote a value that holds ": ", a comma, a ? or a bracket`},
		{"expression in a flow mapping", "a: {$R$: ${{ params.region }}}\n", "1:11", `inside { } and [ ] quote an expression: "${{ … }}"`},
		{"wrong indentation", "steps:\n  - id: a\n   trigger: x\n", "3:4", "check the indentation: this line begins in column 4, and what stands above it in column 1, 3 or 5"},
		{"key under a list", "a:\n  - b: c\n  d: e\n", "3:3", "check the indentation: what belongs together begins in the same column"},
		{"comment and blank before it", "a: 1\n\n# x\n  - b\n", "4:3", "check the indentation: this line begins in column 3, and what stands above it in column 1"},
		{"text behind a quote", "a: 1\nb: \"x\" y\n", "2:8", "something stands behind a closing quote: quote all of the value"},
		{"apostrophe", "a: 'don't do'\nb: 1\n", "1:9", "something stands behind a closing quote: quote all of the value"},
		{"unclosed quote", "x: 1\na: \"never\nb: 2\n", "2:4", "close it"},
		{"unclosed quote on the first line", "a: 'x\n\nb: 1\n", "1:4", "close it"},
		{"unclosed brace", "x: 1\na: {b: c\nd: e\n", "3:3", "perhaps a { or [ on line 2 is not closed"},
		{"a value that begins with !", "if: !failed() && x\n", "1:15", `quote the value: it begins with "!"`},
		{"a value that begins with @", "a: @x\n", "1:4", `quote the value: it begins with "@"`},
		{"tab", "a: 1\n\tb: 2\n", "2:1", "indent with blanks, not with tabs"},
		{"escape", "a: \"\\q\"\n", "1:5", `in double quotes \ is special: write \\, or use single quotes`},
		{"unknown anchor", "a: 1\nb: *nope\nc: 2\n", "2:4", "define it with &name before it is used, or quote a value that begins with *"},
		{"key without a colon", "a: 1\nb\nc: 2\n", "2:1", `a key is followed by ": " and its value`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, errs := Parse("p.yaml", []byte(c.text))
			if len(errs) != 1 {
				t.Fatalf("got %d problems, want 1:\n%v", len(errs), errs.Err())
			}
			if got := errs[0].Pos.String(); got != "p.yaml:"+c.place || errs[0].Hint != c.hint {
				t.Errorf("got %v\nwant place %s, hint %s", errs[0], c.place, c.hint)
			}
		})
	}
}

func TestScalarsAreTheTextAsWritten(t *testing.T) {
	root, errs := Parse("p.yaml", []byte("a: 0123\nb: 2026-11-20\nc: no\nd: 1_000\ne: 'null'\nf: ~\ng:\nh: 0x1F\ni: 1e3\nj: yes # really\n"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for key, want := range map[string]string{
		"a": "0123", "b": "2026-11-20", "c": "no", "d": "1_000", "e": "null", "h": "0x1F", "i": "1e3", "j": "yes",
	} {
		if n := root.Get(key); !n.Is(Scalar) || n.Value != want {
			t.Errorf("%s: got %+v, want %q", key, n, want)
		}
	}
	for _, key := range []string{"f", "g"} {
		if !root.Get(key).Is(Null) {
			t.Errorf("%s: got %v, want nothing", key, root.Get(key).Kind)
		}
	}
}

func TestAliasesAndMerges(t *testing.T) {
	const text = `x_base: &base {poll: 30s, timeout: 1h}
x_more: &more {timeout: 2h, expect: 5m}
step:
  <<: [*more, *base]
  poll: 1m
copy: *base
`
	root, errs := Parse("p.yaml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var got []string
	for _, f := range root.Get("step").Fields {
		got = append(got, fmt.Sprintf("%s=%s@%s", f.Key, f.Value.Value, f.KeyPos))
	}
	want := "poll=1m@p.yaml:5:3 timeout=2h@p.yaml:2:16 expect=5m@p.yaml:2:29"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if root.Get("copy") != root.Get("x_base") {
		t.Error("an alias is not its anchor's node")
	}
}

func TestBoundsHold(t *testing.T) {
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 60; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1, i-1, i-1)
	}
	var merges strings.Builder
	merges.WriteString("m: &m {")
	for i := range 5000 {
		fmt.Fprintf(&merges, "k%d: x,", i)
	}
	merges.WriteString("}\nl:\n" + strings.Repeat("  - <<: *m\n", 5000))
	var nested strings.Builder
	nested.WriteString("n1: &n1 [x]\n")
	for i := 2; i < 70; i++ {
		fmt.Fprintf(&nested, "n%d: &n%d [*n%d]\n", i, i, i-1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"aliases", bomb, "aliases make this file too large"},
		{"merges", merges.String(), "aliases make this file too large"},
		{"nesting in flow", "a: " + strings.Repeat("[", 65) + strings.Repeat("]", 65), "more than 64 levels of nesting"},
		{"nesting by anchors", nested.String(), "more than 64 levels of nesting"},
		{"nesting without end", strings.Repeat("[", 1<<16), "more levels of nesting than any file needs"},
		{"size", strings.Repeat("#", maxBytes+1), "the file is larger than 16 MiB"},
		{"nothing but control characters", strings.Repeat("\x01", 1<<16), "character U+0001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, errs := Parse("p.yaml", []byte(c.text))
			if len(errs) == 0 || !strings.Contains(errs.Error(), c.want) || len(errs) > 64 {
				t.Errorf("got %d problems, %.300s; want %q", len(errs), errs.Error(), c.want)
			}
		})
	}
	if root, errs := Parse("p.yaml", []byte("a: "+strings.Repeat("[", 62)+"x"+strings.Repeat("]", 62))); root == nil || len(errs) > 0 {
		t.Errorf("63 levels: %v", errs)
	}
}

// Ten times the text must not take much more than ten times as long, whatever its shape.
func TestParsingIsLinear(t *testing.T) {
	shapes := map[string]func(n int) string{
		"one long line":    func(n int) string { return "a: [" + strings.Repeat("b, ", n) + "c]" },
		"anchors":          func(n int) string { return strings.Repeat("- &a x\n- *a\n", n/4) },
		"duplicates":       func(n int) string { return strings.Repeat("a: 1\n", n/4) },
		"comments":         func(n int) string { return strings.Repeat("# c\n", n) + "a: 1\n" },
		"one long text":    func(n int) string { return "a: \"" + strings.Repeat("b ", n) + "\"" },
		"error at the end": func(n int) string { return strings.Repeat("- x\n", n) + "- b: c: d\n" },
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			cost := func(n int) time.Duration {
				start := time.Now()
				Parse("p.yaml", []byte(shape(n)))
				return time.Since(start)
			}
			// A quadratic reader needs 400 times as long for 20 times the text, however often it is asked; what disturbs a
			// machine only ever adds, and goes by.
			small, large := cost(2_000), cost(40_000)
			for tries := 0; large > 120*max(small, 200*time.Microsecond); tries++ {
				if tries == 30 {
					t.Fatalf("20 times the text took %v instead of %v", large, small)
				}
				small, large = min(small, cost(2_000)), min(large, cost(40_000))
			}
		})
	}
}

func BenchmarkParsePlan(b *testing.B) {
	var text strings.Builder
	text.WriteString("version: 1\nsteps:\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "  - id: step_%05d\n    needs: step_%05d\n    trigger: {batch: B_%05d}\n", i, i, i)
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, errs := Parse("p.yaml", data); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
