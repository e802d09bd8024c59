package state

import (
	"errors"
	"fmt"

	"ofsplan/audit"
)

// Reserve is how much room a state folder keeps, in bytes: enough to record how everything under way ends, and many
// words of operators about it.
const Reserve = 16 << 20

// ErrNoRoom is wrapped by the error of [Folder.Room].
var ErrNoRoom = errors.New("there is no room for the audit log")

// Room refuses when the file system of the folder has less than that many bytes left for its user: nothing new may be
// started then, while there is room to record what is under way. A file system that does not tell has room, and so has a
// disk in memory.
func (f *Folder) Room(reserve int64) error {
	if _, real := f.disk.(audit.RealDisk); !real {
		return nil
	}
	path := existing(f.path)
	free, known, err := freeBytes(path)
	switch {
	case err != nil:
		return fmt.Errorf("%w: look at the file system of %s: %w", ErrNoRoom, path, err)
	case known && free < reserve:
		return fmt.Errorf("%w: the file system of %s has %s left, and %s are kept free to record what is under way\n\tmake room; a plan without once can also be run with another --state-dir, which knows nothing of the runs kept here",
			ErrNoRoom, path, mebibytes(free), mebibytes(reserve))
	}
	return nil
}

// mebibytes is a size as people read it.
func mebibytes(n int64) string {
	if n < 10<<20 {
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
