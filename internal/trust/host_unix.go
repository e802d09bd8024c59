//go:build unix

package trust

import (
	"io/fs"
	"syscall"
)

// UserOf is the number of the user a file belongs to.
func UserOf(info fs.FileInfo) (uid uint32, known bool) {
	st, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, false
	}
	return st.Uid, true
}

// GroupOf is the number of the group a file belongs to.
func GroupOf(info fs.FileInfo) (gid uint32, known bool) {
	st, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, false
	}
	return st.Gid, true
}

// Alone reports whether a file has one name only. One that has several may have been put here by somebody it does not belong to.
func Alone(info fs.FileInfo) bool {
	st, known := info.Sys().(*syscall.Stat_t)
	return !known || uint64(st.Nlink) <= 1
}
