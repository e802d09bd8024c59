package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// maxLetter is the largest letter that is read, in bytes.
const maxLetter = 64 << 10

// An Inbox is where other processes leave words for a run: one file each, written beside and renamed, so that
// the runner sees it whole or not at all. What stands in a letter is bytes to this package.
type Inbox struct{ path string }

// A Letter is one word that waits.
type Letter struct {
	ID    string // the file's name without its ending
	Owner string // who the file belongs to: the word's author, whatever it says itself
	Data  []byte
}

// Inbox is the inbox of a run that has begun.
func (f *Folder) Inbox(run string) *Inbox { return &Inbox{filepath.Join(f.Run(run), "inbox")} }

// Put leaves a letter. An id that is taken is an error that is fs.ErrExist.
func (b *Inbox) Put(id string, data []byte) error {
	if err := os.Mkdir(b.path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("leave a word: %w", err)
	}
	beside, err := os.OpenFile(filepath.Join(b.path, "."+id), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("leave a word: %w", err)
	}
	_, err = beside.Write(data)
	err = errors.Join(err, beside.Sync(), beside.Close())
	if err == nil {
		err = os.Rename(beside.Name(), b.file(id))
	}
	if err != nil {
		return fmt.Errorf("leave a word: %w", errors.Join(err, os.Remove(beside.Name())))
	}
	return nil
}

// Letters are the words that wait, in the order of their ids. An inbox nobody has written to is empty.
func (b *Inbox) Letters() ([]Letter, error) {
	entries, err := os.ReadDir(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the inbox: %w", err)
	}
	var letters []Letter
	for _, e := range entries {
		id, whole := strings.CutSuffix(e.Name(), letterEnding)
		if !whole || strings.HasPrefix(id, ".") || !e.Type().IsRegular() {
			continue
		}
		l, err := b.read(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue // taken back meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read the inbox: %w", err)
		}
		letters = append(letters, l)
	}
	return letters, nil
}

// Waits reports whether a letter is still there.
func (b *Inbox) Waits(id string) (bool, error) {
	_, err := os.Stat(b.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// read reads one letter. One that is too large comes cut, which is no JSON any more.
func (b *Inbox) read(id string) (Letter, error) {
	f, err := os.Open(b.file(id))
	if err != nil {
		return Letter{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Letter{}, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxLetter))
	return Letter{ID: id, Owner: owner(info), Data: data}, err
}

// Remove takes a letter out that has been dealt with, or that its author takes back. One that is gone is no error.
func (b *Inbox) Remove(id string) error {
	if err := os.Remove(b.file(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take a word out of the inbox: %w", err)
	}
	return nil
}

// owner is the name of the user a file belongs to, or the number where it has no name; empty where files have no owner
// we could read: the word's own claim then stands.
func owner(info fs.FileInfo) string {
	uid, known := userOf(info)
	if !known {
		return ""
	}
	number := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return "uid " + number
}

const letterEnding = ".json"

func (b *Inbox) file(id string) string { return filepath.Join(b.path, id+letterEnding) }
