package operate

import (
	"errors"
	"syscall"
)

// TooManyFiles reports whether err is the limit of this process, or of this host, on open files: neither a disk nor an address
// is to blame.
func TooManyFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
