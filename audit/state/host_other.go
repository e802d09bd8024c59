//go:build !unix || aix

// Systems on which no run can be begun or taken up, since nobody could promise that it has one writer. Plans are
// checked, rehearsed and tested there, and audit logs verified.
//
// AIX is one of them though it has fcntl's locks. Those belong to the process, not to the open file: closing any other
// descriptor of the same file lets go of them, and an audit log that is locked is opened and closed again by its own
// process, to be read; a process that asks for its own lock a second time gets it, so two runs in one process
// would not see each other.

package state

import (
	"errors"
	"os"
)

// The ways to ask for a lock.
const (
	exclusive = iota
	shared
	unlock
)

// noFollow is nothing: no lock is ever taken here.
const noFollow = 0

// noWait is nothing.
const noWait = 0

// flock refuses: without locks nobody can promise that a run has one writer.
func flock(*os.File, int) error {
	return errors.New("this system has no file locks that ofsplan can use")
}

func bootID() string { return "" }

func trustLocks(string) error { return nil }

func freeBytes(string) (free int64, known bool, err error) { return 0, false, nil }

func fileID(string) string { return "" }

// volatile is not known.
func volatile(string) string { return "" }
