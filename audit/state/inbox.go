package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"ofsplan/internal/trust"
)

// maxLetter is the largest letter that is read, in bytes.
const maxLetter = 64 << 10

// letterEnding is that of the name of a letter's file.
const letterEnding = ".json"

// inboxFolder is an [Inbox] of one file for each letter, written under another name and renamed, so that the runner sees it whole or not
// at all.
type inboxFolder struct {
	disk   Disk
	path   string
	folder *Folder
	run    string
}

// Inbox is where other processes leave statements for a run.
func (f *Folder) Inbox(run string) Inbox {
	return &inboxFolder{f.disk, filepath.Join(f.run(run), "inbox"), f, run}
}

// Put leaves a letter. Whoever may not list the inbox cannot make its name durable.
func (b *inboxFolder) Put(id string, data []byte) error {
	err := b.folder.makeInbox(b.run)
	if err == nil {
		err = b.put(id, data)
	}
	if err != nil {
		return b.folder.whose(fmt.Errorf("leave a word: %w", err))
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
	if err == nil && b.folder.real {
		err = os.Chmod(temp, letterMode)
	}
	if _, taken := b.disk.Lstat(b.file(id)); err == nil && taken == nil { // nobody else comes between: only one process can create the temporary file
		err = &fs.PathError{Op: "rename", Path: b.file(id), Err: fs.ErrExist}
	}
	if err == nil {
		err = b.disk.Rename(temp, b.file(id))
	}
	if err != nil {
		return errors.Join(err, b.disk.Remove(temp))
	}
	if err := b.disk.SyncDir(b.path); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
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
			l = &Letter{ID: id, Owner: b.owner(id), Unread: err}
		}
		if l != nil {
			letters = append(letters, *l)
		}
	}
	return letters, nil
}

// read reads one letter; nil when there is something else in its place. One that has a second name is none: it may have been put here
// by somebody it does not belong to.
func (b *inboxFolder) read(id string) (*Letter, error) {
	if info, err := b.disk.Lstat(b.file(id)); err != nil || !info.Mode().IsRegular() {
		return nil, err
	}
	f, err := b.open(id)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || !trust.Alone(info) {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxLetter))
	return &Letter{ID: id, Owner: trust.Owner(info), UID: uidOf(info), Data: data}, err
}

// uidOf is the number of the user to whom a file belongs; empty where files have none.
func uidOf(info fs.FileInfo) string {
	uid, known := trust.UserOf(info)
	if !known {
		return ""
	}
	return strconv.FormatUint(uint64(uid), 10)
}

// open opens a letter to be read. Others may put a link or a pipe in its place at any moment: neither is followed or waited for.
func (b *inboxFolder) open(id string) (fs.File, error) {
	if !b.folder.real {
		return b.disk.Read(b.file(id))
	}
	return os.OpenFile(b.file(id), os.O_RDONLY|noFollow|noWait, 0)
}

// owner is to whom a letter belongs that cannot be read; empty: it cannot be told.
func (b *inboxFolder) owner(id string) string {
	info, err := b.disk.Lstat(b.file(id))
	if err != nil {
		return ""
	}
	return trust.Owner(info)
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
