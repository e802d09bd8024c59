//go:build mutants

package mutants

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// only picks the mutants to make, for who has just written some: go test -tags mutants ./internal/mutants -run TestMutants -only REGEXP.
var only = flag.String("only", "", "make only the mutants whose name or file matches this regular expression")

// TestMutants breaks a copy of the program in one place at a time. The named test of each must fail, and must pass on
// the untouched copy.
func TestMutants(t *testing.T) {
	wanted := regexp.MustCompile(*only)
	mutants := slices.DeleteFunc(slices.Clone(mutants), func(m mutant) bool {
		return !wanted.MatchString(m.name) && !wanted.MatchString(m.file)
	})
	trees := []string{copyTree(t), copyTree(t)} // two are worked on at once
	checkPristine(t, trees[0], mutants)
	fates := make([]string, len(mutants))
	todo := make(chan int)
	var all sync.WaitGroup
	for _, tree := range trees {
		all.Go(func() {
			for k := range todo {
				fates[k] = mutants[k].fate(tree)
			}
		})
	}
	for k := range mutants {
		todo <- k
	}
	close(todo)
	all.Wait()
	var b bytes.Buffer
	tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "LAW\tBREAKAGE\tTEST\tFATE")
	for k, m := range mutants {
		fmt.Fprintf(tab, "%s\t%s\t%s %s\t%s\n", m.law, m.name, m.pkg, m.test, fates[k])
		if fates[k] != killed {
			t.Errorf("%s: %s", m.name, fates[k])
		}
	}
	tab.Flush()
	t.Logf("%d mutants\n%s", len(mutants), &b)
}

const killed = "killed"

// copyTree copies the sources into a folder of their own.
func copyTree(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "bin", "itest"}, path):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, path), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// checkPristine runs every named test on the untouched copy.
func checkPristine(t *testing.T, tree string, mutants []mutant) {
	t.Helper()
	tests := map[string][]string{}
	for _, m := range mutants {
		tests[m.pkg] = append(tests[m.pkg], m.test)
	}
	for pkg, names := range tests {
		for _, name := range names {
			if out, err := goTest(tree, pkg, name); err != nil || strings.Contains(out, "no tests to run") {
				t.Fatalf("untouched, %s %s: %v\n%s", pkg, name, err, out)
			}
		}
	}
}

// goTest runs one test in a tree.
func goTest(tree, pkg, name string) (out string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout", "90s", "-run", anchored(name), pkg)
	cmd.Dir = tree
	b, err := cmd.CombinedOutput()
	return string(b), err
}

// anchored is a test's name as -run wants it: each part whole, but for one that ends in a word begun.
func anchored(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) == 2 {
		return "^" + parts[0] + "$/^" + parts[1] + "$"
	}
	return "^(" + name + ")"
}

// fate puts the mutant into a tree, runs its test, and takes it out again.
func (m mutant) fate(tree string) string {
	path := filepath.Join(tree, m.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return fmt.Sprintf("cannot be made: its place is %d times in %s", n, m.file)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(m.old), []byte(m.new), 1), 0o644); err != nil {
		return err.Error()
	}
	out, err := goTest(tree, m.pkg, m.test)
	if restored := os.WriteFile(path, text, 0o644); restored != nil {
		return restored.Error()
	}
	switch {
	case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
		return "does not compile:\n" + out
	case err == nil:
		return "SURVIVED"
	}
	return killed
}
