package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// mostBytes is how large a file of a commit may be: as large as a plan may, and one byte, so that a larger one is noticed there.
const mostBytes = 16<<20 + 1

// A Tree is one commit as a file system, whose root is that of the repository. Links are not followed.
type Tree struct {
	Commit string // its full name
	Prefix string // the way from the root of the repository to the folder it was opened in; empty or with a slash at its end
	folder Folder
	ctx    context.Context // of the command that reads from it, which is over in a moment
}

// Open finds the commit that a revision means: HEAD~1, a branch, a tag, the beginning of a name.
func (f Folder) Open(ctx context.Context, revision string) (*Tree, error) {
	if err := checkRevision(revision); err != nil {
		return nil, err
	}
	const short = 4096
	prefix, err := f.ask(ctx, short, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, fmt.Errorf("%s is in no repository that git reads: %w", f.Path, err)
	}
	name, err := f.ask(ctx, short, "rev-parse", "--verify", "--quiet", revision+"^{commit}")
	if _, said := errors.AsType[*Error](err); said {
		return nil, fmt.Errorf("git knows no revision %q\n\tcheck its name; a copy of the repository with little history, as CI makes it, may lack it: git fetch --deepen", revision)
	}
	if err != nil {
		return nil, err
	}
	t := &Tree{Commit: strings.TrimSpace(string(name)), Prefix: strings.TrimSuffix(string(prefix), "\n"), folder: f, ctx: ctx}
	if t.Commit == "" || strings.Trim(t.Commit, "0123456789abcdef") != "" {
		return nil, fmt.Errorf("git answers %q for revision %q, which is no commit", t.Commit, revision)
	}
	return t, nil
}

// checkRevision refuses what git would take for an option, for several revisions or for a file.
func checkRevision(revision string) error {
	const longest = 250
	switch {
	case revision == "":
		return errors.New("no revision is named: HEAD, HEAD~1, a branch, a tag or a commit")
	case strings.HasPrefix(revision, "-"), len(revision) > longest, strings.Contains(revision, ".."), strings.Contains(revision, ":"),
		strings.ContainsFunc(revision, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }):
		return fmt.Errorf("%q cannot be a revision: name a commit, such as HEAD~1, a branch or a tag", revision)
	}
	return nil
}

// Open opens a file of the commit.
func (t *Tree) Open(name string) (fs.File, error) {
	e, err := t.entry("open", name)
	if err != nil {
		return nil, err
	}
	if e.mode&fs.ModeSymlink != 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("it is a link in that commit, and is not followed")}
	}
	if e.IsDir() {
		return &file{entry: e}, nil
	}
	if e.size >= mostBytes {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("it is larger than 16 MiB")}
	}
	data, err := t.folder.ask(t.ctx, mostBytes, "cat-file", "blob", e.object)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &file{entry: e, Reader: bytes.NewReader(data)}, nil
}

// Lstat is what a commit says of a name.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) { return t.entry("lstat", name) }

// ReadLink is not done: links are not followed.
func (t *Tree) ReadLink(name string) (string, error) {
	return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
}

// entry asks git for one name.
func (t *Tree) entry(op, name string) (*entry, error) {
	wrong := func(err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return nil, wrong(fs.ErrInvalid)
	}
	if name == "." {
		return &entry{name: ".", mode: fs.ModeDir | 0o755}, nil
	}
	const short = 64 << 10
	out, err := t.folder.ask(t.ctx, short, "ls-tree", "-l", "-z", "--full-tree", t.Commit, "--", name)
	if err != nil {
		return nil, wrong(err)
	}
	line, _, _ := strings.Cut(string(out), "\x00")
	about, found, _ := strings.Cut(line, "\t")
	words := strings.Fields(about)
	if len(words) != 4 || found != name {
		return nil, wrong(fs.ErrNotExist)
	}
	e := &entry{name: path.Base(name), object: words[2]}
	e.size, _ = strconv.ParseInt(words[3], 10, 64) // a folder has "-"
	switch words[0] {
	case "100644", "100755":
		e.mode = 0o644
	case "040000":
		e.mode = fs.ModeDir | 0o755
	case "120000":
		e.mode = fs.ModeSymlink | 0o777
	default: // another repository
		e.mode = fs.ModeIrregular
	}
	return e, nil
}

// An entry is what a commit says of one name. It is an [fs.FileInfo].
type entry struct {
	name   string
	object string
	size   int64
	mode   fs.FileMode
}

func (e *entry) Name() string       { return e.name }
func (e *entry) Size() int64        { return e.size }
func (e *entry) Mode() fs.FileMode  { return e.mode }
func (e *entry) ModTime() time.Time { return time.Time{} }
func (e *entry) IsDir() bool        { return e.mode.IsDir() }
func (e *entry) Sys() any           { return nil }

// A file is one that was read whole.
type file struct {
	*entry
	*bytes.Reader
}

func (f *file) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *file) Size() int64                { return f.entry.size }
func (f *file) Close() error               { return nil }

// Read reads on. A folder has nothing to read.
func (f *file) Read(p []byte) (int, error) {
	if f.Reader == nil {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
	}
	return f.Reader.Read(p)
}
