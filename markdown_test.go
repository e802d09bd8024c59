package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A block is one fenced piece of a document. Its info string says what it is:
//
//	yaml             a complete plan
//	yaml steps       steps of one
//	yaml top         top-level keys of one
//	yaml targets     a targets file
//	yaml scenario    how a night at the simulated scheduler goes
//	yaml test        tests of the last plan above, its scenarios the last one above: they are run
//	console          what ofsplan test prints for them, after edits of the plan by sed
//	console run      a command of ours, run in the repository, and what it prints
//	yaml kubernetes  for another program: it must be YAML
//	yaml ci          likewise
//	sh               commands, which must exist
//	sh check         a script that is run
//	json             must be JSON
type block struct {
	file string
	line int // of the first line inside
	info string
	text string
}

// blocks reads the fenced pieces of a document.
func blocks(t *testing.T, file string) []block {
	t.Helper()
	var found []block
	var open *block
	for i, line := range strings.Split(read(t, file), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &block{file: file, line: i + 2, info: info}
		case fence:
			found = append(found, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Errorf("%s:%d: a block is not closed", file, open.line)
	}
	return found
}

// documents are all our pages.
func documents(t *testing.T) []string {
	t.Helper()
	pages := []string{"README.md", "CHANGELOG.md"}
	err := filepath.WalkDir("docs", func(name string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".md" {
			pages = append(pages, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// above is the last block of each kind that the page shows before b, b itself included.
func above(t *testing.T, b block) map[string]string {
	t.Helper()
	last := map[string]string{}
	for _, one := range blocks(t, b.file) {
		if one.line <= b.line {
			last[one.info] = one.text
		}
	}
	return last
}
