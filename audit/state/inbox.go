package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/trust"
)

// maxLetter is the largest letter that is read, in bytes.
const maxLetter = 64 << 10

// letterEnding is that of the name of a letter's file.
const letterEnding = ".json"

// inboxFolder is an [Inbox] of one file for each letter, written under another name and renamed, so that the runner sees it whole or not
// at all.
type inboxFolder struct {
	disk Disk
	path string
}

// Inbox is where other processes leave statements for a run.
func (f *Folder) Inbox(run string) Inbox {
	return &inboxFolder{f.disk, filepath.Join(f.run(run), "inbox")}
}

// Put leaves a letter.
func (b *inboxFolder) Put(id string, data []byte) error {
	err := audit.MakeDirs(b.disk, b.path)
	if err == nil {
		err = b.put(id, data)
	}
	if err != nil {
		return fmt.Errorf("leave a word: %w", err)
	}
	return nil
}

// put writes a letter under a temporary name in the inbox, and gives it its own once it is whole and durable.
func (b *inboxFolder) put(id string, data []byte) error {
	temp := filepath.Join(b.path, "."+id)
	f, err := b.disk.Create(temp)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if _, taken := b.disk.Lstat(b.file(id)); err == nil && taken == nil { // nobody else comes between: only one process can create the temporary file
		err = &fs.PathError{Op: "rename", Path: b.file(id), Err: fs.ErrExist}
	}
	if err == nil {
		err = b.disk.Rename(temp, b.file(id))
	}
	if err != nil {
		return errors.Join(err, b.disk.Remove(temp))
	}
	return b.disk.SyncDir(b.path)
}

// Letters are those that wait.
func (b *inboxFolder) Letters() ([]Letter, error) {
	names, err := b.disk.List(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the inbox: %w", err)
	}
	var letters []Letter
	for _, name := range names {
		id, whole := strings.CutSuffix(name, letterEnding)
		if !whole || strings.HasPrefix(id, ".") {
			continue
		}
		l, err := b.read(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue // taken back meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read the inbox: %w", err)
		}
		if l != nil {
			letters = append(letters, *l)
		}
	}
	return letters, nil
}

// read reads one letter; nil when there is something else in its place.
func (b *inboxFolder) read(id string) (*Letter, error) {
	if info, err := b.disk.Lstat(b.file(id)); err != nil || !info.Mode().IsRegular() {
		return nil, err
	}
	f, err := b.disk.Read(b.file(id))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxLetter))
	return &Letter{ID: id, Owner: trust.Owner(info), Data: data}, err
}

// Waits reports whether a letter is still there.
func (b *inboxFolder) Waits(id string) (bool, error) {
	_, err := b.disk.Lstat(b.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Remove takes a letter out.
func (b *inboxFolder) Remove(id string) error {
	if err := b.disk.Remove(b.file(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take a word out of the inbox: %w", err)
	}
	return nil
}

func (b *inboxFolder) file(id string) string { return filepath.Join(b.path, id+letterEnding) }
