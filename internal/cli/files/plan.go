// Package files reads and writes the files that a person names on the command line, with errors that say which, what is
// wrong with it and what to do.
package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"ofsplan/internal/source"
	"ofsplan/plan"
)

// Plan reads a plan from the file system. Its folder is all the plan can reach. Most of what loading makes
// stays, so that collecting garbage as often as usual meanwhile would cost a sixth of the time for nothing.
func Plan(path string) (*plan.Plan, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	p, err := plan.Load(os.DirFS(filepath.Dir(path)), filepath.Base(path), path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such plan\n\tcheck the name; the working folder is %s", path, WorkingFolder())
	}
	return p, err
}

// PlanOf reads a plan from a file system that is not that of this host, such as a commit. Display is what messages call it.
func PlanOf(fsys fs.FS, name, display string) (*plan.Plan, error) {
	p, err := plan.Load(fsys, name, display)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such file in that revision", display)
	}
	if errors.Is(err, fs.ErrInvalid) {
		return nil, fmt.Errorf("%s: this names no file of a repository", display)
	}
	return p, err
}

// Problems splits an error into problems with positions; one without a position has only the file.
func Problems(path string, err error) source.Errors {
	if err == nil {
		return nil
	}
	if all, ok := errors.AsType[source.Errors](err); ok {
		return all
	}
	return source.Errors{{Pos: source.Pos{File: path}, Msg: err.Error()}}
}

// IsPlan reports whether an argument is a plan's file name, and not what a run is called.
func IsPlan(arg string) bool {
	return filepath.Ext(arg) == ".yaml" || filepath.Ext(arg) == ".yml"
}
