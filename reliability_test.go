package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What docs/reliability.md calls as witnesses is there.
func TestTheTestsNamedInTheDocumentsExist(t *testing.T) {
	var all strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(read(t, "docs/reliability.md"), -1) {
		if !strings.Contains(all.String(), "func "+name[1]+"(") {
			t.Errorf("docs/reliability.md names %s, which no file holds", name[1])
		}
	}
	for _, name := range regexp.MustCompile("\\(`([a-z_]+)`\\)").FindAllStringSubmatch(read(t, "docs/reliability.md"), -1) {
		if _, err := os.Stat(filepath.Join("testdata", "script", name[1]+".txtar")); err != nil {
			t.Error(err)
		}
	}
}
