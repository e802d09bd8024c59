package plan

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"ofsplan/internal/source"
)

// ErrNotPinned means that a pinned plan names a file that its log has not pinned: the process ended before it could.
var ErrNotPinned = errors.New("is not pinned in this log")

// A shelf is where the files beside a plan come from, and keeps which were read. They are named relative to the file that
// names them, and known by their names as the folder of the top plan sees them, with slashes: "calendars/emea.yaml".
// Nothing out of that folder's tree, behind a link or that is no regular file is read: a plan means what stands in its
// repository.
type shelf struct {
	folder  string // of the top plan as messages show it, with its last separator; empty: the working folder
	read    func(name string) ([]byte, error)
	sources []Source       // the top plan first
	index   map[string]int // of a source, by its name
	files   map[string]int // of a source, by its name in messages
	lacks   bool           // a file is not pinned
}

// newShelf is the shelf of a plan, which is what stands on it. How others are read is the caller's.
func newShelf(display string, data []byte, read func(name string) ([]byte, error)) *shelf {
	s := &shelf{read: read, index: map[string]int{}, files: map[string]int{}}
	s.folder = display[:strings.LastIndexAny(display, `/\`)+1]
	s.add(path.Base(strings.ReplaceAll(display, `\`, "/")), Source{Name: display, Data: data, file: display})
	return s
}

func (s *shelf) add(name string, f Source) *Source {
	s.index[name], s.files[f.file] = len(s.sources), len(s.sources)
	s.sources = append(s.sources, f)
	return &s.sources[len(s.sources)-1]
}

// folderOf is the folder of the file that is so named in messages, as the top plan's folder sees it.
func (s *shelf) folderOf(file string) string {
	if i := s.files[file]; i > 0 {
		return path.Dir(s.sources[i].Name)
	}
	return "."
}

// open reads the file that a node names; what says whose, for messages. A file is read once and is a source of the plan
// from then on. Nil when there is something wrong, which has been reported; a plan's own file, named by itself or by
// another, is what it is to whoever asks.
func (s *shelf) open(r *source.Reader, n *source.Node, what string) *Source {
	if n = r.Scalar(n, what); n == nil {
		return nil
	}
	name, err := s.name(n)
	if err == nil {
		if i, known := s.index[name]; known {
			return &s.sources[i]
		}
		var data []byte
		if data, err = s.read(name); err == nil {
			return s.add(name, Source{Name: name, Data: data, file: s.folder + name})
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = hinted{fmt.Errorf("%q is not there", source.Short(n.Value)), "it is looked for at " + s.folder + name + ": a file is named relative to the one that names it"}
		}
	}
	e := r.Add(n.Pos, "%s: %s", what, err)
	if h, ok := errors.AsType[hinted](err); ok {
		e.Hint = h.hint
	}
	if errors.Is(err, ErrNotPinned) {
		s.lacks = true
	}
	return nil
}

// name is what the folder of the top plan calls the file that a node names.
func (s *shelf) name(n *source.Node) (string, error) {
	text := source.Short(n.Value)
	switch {
	case n.Value == "":
		return "", hinted{errors.New("no file is named"), "write its name, relative to this file"}
	case strings.ContainsRune(n.Value, '\\'):
		return "", hinted{fmt.Errorf("%q holds a backslash", text), "write / between folders, on every system"}
	case strings.HasPrefix(n.Value, "/"), len(n.Value) > 1 && n.Value[1] == ':':
		return "", hinted{fmt.Errorf("%q is no relative name", text), "name the file relative to this one, so that the plan means the same wherever its repository stands"}
	case strings.ContainsFunc(n.Value, func(c rune) bool { return c < ' ' || c == 0x7f || c == 0xfffd }):
		return "", fmt.Errorf("%q cannot be the name of a file", text)
	}
	name := path.Join(s.folderOf(n.Pos.File), n.Value)
	if !fs.ValidPath(name) {
		return "", hinted{fmt.Errorf("%q leads out of the folder of the plan", text), "a plan is made of files in its own folder and below: move the file there"}
	}
	return name, nil
}

// hinted is an error with what to do about it.
type hinted struct {
	error
	hint string
}

// besides reads files beside the plan in fsys, whose folder is base.
func besides(fsys fs.FS, base string) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		way := base
		elements := strings.Split(name, "/")
		for i, element := range elements {
			way = path.Join(way, element)
			info, err := fs.Lstat(fsys, way)
			if err != nil {
				return nil, cause(err)
			}
			if err := regular(path.Join(elements[:i+1]...), info.Mode(), i+1 < len(elements)); err != nil {
				return nil, err
			}
		}
		return readWhole(fsys, way)
	}
}

// regular refuses what is no regular file, or on the way to one no folder.
func regular(name string, mode fs.FileMode, onTheWay bool) error {
	kind := ""
	switch {
	case mode&fs.ModeSymlink != 0:
		return hinted{fmt.Errorf("%q is a link", name), "what a plan is made of stands in its own folder tree: put the file itself there"}
	case mode.IsDir() && onTheWay, mode.IsRegular() && !onTheWay:
		return nil
	case onTheWay:
		return fmt.Errorf("%q is no folder", name)
	case mode.IsDir():
		kind = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	default:
		kind = "a device"
	}
	return fmt.Errorf("%q is %s, not a regular file", name, kind)
}

// readWhole reads a file that is not larger than a plan may be.
func readWhole(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, cause(err)
	}
	if err := regular(path.Base(name), info.Mode(), false); err != nil { // it is another one than a moment ago
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err == nil && len(data) == maxFile {
		err = fmt.Errorf("it is larger than %d MiB", maxFile>>20)
	}
	return data, cause(err)
}

// alone is how files beside a plan are read that was handed over without its folder.
func alone(string) ([]byte, error) {
	return nil, errors.New("this plan was not read from a folder, so no file stands beside it")
}

// pinned is how files beside a plan are read that a log has pinned.
func pinned(files []Source) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		for _, f := range files {
			if f.Name == name {
				return f.Data, nil
			}
		}
		return nil, fmt.Errorf("%q %w", source.Short(name), ErrNotPinned)
	}
}
