package plans

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/config"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source"
)

// A kind is what a file of ours is.
type kind string

// The kinds, as JSON and messages name them.
const (
	aPlan      kind = "plan"
	aTest      kind = "test"
	aScenario  kind = "scenario"
	someTarget kind = "targets"
	aCalendar  kind = "calendar"
)

// An input is one file to check.
type input struct {
	path string // as messages name it
	kind kind
	data []byte // of what can be read only once; nil: it is read by its path
}

// inputs finds the files that are meant: files as they are named, "-" for standard input, and folders with every file of ours below
// them. It counts the other YAML files of folders.
func inputs(args []string, stdin io.Reader) (all []input, others int, err error) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case arg == "-":
			in, err := readOnce("stdin", stdin)
			if err != nil {
				return nil, 0, err
			}
			all = append(all, in)
		case err == nil && info.IsDir():
			found, passed, err := inputsBelow(arg)
			if err != nil {
				return nil, 0, err
			}
			if len(found) == 0 {
				return nil, 0, fmt.Errorf("%s: there is nothing to check in this folder: no plan, test, scenario, targets or calendar file", arg)
			}
			all, others = append(all, found...), others+passed
		case err == nil && !info.Mode().IsRegular():
			in, err := readPipe(arg)
			if err != nil {
				return nil, 0, err
			}
			all = append(all, in)
		default: // a file that is not there is said when it is read
			all = append(all, input{path: arg, kind: cmp.Or(kindOf(arg, head(arg)), aPlan)})
		}
	}
	seen := make(map[string]bool)
	return slices.DeleteFunc(all, func(in input) bool {
		path := filepath.Clean(in.path)
		again := seen[path] && in.data == nil
		seen[path] = true
		return again
	}), others, nil
}

// readOnce reads what cannot be read again.
func readOnce(name string, from io.Reader) (input, error) {
	if from == nil {
		from = strings.NewReader("")
	}
	data, err := io.ReadAll(io.LimitReader(from, simLimit+1)) // one byte more than is read of a plan: it says so
	if err != nil {
		return input{}, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return input{path: name, kind: cmp.Or(kindOf(name, data), aPlan), data: data}, nil
}

// readPipe reads a pipe or device that was named, such as /dev/fd/63.
func readPipe(path string) (input, error) {
	f, err := os.Open(path)
	if err != nil {
		return input{}, err
	}
	defer f.Close()
	return readOnce(path, f)
}

// head is the content of a file, for recognizing it; nil when it cannot be read.
func head(path string) []byte {
	data, err := files.Read(path, "the file", simLimit)
	if err != nil {
		return nil
	}
	return data
}

// inputsBelow finds the files of ours below a folder, by name, in no hidden folder.
func inputsBelow(folder string) (found []input, others int, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && d == nil, err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != folder:
			return fs.SkipDir
		case d.IsDir() || !files.IsPlan(path) || !regular(path, d): // a pipe would be waited for
			return nil
		}
		if k := kindOf(path, head(path)); k != "" {
			found = append(found, input{path: filepath.Clean(path), kind: k})
		} else {
			others++
		}
		return nil
	})
	return found, others, err
}

// topKey is a key at the top of a YAML file in block style.
var topKey = source.Pattern(`(?m)^["']?([A-Za-z_][A-Za-z0-9_]*)["']?[ \t]*:(?:[ \t\r\n]|$)`)

// kindOf recognizes a file by its keys, or by its name; empty when it is none of ours. One that is no YAML is recognized by the keys
// that stand in it all the same, so that its mistakes are told.
func kindOf(path string, data []byte) kind {
	if isTestName(path) {
		return aTest
	}
	has := make(map[string]bool)
	for _, m := range topKey().FindAllSubmatch(data, -1) {
		has[string(m[1])] = true
	}
	if len(has) == 0 {
		root, _ := source.Parse(path, data)
		if root.Is(source.Mapping) {
			for _, f := range root.Fields {
				has[f.Key] = true
			}
		}
	}
	any := func(keys ...string) bool { return slices.ContainsFunc(keys, func(key string) bool { return has[key] }) }
	switch {
	case any("steps"):
		return aPlan
	case any("cases"):
		return aTest
	case any("targets"), filepath.Base(path) == config.FileName:
		return someTarget
	case any(scenario.Keys()...):
		return aScenario
	case any("finally", "once", "misdate", "params") && any("name", "version"):
		return aPlan
	case any("holidays", "weekend", "valid_until", "day_starts", "closed"):
		return aCalendar
	}
	return ""
}

// givenName is what a plan that can be read only once is called in [given].
const givenName = "<given>"

// given is the working folder with a plan in it that can be read only once, so that the files it names are found.
type given struct {
	fs.FS
	data []byte
}

// Open opens that plan, or a file of the folder.
func (g given) Open(name string) (fs.File, error) {
	if name == givenName {
		return givenFile{bytes.NewReader(g.data)}, nil
	}
	return g.FS.Open(name)
}

// Lstat tells of a file of the folder whether it is a link.
func (g given) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(g.FS, name) }

// ReadLink tells where it leads.
func (g given) ReadLink(name string) (string, error) { return fs.ReadLink(g.FS, name) }

// givenFile is an open file that has been read.
type givenFile struct{ *bytes.Reader }

func (f givenFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f givenFile) Close() error               { return nil }
func (f givenFile) Name() string               { return givenName }
func (f givenFile) Mode() fs.FileMode          { return 0o444 }
func (f givenFile) ModTime() time.Time         { return time.Time{} }
func (f givenFile) IsDir() bool                { return false }
func (f givenFile) Sys() any                   { return nil }
