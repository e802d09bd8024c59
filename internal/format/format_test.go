package format

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ofsplan/internal/source"
	"ofsplan/internal/source/torture"
)

// rewrite puts what comes out into the files: go test ./internal/format -rewrite.
var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

func TestFile(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, want, found := strings.Cut(string(text), "----\n")
			if !found {
				t.Fatal("no line of dashes")
			}
			got := held(t, []byte(in))
			if *rewrite {
				if err := os.WriteFile(file, []byte(in+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("it becomes\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestEndsOfLines(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"every line ends as on Windows", "a:   1\r\nb: |\r\n   text\r\n\r\n\r\nc: 2 \r\n", "a: 1\r\nb: |\r\n  text\r\n\r\nc: 2\r\n"},
		{"some do", "a:   1\r\nb: 2\n", "a: 1\nb: 2\n"},
		{"none at the end", "a: 1", "a: 1\n"},
		{"several at the end", "a: 1\n\n \n", "a: 1\n"},
		{"none at the end of a block scalar", "a:   |\n   b", "a: |\n  b"},
		{"none behind one that is stripped", "a:   |-\n   b", "a: |-\n  b"},
		{"a byte order mark", "\uFEFFa:   1\n", "a: 1\n"},
		{"a long line", "a:   " + strings.Repeat("word ", 1000) + "\n", "a: " + strings.Repeat("word ", 999) + "word\n"},
		{"only a comment behind a block scalar", "a: |\n    b\n  # c", "a: |\n  b\n# c\n"},
	} {
		if got := held(t, []byte(c.in)); got != c.want {
			t.Errorf("%s: %q becomes\n%q, want\n%q", c.name, c.in, got, c.want)
		}
	}
}

// held is a file laid out, or the error, and holds it to what all that is laid out is held to.
func held(t *testing.T, data []byte) string {
	t.Helper()
	out, err := File("p.yaml", data)
	if err != nil {
		return err.Error() + "\n"
	}
	again, err := File("p.yaml", out)
	if err != nil {
		t.Fatalf("what was laid out cannot be laid out again: %v\n%q\n%q", err, data, out)
	}
	if !bytes.Equal(again, out) {
		t.Fatalf("laid out twice,\n%q becomes\n%q and then\n%q", data, out, again)
	}
	was, _ := source.Parse("p.yaml", data)
	is, errs := source.Parse("p.yaml", out)
	if len(errs) > 0 || source.Differs(was, is) != nil {
		t.Fatalf("%q reads as something else than\n%q: %v", out, data, errs)
	}
	if !bytes.Equal(words(data), words(out)) {
		t.Fatalf("%q and\n%q differ by more than blanks and quotes", data, out)
	}
	return string(out)
}

// words are all bytes of a file but those that laying out may change: blanks, line ends, the byte order mark, quotes, and
// the backslashes before quotes.
func words(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	return bytes.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n'\"\\", r) {
			return -1
		}
		return r
	}, data)
}

// Every YAML file of the repository can be laid out, and says the same afterwards.
func TestEveryFileOfTheRepository(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" && filepath.Ext(path) != ".yml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if _, errs := source.Parse(path, data); len(errs) > 0 {
			return nil // it is there to be refused
		}
		found++
		if _, err := File(path, data); err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		held(t, data)
		return nil
	})
	if err != nil || found < 25 {
		t.Errorf("%d files, %v", found, err)
	}
}

// However a file is indented, it comes out the same.
func TestIndentationIsGone(t *testing.T) {
	files, err := filepath.Glob("../../examples/plans/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	played := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(data, "|>") {
			continue // the lines of a block scalar, and the second line of a condition, keep what is theirs
		}
		played++
		want := held(t, data)
		var wide bytes.Buffer
		for line := range bytes.Lines(data) {
			rest := bytes.TrimLeft(line, " ")
			wide.WriteString(strings.Repeat("    ", (len(line)-len(rest))/2))
			rest = bytes.Replace(rest, []byte("- "), []byte("-   "), 1) // four columns, as everything else
			if bytes.HasPrefix(rest, []byte("#")) || !bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("- ")) {
				rest = bytes.TrimLeft(line, " ")
			}
			wide.Write(rest)
		}
		if got := held(t, wide.Bytes()); got != want {
			t.Errorf("%s, wider, becomes\n%s\nand not\n%s", file, got, want)
		}
	}
	if played < 3 {
		t.Errorf("%d files were played", played)
	}
}

// No file of the torture chamber changes what it says, and none that is refused is laid out.
func TestTorture(t *testing.T) {
	for _, c := range torture.Cases(t, "../source/testdata/torture") {
		if testing.Short() && len(c.Data) > 1<<20 {
			continue
		}
		_, errs := source.Parse("p.yaml", c.Data)
		out, err := File("p.yaml", c.Data)
		switch {
		case len(errs) > 0 && (err == nil || out != nil):
			t.Errorf("%s: laid out, though it is refused: %v", c.Name, errs)
		case len(errs) == 0 && err != nil:
			t.Errorf("%s: %v", c.Name, err)
		case err == nil:
			held(t, c.Data)
		}
	}
}
