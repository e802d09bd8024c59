package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"ofsplan/audit"
)

// A Drawn keeps what was drawn from the audit logs of runs and can be drawn again, for whoever starts the next one. Nothing is lost with it.
type Drawn interface {
	// History is what was kept of how long batches take; nil: nothing was. Where runs are simulated nothing is.
	History() ([]byte, error)
	// KeepHistory puts what change makes of what is there in its place. Of two processes that do so at once the second sees what the first
	// has kept; one that has no turn soon gets an error that wraps ErrLocked.
	KeepHistory(change func(was []byte) ([]byte, error)) error
}

// mostHistory is how large a kept history may be, in bytes: of tens of thousands of batches. What is larger is none of ours.
const mostHistory = 32 << 20

// How often a history that another process is keeping is tried again, and how long after.
const (
	historyTries = 50
	historyPause = 10 * time.Millisecond
)

func (f *Folder) historyFile() string { return filepath.Join(f.path, "history.json") }

// History is what was kept of how long batches take; nil: nothing was.
func (f *Folder) History() ([]byte, error) {
	if f.simulated {
		return nil, nil
	}
	info, err := f.disk.Lstat(f.historyFile())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, f.whose(fmt.Errorf("read the history: %w", err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no plain file (%v)", f.historyFile(), info.Mode())
	}
	file, err := f.disk.Read(f.historyFile())
	if err != nil {
		return nil, f.whose(fmt.Errorf("read the history: %w", err))
	}
	text, err := io.ReadAll(io.LimitReader(file, mostHistory+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	if len(text) > mostHistory {
		return nil, fmt.Errorf("%s is larger than %s", f.historyFile(), mebibytes(mostHistory))
	}
	return text, nil
}

// KeepHistory puts what change makes of what is there in its place. What cannot be read counts as nothing.
func (f *Folder) KeepHistory(change func(was []byte) ([]byte, error)) (err error) {
	if f.simulated {
		return nil
	}
	unlock, err := f.lockHistory()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	was, err := f.History()
	if err != nil {
		was = nil
	}
	text, err := change(was)
	if err != nil {
		return err
	}
	return f.writeHistory(text)
}

// lockHistory makes this process the only one that changes the history.
func (f *Folder) lockHistory() (unlock func() error, err error) {
	if err := audit.MakeDirs(f.disk, f.path); err != nil {
		return nil, err
	}
	if !f.real {
		f.history.Lock()
		return func() error { f.history.Unlock(); return nil }, nil
	}
	for try := 1; ; try++ {
		lock, err := takeLock(filepath.Join(f.path, "history.lock"))
		switch {
		case err == nil:
			return lock.Close, nil
		case try == historyTries || !errors.Is(err, ErrLocked):
			return nil, fmt.Errorf("keep the history: %w", err)
		}
		time.Sleep(historyPause)
	}
}

// writeHistory puts a new file in the place of the old one.
func (f *Folder) writeHistory(text []byte) error {
	temp := f.historyFile() + ".new"
	if err := f.disk.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep the history: %w", err)
	}
	file, err := f.disk.Create(temp)
	if err != nil {
		return fmt.Errorf("keep the history: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = f.disk.Rename(temp, f.historyFile())
	}
	if err != nil {
		return fmt.Errorf("keep the history: %w", err)
	}
	return nil
}

// History is what was kept of how long batches take; nil: nothing was.
func (m *Memory) History() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.history, nil
}

// KeepHistory puts what change makes of what is there in its place.
func (m *Memory) KeepHistory(change func(was []byte) ([]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.simulated {
		return nil
	}
	text, err := change(m.history)
	if err == nil {
		m.history = text
	}
	return err
}
