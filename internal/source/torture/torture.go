// Package torture plays files of bad YAML to whatever reads YAML. It is for tests alone.
//
// Each file of internal/source/testdata/torture is one: comments that say what it is, the YAML, a line of four dashes, and what
// the reader says. What cannot be seen or is too long to show stands between « and »: bytes in hex, as in «EF BB BF», or a
// text and how often it comes, as in «65×[».
package torture

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A Case is one file.
type Case struct {
	Name string // of the file
	Data []byte // the YAML
	Want string // what is wrong with it, of a file called p.yaml; empty: nothing
	head string // the file up to and including the dashes
}

// A Reader reads a file of that name and says what is wrong with it.
type Reader func(file string, data []byte) error

// name is what files are called in Want.
const name = "p.yaml"

// Cases reads all files of a folder.
func Cases(t testing.TB, dir string) (all []Case) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files in %s, %v", len(files), dir, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, want, found := strings.Cut(string(text), "\n----\n")
		if !found {
			t.Fatalf("%s: no line of dashes", file)
		}
		lines := strings.SplitAfter(head+"\n", "\n")
		lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "## ") })
		all = append(all, Case{filepath.Base(file), decode(t, strings.Join(lines, "")), strings.TrimSpace(want), head + "\n----\n"})
	}
	return all
}

// Rewrite puts what a reader says into the file.
func (c Case) Rewrite(t testing.TB, dir string, read Reader) {
	t.Helper()
	said := ""
	if err := read(name, c.Data); err != nil {
		said = err.Error() + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, c.Name), []byte(c.head+said), 0o644); err != nil {
		t.Fatal(err)
	}
}

// marked is what stands between « and ».
var marked = regexp.MustCompile(`«(?:(\d+)×([^»]*)|([0-9A-F ]+))»`)

// decode puts bytes in place of what is marked. A marked end of line, «», is none.
func decode(t testing.TB, text string) []byte {
	t.Helper()
	text = strings.ReplaceAll(text, "«»\n", "")
	return marked.ReplaceAllFunc([]byte(text), func(b []byte) []byte {
		m := marked.FindSubmatch(b)
		if n, err := strconv.Atoi(string(m[1])); err == nil {
			return bytes.Repeat(bytes.ReplaceAll(m[2], []byte(`\n`), []byte("\n")), n)
		}
		out, err := hex.DecodeString(strings.ReplaceAll(string(m[3]), " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return out
	})
}

// patience is how long a reader may take over one file, on a busy machine under the race detector.
const patience = 2 * time.Minute

// Play gives every file to a reader. It must say what is wanted, in that order, may say more, and every place it names
// must be in the file. What is fine as YAML it may refuse for reasons of its own. It returns what was said of each.
func Play(t *testing.T, dir string, read Reader) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, c := range Cases(t, dir) {
		t.Run(c.Name, func(t *testing.T) {
			if testing.Short() && len(c.Data) > 1<<20 {
				t.Skip("so much text takes seconds")
			}
			began := time.Now()
			said := ""
			if err := read(name, c.Data); err != nil {
				said = err.Error()
			}
			if took := time.Since(began); took > patience {
				t.Errorf("it took %s", took)
			}
			all[c.Name] = said
			rest := said
			for line := range strings.SplitSeq(c.Want, "\n") {
				_, after, found := strings.Cut(rest, line)
				if !found {
					t.Fatalf("said\n%s\nwhich lacks, or has in another order,\n%s", said, line)
				}
				rest = after
			}
			for _, e := range Outside(name, said, c.Data) {
				t.Error(e)
			}
		})
	}
	return all
}

var place = regexp.MustCompile(`(?m)^([^\s:]+):(\d+):(\d+): `)

// Outside lists the places in what a reader says that are not in the file: past its last line, or past the end of a
// line.
func Outside(file, said string, data []byte) (wrong []string) {
	lines := strings.Split(strings.TrimPrefix(string(data), "\uFEFF"), "\n")
	for _, m := range place.FindAllStringSubmatch(said, -1) {
		line, _ := strconv.Atoi(m[2])
		col, _ := strconv.Atoi(m[3])
		if m[1] != file || line < 1 || line > len(lines) || col < 1 || col > len([]rune(lines[line-1]))+1 {
			wrong = append(wrong, fmt.Sprintf("there is no such place: %s", m[0]))
		}
	}
	return wrong
}
