package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// A fileLock is one process's at a time, and nobody's once that process has ended, however it ended: the kernel unlocks
// it. The file stays, and what it says about its holder counts only while it is locked.
type fileLock struct {
	file    *os.File
	journal *os.File // locked too; nil: there is none yet. See lockJournal
}

// A process that only asks whether a lock is taken has it, shared, for microseconds. So a lock that is taken is tried again a
// millisecond later, this many times.
const (
	takeTries = 1000
	takePause = time.Millisecond
)

// takeLock takes the lock at path, making the file, with mode 0600, when it is missing. It does not wait
// for a holder: a lock that is taken is a [*LockedError]. What is no plain file is refused and left as it is: the holder
// writes himself down in the lock, and behind a symbolic link stands somebody else's file.
func takeLock(path string) (*fileLock, error) {
	if err := mustBePlain(path); err != nil {
		return nil, fmt.Errorf("take the lock: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take the lock: %w", err)
	}
	err = lockWithRetries(f)
	if errors.Is(err, errTaken) {
		return nil, errors.Join(&LockedError{holder(f)}, f.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("take the lock %s: %w", path, errors.Join(err, f.Close()))
	}
	l := &fileLock{file: f}
	if err := l.writeHolder(); err != nil {
		return nil, fmt.Errorf("sign the lock %s: %w", path, errors.Join(err, f.Close()))
	}
	return l, nil
}

// errTaken says that somebody else has the lock.
var errTaken = errors.New("the lock is taken")

// tryLock locks an open file for this process, until it closes the file or ends, without waiting; errTaken when somebody
// else has it.
func tryLock(f *os.File, how int) error {
	for {
		switch err := flock(f, how); {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errTaken
		default:
			return err
		}
	}
}

// lockWithRetries locks an open file, and waits out processes that only ask whether it is locked; errTaken when another process
// has the lock for itself.
func lockWithRetries(f *os.File) (err error) {
	for range takeTries {
		if err = tryLock(f, exclusive); !errors.Is(err, errTaken) {
			break
		}
		// If a shared lock can be had, no process has the lock for itself: another one only asks.
		if err = tryLock(f, shared); err != nil {
			break
		}
		if err = tryLock(f, unlock); err != nil {
			break
		}
		err = errTaken
		time.Sleep(takePause)
	}
	return err
}

// lockJournal locks a run's journal too, so that the run has one writer (law L8). A lock's file looks like something that a dead process left behind, and a
// person who removes it must not let a second writer in. A journal that is removed needs no lock: no run goes on without
// one.
func (l *fileLock) lockJournal(journal string) error {
	f, err := os.OpenFile(journal, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("lock the audit log: %w", err)
	}
	switch err = lockWithRetries(f); {
	case errors.Is(err, errTaken):
		return errors.Join(fmt.Errorf("%w, which writes the audit log, and whose lock file somebody removed", &LockedError{}), f.Close())
	case err != nil:
		return fmt.Errorf("lock the audit log %s: %w", journal, errors.Join(err, f.Close()))
	}
	l.journal = f
	return nil
}

// mustBePlain is an error when what stands at a lock's path is no plain file.
func mustBePlain(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().IsRegular() {
		return nil // what else is wrong shows when it is opened
	}
	return fmt.Errorf("%s is no plain file (%v)\n\tlook what it is and who put it there, then remove it: a lock is made anew when it is needed", path, info.Mode())
}

// writeHolder writes into the lock which process has it.
func (l *fileLock) writeHolder() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	line, err := json.Marshal(Holder{host, os.Getpid(), bootID()})
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt(append(line, '\n'), 0)
	return err
}

// Close unlocks both files.
func (l *fileLock) Close() error {
	if l.journal == nil {
		return l.file.Close()
	}
	return errors.Join(l.journal.Close(), l.file.Close())
}

// lockedBy is who has the lock at path now, without taking it.
func lockedBy(path string) (by Holder, locked bool, err error) {
	if err := mustBePlain(path); err != nil {
		return Holder{}, false, err
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return Holder{}, false, nil
	}
	if err != nil {
		return Holder{}, false, err
	}
	defer f.Close()
	switch err := tryLock(f, shared); {
	case errors.Is(err, errTaken):
		return holder(f), true, nil
	case err != nil:
		return Holder{}, false, err
	}
	return Holder{}, false, nil
}

// holder reads which process signed the lock. What cannot be read is the zero Holder: the lock counts, not the text.
func holder(f *os.File) Holder {
	b := make([]byte, 4096)
	n, _ := f.ReadAt(b, 0)
	var h Holder
	if json.Unmarshal(b[:n], &h) != nil {
		return Holder{}
	}
	return h
}
