package audit

import (
	"math"

	"golang.org/x/sys/unix"
)

// freeBytes is how much a user without privileges can still write on the file system that holds path; known is
// false when the file system does not count, as those do that are no disks.
func freeBytes(path string) (free int64, known bool, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, false, err
	}
	if s.Blocks == 0 {
		return 0, false, nil
	}
	size := uint64(max(s.Frsize, 1)) // the unit of the counts, statvfs(3)
	if s.Bavail > math.MaxInt64/size {
		return math.MaxInt64, true, nil
	}
	return int64(s.Bavail * size), true, nil
}
