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
	"ofsplan/internal/cli/terminal"
)

// filesToFormat finds the files that are meant: files as they are named, and folders with every file of ours below them, in no
// hidden folder and through no link. Links are passed over, and said.
func filesToFormat(std *terminal.Streams, args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var all []string
	for _, arg := range args {
		info, err := os.Lstat(arg)
		switch {
		case arg == "-":
			return nil, errors.New("- is standard input, and stands alone")
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: there is no such file or folder\n\tcheck the name; the working folder is %s", arg, files.WorkingFolder())
		case err != nil:
			return nil, err
		case !info.IsDir():
			all = append(all, filepath.Clean(arg))
			continue
		}
		found, err := formatBelow(std, arg)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: there is nothing to lay out in this folder: no plan, test, scenario, targets or calendar file", arg)
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// formatBelow finds the files of ours below a folder.
func formatBelow(std *terminal.Streams, folder string) (found []string, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != folder:
			return fs.SkipDir
		case !files.IsPlan(path) || d.IsDir():
		case d.Type()&fs.ModeSymlink != 0:
			fmt.Fprintf(std.Err, "passed over %s, a link\n", path)
		case d.Type().IsRegular() && kindOf(path, head(path)) != "":
			found = append(found, filepath.Clean(path))
		}
		return nil
	})
	return found, err
}
