package audit

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A Disk is where journals are kept. [RealDisk] is the machine's own; [Memory] is for rehearsals and for
// tests that pull the plug. Nothing on it is durable before its Sync: bytes by the file's, a name by the
// Sync of the directory that holds it.
type Disk interface {
	// Create makes an empty file, readable by its owner alone, and opens it for appending. A file that
	// exists is an error that is fs.ErrExist.
	Create(name string) (File, error)
	// Append opens a file that exists, to add at its end.
	Append(name string) (File, error)
	// Overwrite writes the bytes that stand at an offset of a file once more; the next Sync makes them durable. Once a
	// sync has failed, a kernel takes what was unsynced for written: it reads them back, and syncs them never again.
	Overwrite(name string, at int64, same []byte) error
	// Read opens a file to be read.
	Read(name string) (Reader, error)
	// Size is how many bytes a file has.
	Size(name string) (int64, error)
	// Mkdir makes one directory, for its owner alone. One that exists is an error that is fs.ErrExist.
	Mkdir(name string) error
	// List gives the names in a directory, sorted.
	List(dir string) ([]string, error)
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
}

// A File is added to, made durable, and after a crash cut back to its last whole line.
type File interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// A Reader reads a file from its first byte on, or anywhere. What it says of the file is as of when it is asked.
type Reader interface {
	fs.File
	io.ReaderAt
}

// RealDisk is the machine's file system.
type RealDisk struct{}

// Create makes a new file with mode 0600.
func (RealDisk) Create(name string) (File, error) {
	return asFile(os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600))
}

// Append opens a file to add to it.
func (RealDisk) Append(name string) (File, error) {
	return asFile(os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0))
}

// Overwrite writes bytes once more where they stand.
func (RealDisk) Overwrite(name string, at int64, same []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(same, at)
	return errors.Join(err, f.Close())
}

// asFile keeps a nil *os.File from becoming a File that is not nil.
func asFile(f *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Read opens a file for reading.
func (RealDisk) Read(name string) (Reader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Lstat describes what has a name, and follows no link.
func (RealDisk) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(name) }

// Link gives a file another name beside its own. A name that is taken is an error that is fs.ErrExist.
func (RealDisk) Link(name, other string) error { return os.Link(name, other) }

// Rename gives a file another name in place of its own, and in place of a file that has it.
func (RealDisk) Rename(name, other string) error { return os.Rename(name, other) }

// Remove takes a file's name away, or that of a directory that is empty.
func (RealDisk) Remove(name string) error { return os.Remove(name) }

// Size is how many bytes a file has.
func (RealDisk) Size(name string) (int64, error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Mkdir makes one directory with mode 0700.
func (RealDisk) Mkdir(name string) error { return os.Mkdir(name, 0o700) }

// List gives the names in a directory, sorted.
func (RealDisk) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// SyncDir makes the names in a directory durable.
func (RealDisk) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// MakeDirs makes dir and what is missing above it, each durable before the next. One that is there already is made durable
// too: whoever made it may have died over it.
func MakeDirs(d Disk, dir string) error {
	above := filepath.Dir(dir)
	err := d.Mkdir(dir)
	switch {
	case err == nil:
		err = syncName(d, above)
	case errors.Is(err, fs.ErrExist):
		return syncName(d, dir)
	case errors.Is(err, fs.ErrNotExist) && above != dir:
		if err = MakeDirs(d, above); err == nil {
			err = d.Mkdir(dir)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.SyncDir(above)
}

// syncName makes the name of a directory durable that was there before, unless the one above it belongs to somebody else, who
// then made it, or cannot be synced.
func syncName(d Disk, dir string) error {
	err := d.SyncDir(filepath.Dir(dir))
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
