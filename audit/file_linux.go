package audit

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// fileID names a file by its inode and, where the file system keeps it, the time it was made: inodes are used again.
// Empty when the file is not there.
func fileID(path string) string {
	var s unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_INO|unix.STATX_BTIME, &s); err != nil {
		return ""
	}
	id := fmt.Sprint(s.Ino)
	if s.Mask&unix.STATX_BTIME != 0 {
		id += fmt.Sprintf("-%d.%09d", s.Btime.Sec, s.Btime.Nsec)
	}
	return id
}
