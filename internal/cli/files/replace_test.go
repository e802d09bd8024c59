package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A file is replaced as a whole, unless it changed since it was read; and nothing is left beside it.
func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.yaml")
	write := func(text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	read := func() string {
		t.Helper()
		all, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	then := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	write("old", then)
	_, info, err := ReadPlain(path, "the file", 10)
	if err != nil {
		t.Fatal(err)
	}
	write("own", then.Add(time.Second))
	if err := Replace(path, info, []byte("new")); err == nil || !strings.Contains(err.Error(), "changed meanwhile") || read() != "own" {
		t.Errorf("%v, and the file holds %q", err, read())
	}
	write("old", then)
	if err := Replace(path, info, []byte("new")); err != nil || read() != "new" {
		t.Errorf("%v, and the file holds %q", err, read())
	}
}
