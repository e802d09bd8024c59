package runner_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ofsplan/runner"
)

// pair is one state following another.
type pair struct{ from, to runner.State }

// The table in the package comment has every transition that a conversation or a frozen journal shows, and no other.
func TestTheTableOfTransitions(t *testing.T) {
	table, seen := documented(t), map[pair]string{}
	conversations(t, seen)
	journals(t, seen)
	for p, where := range seen {
		if !table[p] {
			t.Errorf("%s -> %s, as in %s, is not in the table", p.from, p.to, where)
		}
	}
	for p := range table {
		if seen[p] == "" {
			t.Errorf("%s -> %s is in the table, and nothing shows it", p.from, p.to)
		}
	}
}

// documented reads the table in doc.go.
func documented(t *testing.T) map[pair]bool {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	table := map[pair]bool{}
	for _, row := range regexp.MustCompile(`(?m)^//\t([a-z_]+) +-> (.+)$`).FindAllSubmatch(doc, -1) {
		for to := range strings.FieldsSeq(string(row[2])) {
			table[pair{runner.State(row[1]), runner.State(to)}] = true
		}
	}
	return table
}

// conversations takes in what the machine answers in testdata.
func conversations(t *testing.T, seen map[pair]string) {
	t.Helper()
	move := regexp.MustCompile(`(?m)^[^ ]+: ([a-z_]+) -> ([a-z_]+)`)
	each(t, "testdata/machine", func(name string, data []byte) {
		for _, m := range move.FindAllSubmatch(data, -1) {
			seen[pair{runner.State(m[1]), runner.State(m[2])}] = name
		}
	})
}

// journals takes in what the frozen journals say.
func journals(t *testing.T, seen map[pair]string) {
	t.Helper()
	each(t, "../testdata/journals", func(name string, data []byte) {
		if filepath.Ext(name) != ".jsonl" {
			return
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		for lines.Buffer(nil, 1<<24); lines.Scan(); {
			var r struct {
				Decided struct {
					Moves []runner.Transition `json:"moves"`
				} `json:"decided"`
			}
			if json.Unmarshal(lines.Bytes(), &r) != nil {
				continue // the torn end of a journal
			}
			for _, m := range r.Decided.Moves {
				seen[pair{m.From, m.To}] = name
			}
		}
	})
}

// each reads all files below a folder.
func each(t *testing.T, dir string, do func(name string, data []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil {
			do(path, data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
