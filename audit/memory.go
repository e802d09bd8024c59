package audit

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Memory is a disk in memory: for rehearsals, and for tests that pull the plug. It knows what was synced,
// bytes and names apart, so [Memory.AfterCrash] can give the disk a machine would find after losing power.
// The zero value is an empty disk. Several goroutines may use it.
type Memory struct {
	mu   sync.Mutex
	dirs map[string]*memDir
}

// memDir is a directory: the names in it, and those that would survive a crash.
type memDir struct {
	files, kept map[string]*memFile
	subs, safe  map[string]bool
}

// memFile is the bytes of a file. The first synced of them would survive, but for those that are lost.
type memFile struct {
	data   []byte
	synced int
	lost   []bool // of each byte: whether a failed sync has forgotten it; as long as need be
}

// memHandle is a memFile opened for appending.
type memHandle struct {
	disk *Memory
	file *memFile
}

// memReader reads the bytes a memFile had.
type memReader struct {
	*bytes.Reader
	info memInfo
}

// Stat describes the file as it was when it was opened.
func (r memReader) Stat() (fs.FileInfo, error) { return r.info, nil }

// Close does nothing.
func (r memReader) Close() error { return nil }

// memInfo is a name, its size and its mode. There are no times here, and no owners.
type memInfo struct {
	name string
	size int64
	mode fs.FileMode
}

// The facts of a memInfo.
func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) Mode() fs.FileMode  { return i.mode }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) IsDir() bool        { return i.mode.IsDir() }
func (i memInfo) Sys() any           { return nil }

// dir gives a directory; the roots exist from the start. The disk is locked.
func (m *Memory) dir(name string) (*memDir, error) {
	name = slashed(name)
	if m.dirs == nil {
		m.dirs = map[string]*memDir{}
	}
	if d := m.dirs[name]; d != nil {
		return d, nil
	}
	if name == "." || name == "/" {
		return m.add(name), nil
	}
	return nil, fs.ErrNotExist
}

// slashed is how a directory is named here.
func slashed(name string) string { return filepath.ToSlash(filepath.Clean(name)) }

func (m *Memory) add(name string) *memDir {
	d := &memDir{map[string]*memFile{}, map[string]*memFile{}, map[string]bool{}, map[string]bool{}}
	m.dirs[name] = d
	return d
}

// find gives a file. The disk is locked.
func (m *Memory) find(op, name string) (*memFile, error) {
	d, err := m.dir(filepath.Dir(name))
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	if f := d.files[filepath.Base(name)]; f != nil {
		return f, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Create makes an empty file.
func (m *Memory) Create(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.dir(filepath.Dir(name))
	base := filepath.Base(name)
	if err == nil && (d.files[base] != nil || d.subs[base]) {
		err = fs.ErrExist
	}
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: err}
	}
	d.files[base] = &memFile{}
	return &memHandle{m, d.files[base]}, nil
}

// Append opens a file to add to it.
func (m *Memory) Append(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.find("append", name)
	if err != nil {
		return nil, err
	}
	return &memHandle{m, f}, nil
}

// Overwrite writes bytes once more where they stand. They are lost no longer, and unsynced.
func (m *Memory) Overwrite(name string, at int64, same []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.find("overwrite", name)
	if err != nil {
		return err
	}
	end := at + int64(len(same))
	if at < 0 || end > int64(len(f.data)) {
		return &fs.PathError{Op: "overwrite", Path: name, Err: fs.ErrInvalid}
	}
	copy(f.data[at:], same)
	for i := at; i < min(end, int64(len(f.lost))); i++ {
		f.lost[i] = false
	}
	return nil
}

// Read gives the bytes a file has now.
func (m *Memory) Read(name string) (Reader, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.find("read", name)
	if err != nil {
		return nil, err
	}
	b := slices.Clone(f.data)
	return memReader{bytes.NewReader(b), memInfo{filepath.Base(name), int64(len(b)), 0o600}}, nil
}

// Lstat describes what has a name.
func (m *Memory) Lstat(name string) (fs.FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.dir(name); err == nil {
		return memInfo{filepath.Base(name), 0, fs.ModeDir | 0o700}, nil
	}
	f, err := m.find("lstat", name)
	if err != nil {
		return nil, err
	}
	return memInfo{filepath.Base(name), int64(len(f.data)), 0o600}, nil
}

// Link gives a file another name beside its own. A name that is taken is an error that is fs.ErrExist.
func (m *Memory) Link(name, other string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.find("link", name)
	if err != nil {
		return err
	}
	d, err := m.dir(filepath.Dir(other))
	if base := filepath.Base(other); err == nil && (d.files[base] != nil || d.subs[base]) {
		err = fs.ErrExist
	}
	if err != nil {
		return &fs.PathError{Op: "link", Path: other, Err: err}
	}
	d.files[filepath.Base(other)] = f
	return nil
}

// Rename gives a file another name in place of its own, and in place of a file that has it.
func (m *Memory) Rename(name, other string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.find("rename", name)
	if err != nil {
		return err
	}
	d, err := m.dir(filepath.Dir(other))
	if err == nil && d.subs[filepath.Base(other)] {
		err = fs.ErrExist
	}
	if err != nil {
		return &fs.PathError{Op: "rename", Path: other, Err: err}
	}
	delete(m.dirs[slashed(filepath.Dir(name))].files, filepath.Base(name))
	d.files[filepath.Base(other)] = f
	return nil
}

// Remove takes a file's name away, or that of a directory that is empty.
func (m *Memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d, above := m.dirs[slashed(name)], m.dirs[slashed(filepath.Dir(name))]; d != nil && above != nil && above.subs[filepath.Base(name)] {
		if len(d.files)+len(d.subs) > 0 {
			return &fs.PathError{Op: "remove", Path: name, Err: errNotEmpty}
		}
		delete(above.subs, filepath.Base(name))
		delete(above.safe, filepath.Base(name))
		delete(m.dirs, slashed(name))
		return nil
	}
	if _, err := m.find("remove", name); err != nil {
		return err
	}
	delete(m.dirs[slashed(filepath.Dir(name))].files, filepath.Base(name))
	return nil
}

// errNotEmpty is why a directory is not removed.
var errNotEmpty = errors.New("directory not empty")

// Size is how many bytes a file has.
func (m *Memory) Size(name string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.find("size", name)
	if err != nil {
		return 0, err
	}
	return int64(len(f.data)), nil
}

// Mkdir makes one directory.
func (m *Memory) Mkdir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.dir(name); err == nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	parent, err := m.dir(filepath.Dir(name))
	if err == nil && parent.files[filepath.Base(name)] != nil {
		err = fs.ErrExist
	}
	if err != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: err}
	}
	parent.subs[filepath.Base(name)] = true
	m.add(slashed(name))
	return nil
}

// List gives the names in a directory, sorted.
func (m *Memory) List(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.dir(dir)
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: err}
	}
	var names []string
	for name := range d.files {
		names = append(names, name)
	}
	for name := range d.subs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// SyncDir makes the names in a directory survive a crash.
func (m *Memory) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.dir(dir)
	if err != nil {
		return &fs.PathError{Op: "sync", Path: dir, Err: err}
	}
	clear(d.kept)
	for name, f := range d.files {
		d.kept[name] = f
	}
	for name := range d.subs {
		d.safe[name] = true
	}
	return nil
}

// AfterCrash is the disk as a machine finds it after losing power: names and bytes that were never synced
// are gone, but for as many of a file's unsynced bytes as luck says (given how many there are; nil: none). Luck is asked
// file by file in the order of their names, so that luck drawn from a seed gives the same disk again.
func (m *Memory) AfterCrash(luck func(unsynced int) int) *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	after := &Memory{dirs: map[string]*memDir{}}
	left := map[*memFile]*memFile{} // a file that has several names is one
	var walk func(name string)
	walk = func(name string) {
		old := m.dirs[name]
		if old == nil {
			return
		}
		d := after.add(name)
		for _, base := range slices.Sorted(maps.Keys(old.kept)) {
			f := old.kept[base]
			if left[f] == nil {
				left[f] = f.afterCrash(luck)
			}
			d.files[base], d.kept[base] = left[f], left[f]
		}
		for _, base := range slices.Sorted(maps.Keys(old.safe)) {
			d.subs[base], d.safe[base] = true, true
			walk(path.Join(name, base))
		}
	}
	walk(".")
	walk("/")
	return after
}

// afterCrash is what is left of a file.
func (f *memFile) afterCrash(luck func(unsynced int) int) *memFile {
	n := f.synced
	if luck != nil {
		n += luck(len(f.data) - f.synced)
	}
	g := &memFile{data: slices.Clone(f.data[:n]), synced: n}
	for i := range min(n, len(f.lost)) {
		if f.lost[i] {
			g.data[i] = 0
		}
	}
	return g
}

// Write adds to the end.
func (h *memHandle) Write(b []byte) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	h.file.data = append(h.file.data, b...)
	return len(b), nil
}

// Sync makes the bytes survive a crash.
func (h *memHandle) Sync() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	h.file.synced = len(h.file.data)
	return nil
}

// Forget is a Sync that fails, and after which the kernel takes for written what is not: it can be read, no later Sync
// makes it durable, and after a crash there are zeros in its place.
func (h *memHandle) Forget() {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	f := h.file
	f.lost = append(f.lost, make([]bool, len(f.data)-len(f.lost))...)
	for i := f.synced; i < len(f.data); i++ {
		f.lost[i] = true
	}
}

// Truncate cuts the file.
func (h *memHandle) Truncate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if size < 0 || size > int64(len(h.file.data)) {
		return fs.ErrInvalid
	}
	h.file.data = h.file.data[:size]
	h.file.synced = min(h.file.synced, int(size))
	h.file.lost = h.file.lost[:min(len(h.file.lost), int(size))]
	return nil
}

// Close lets go of the file.
func (h *memHandle) Close() error { return nil }
