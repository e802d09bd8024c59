//go:build unix && !linux && !aix

// What we know of Unix systems other than Linux: they have flock, and the rest we have not learned to ask.

package state

import (
	"os"

	"golang.org/x/sys/unix"
)

// The ways to ask for a lock. None of them waits.
const (
	exclusive = unix.LOCK_EX | unix.LOCK_NB
	shared    = unix.LOCK_SH | unix.LOCK_NB
	unlock    = unix.LOCK_UN
)

// noFollow keeps open from following a symbolic link to a file that is no lock.
const noFollow = unix.O_NOFOLLOW

// noWait keeps open from waiting for whoever writes into a pipe.
const noWait = unix.O_NONBLOCK

// flock locks an open file once, see flock(2).
func flock(f *os.File, how int) error { return unix.Flock(int(f.Fd()), how) }

// bootID is empty: there is no such id that we know of.
func bootID() string { return "" }

// trustLocks trusts: we do not know how to distinguish a local disk from another.
func trustLocks(string) error { return nil }

// freeBytes is not known.
func freeBytes(string) (free int64, known bool, err error) { return 0, false, nil }

// fileID is empty: a file is not distinguished from its copy.
func fileID(string) string { return "" }

// volatile is not known.
func volatile(string) string { return "" }
