//go:build unix

package audit

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errHeld says that somebody else holds the lock.
var errHeld = errors.New("the lock is held")

// The ways to ask for a lock. None of them waits.
const (
	exclusive = unix.LOCK_EX | unix.LOCK_NB
	shared    = unix.LOCK_SH | unix.LOCK_NB
	unlock    = unix.LOCK_UN
)

// noFollow keeps open from following a symbolic link to a file that is no lock.
const noFollow = unix.O_NOFOLLOW

// flock locks an open file for this process, until it closes the file or ends.
func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return errHeld
		default:
			return err
		}
	}
}
