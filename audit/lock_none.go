//go:build !unix

package audit

import (
	"errors"
	"os"
)

// errHeld says that somebody else holds the lock.
var errHeld = errors.New("the lock is held")

// The ways to ask for a lock.
const (
	exclusive = iota
	shared
	unlock
)

// noFollow is nothing: no lock is ever taken here.
const noFollow = 0

// flock refuses: without locks nobody can promise that a run has one writer.
func flock(*os.File, int) error {
	return errors.New("this system has no file locks that ofsplan can use")
}

func bootID() string { return "" }

func trustLocks(string) error { return nil }
