package mutants

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the root of the repository, seen from here.
const root = "../.."

// The code moves on, and each mutant must still be made in one place of it. Whether its test notices is what make
// mutants finds out.
func TestEveryMutantHasItsPlace(t *testing.T) {
	for _, m := range mutants {
		data, err := os.ReadFile(filepath.Join(root, m.file))
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		text := string(data)
		if n := strings.Count(text, m.old); n != 1 {
			t.Errorf("%s: its place is %d times in %s:\n%s", m.name, n, m.file, m.old)
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), m.file, strings.Replace(text, m.old, m.new, 1), 0); err != nil {
			t.Errorf("%s: it is no Go any more: %v", m.name, err)
		}
	}
}

// A mutant names its test as go test -run wants it: each of the names in turn, with one part of a test behind a slash.
func TestEveryMutantHasItsTest(t *testing.T) {
	tests := map[string]string{} // the text of all test files of a package
	for _, m := range mutants {
		dir := filepath.Join(root, m.pkg)
		if _, read := tests[dir]; !read {
			tests[dir] = testsOf(t, dir)
		}
		for one := range strings.SplitSeq(m.test, "|") {
			name, part, parted := strings.Cut(one, "/")
			if !strings.Contains(tests[dir], "\nfunc "+name+"(") {
				t.Errorf("%s: %s has no test %s", m.name, m.pkg, name)
			}
			if parted && !hasPart(t, dir, part) {
				t.Errorf("%s: the testdata of %s holds no %s for %s", m.name, m.pkg, part, name)
			}
		}
	}
}

// testsOf is the text of the test files in a folder.
func testsOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// hasPart reports whether some file below the testdata of a package gives its name to a part of a test.
func hasPart(t *testing.T, dir, part string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "testdata", "*", part+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		name := filepath.Base(file)
		return strings.TrimSuffix(name, filepath.Ext(name)) == part
	})
}
