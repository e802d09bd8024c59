package plans

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ofsplan/internal/cli/files"
)

// testFiles finds the test files that are meant: files as they are named, folders with everything below them that
// is neither hidden nor anything but NAME_test.yaml.
func testFiles(args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var all []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: there is no such file or folder\n\tcheck the name; the working folder is %s", arg, files.WorkingFolder())
		case err != nil:
			return nil, err
		case !info.IsDir():
			all = append(all, testsOf(filepath.Clean(arg)))
			continue
		}
		found, err := testFilesBelow(arg)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: there are no tests in this folder\n\ta test file is called NAME_test.yaml and stands beside its plan", arg)
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// testsOf is the test file that is meant by a name: the plan's own when the plan is named.
func testsOf(path string) string {
	ext := filepath.Ext(path)
	tests := strings.TrimSuffix(path, ext) + "_test" + ext
	if info, err := os.Stat(tests); err == nil && info.Mode().IsRegular() && !isTestName(path) {
		return tests
	}
	return path
}

// isTestName reports whether a name is that of a test file, and not a plan's.
func isTestName(name string) bool {
	return strings.HasSuffix(name, "_test.yaml") || strings.HasSuffix(name, "_test.yml")
}

func testFilesBelow(folder string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(name, ".") && path != folder:
			return fs.SkipDir
		case isTestName(name) && regular(path, d): // a pipe would be waited for
			found = append(found, filepath.Clean(path))
		}
		return nil
	})
	return found, err
}

// regular reports whether what was found by walking is a file, or a link that leads to one.
func regular(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
