package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ofsplan/internal/trust"
)

// ReadPlain reads a regular file that is to be replaced: no link, and nothing else that is read elsewhere than it is written.
func ReadPlain(path, what string, limit int64) ([]byte, fs.FileInfo, error) {
	if err := plain(path); err != nil {
		return nil, nil, err
	}
	return ReadInfo(path, what, limit)
}

// plain refuses what is no regular file.
func plain(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil: // reading it says so better
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		to, err := filepath.EvalSymlinks(path)
		if err != nil {
			to = "nothing"
		}
		return fmt.Errorf("%s is a link to %s, and is not written through\n\tname that file itself", path, to)
	case !info.IsDir() && !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file, and is not replaced", path)
	}
	return nil
}

// Replace puts a text in place of a file that [ReadPlain] read: all of it or nothing. The file keeps its mode and its owner. One
// that has changed since, or has a second name which would keep the old text, stays as it is.
func Replace(path string, was fs.FileInfo, text []byte) (err error) {
	if !trust.Alone(was) {
		return fmt.Errorf("%s has a second name (a hard link), under which the old text would stay\n\tmake it a file of its own first", path)
	}
	old, err := os.OpenFile(path, os.O_WRONLY, 0) // who may not write it may not replace it either
	if err != nil {
		return err
	}
	if err := old.Close(); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%s cannot be replaced: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s stayed as it was: %w", path, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(likeness(f, was), f.Sync(), f.Close()); err != nil {
		return err
	}
	now, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(now, was) || now.Size() != was.Size() || !now.ModTime().Equal(was.ModTime()) {
		return errors.New("it was changed meanwhile")
	}
	return os.Rename(f.Name(), path)
}

// likeness gives a new file the owner and the mode of an old one.
func likeness(f *os.File, was fs.FileInfo) error {
	now, err := f.Stat()
	if err != nil {
		return err
	}
	user, known := trust.UserOf(was)
	group, _ := trust.GroupOf(was)
	mine, _ := trust.UserOf(now)
	ours, _ := trust.GroupOf(now)
	if known && (user != mine || group != ours) {
		if err := f.Chown(int(user), int(group)); err != nil {
			return err
		}
	}
	return f.Chmod(was.Mode().Perm())
}
