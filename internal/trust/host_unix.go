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
