package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/internal/trust"
)

// limit is the size a targets file may have. A larger one is some other file.
const limit = 1 << 20

// A File is a targets file that has been read: every target in it, unchecked until one is picked.
type File struct {
	Path    string // as it was found; empty when there is no file
	named   []source.Field
	warning string // who else may change it; empty: nobody
}

// Load reads the targets file. What it reports are [source.Errors] with positions; nowhere is a file
// without targets, since the environment may describe one. A file that others may change is refused before it is read: it says which
// programs are run for secrets, and where those are sent.
func Load(place Place) (*File, error) {
	path := place.Path
	if path == "" {
		return &File{}, nil
	}
	thing := trust.Thing{What: "the targets file", Path: path, Named: place.Named}
	if !place.Named {
		thing.Else = "the file that is meant can be named with --config"
	}
	warning, err := trust.Me().Check(thing)
	if err != nil {
		return nil, err
	}
	data, err := read(place)
	if err != nil {
		return nil, err
	}
	f, r := parse(path, data)
	if err := r.Err(); err != nil {
		return nil, err
	}
	f.warning = warning
	return f, nil
}

// parse reads what a targets file holds, unchecked but for its form and the names of its targets.
func parse(path string, data []byte) (*File, *source.Reader) {
	f := &File{Path: path}
	root, problems := source.Parse(path, data)
	r := &source.Reader{Errors: problems, Synonyms: synonyms}
	if len(problems) > 0 {
		return f, r
	}
	top := r.Mapping(root, "the targets file", append(slices.Clip(fileKeys), "x_*")...)
	top.Require("targets")
	if v := top.Get("version"); v != nil && v.Value != "1" {
		r.Add(v.Pos, "a targets file of version %q is not known here", v.Value).Hint = "write version: 1, or leave it out"
	}
	if targets := top.Get("targets"); targets != nil {
		if all := r.Mapping(targets, `"targets"`, "*"); all.Node != nil {
			f.named = all.Node.Fields
		}
	}
	for _, field := range f.named {
		if !validName(field.Key) {
			r.Add(field.KeyPos, "a target cannot be called %q", field.Key).Hint = "use letters, digits, - and _, a letter first"
		}
		if field.Key == Simulated {
			r.Add(field.KeyPos, "a target cannot be called %q: that is the simulated scheduler", field.Key)
		}
	}
	return f, r
}

// Check reads a targets file as it stands, with every target in it, and reports all that is wrong at once. It asks nobody: no
// variable, no secret, no target, and not whose file it is. What only a variable could give is warned about. It tells how many targets there
// are.
func Check(path string, data []byte) (int, source.Errors) {
	f, r := parse(path, data)
	var warned source.Errors
	for _, field := range f.named {
		t := &Target{Name: field.Key, Pos: field.KeyPos}
		(&targetsReader{r: r, dir: filepath.Dir(path), file: path, lacking: &warned}).target(t, field.Value)
	}
	return len(f.named), append(r.Errors, warned.Silence(path, data)...)
}

// Simulated is the name that --target understands without a file: a simulated scheduler inside the process.
const Simulated = "sim"

// read returns the bytes of the file, with an error that says what to do.
func read(place Place) ([]byte, error) {
	path := place.Path
	if info, err := os.Stat(path); err == nil && !place.Named && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, fmt.Errorf("%s is no plain file (%v), and nobody named it\n\tthe file that is meant can be named with --config", path, info.Mode().Type()) // to open a pipe would wait for whoever writes into it
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such targets file\n\twrite one: ofsplan target init", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the targets file cannot be read: %w", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder, not a targets file\n\tname the file in it", path)
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, fmt.Errorf("the targets file cannot be read: %w", err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("%s is larger than 1 MiB: that is no targets file", path)
	}
	return data, nil
}

// validName reports whether a target may be called that: it stands in file names and messages.
func validName(name string) bool {
	for i, c := range name {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '-' || c == '_')) {
			return false
		}
	}
	return name != "" && len(name) <= 60
}

// Names lists the targets in file order.
func (f *File) Names() []string {
	names := make([]string, len(f.named))
	for i, field := range f.named {
		names[i] = field.Key
	}
	return names
}

// Target reads and checks one target. environ is the environment as os.Environ gives it, from which every value of it can
// come (OFSPLAN_TARGET_URL, OFSPLAN_TARGET_AUTH_GRANT …). Errors are [source.Errors] where something is
// written wrong; nothing is opened or asked yet, so files and secrets that are missing show later.
func (f *File) Target(name string, environ []string) (*Target, error) {
	var node *source.Node
	pos := source.Pos{File: f.Path}
	for _, field := range f.named {
		if field.Key == name {
			node, pos = field.Value, field.KeyPos
		}
	}
	r := source.Reader{Synonyms: synonyms}
	over := overrides(&r, environ)
	if node == nil && (len(over) == 0 || f.Path != "") {
		return nil, f.unknown(name)
	}
	if node == nil {
		pos.File = "the environment"
		node = &source.Node{Kind: source.Mapping, Pos: pos}
	}
	for _, o := range over {
		node = overlay(node, o.path, o.value)
	}
	t := &Target{Name: name, Pos: pos, fileWarning: f.warning}
	(&targetsReader{r: &r, dir: filepath.Dir(f.Path), file: f.Path}).target(t, node)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

// unknown says that no target has that name, and which there are.
func (f *File) unknown(name string) error {
	if f.Path == "" {
		return fmt.Errorf("target %q is not known: there is no targets file\n\twrite one with: ofsplan target init, or try the plan with --target sim", name)
	}
	names := f.Names()
	if near := source.Suggest(name, append(names, Simulated)); near != "" {
		return fmt.Errorf("%s: there is no target %q\n\tdid you mean %q?", f.Path, name, near)
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: there is no target %q, and no other\n\tofsplan target init writes a file to start from", f.Path, name)
	}
	return fmt.Errorf("%s: there is no target %q\n\tit has: %s", f.Path, name, strings.Join(names, ", "))
}
