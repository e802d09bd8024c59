//go:build unix

package audit

import (
	"io/fs"
	"os/user"
	"strconv"
	"syscall"
)

// owner is the name of the user a file belongs to, or the number where it has no name.
func owner(info fs.FileInfo) string {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	uid := strconv.FormatUint(uint64(st.Uid), 10)
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	return "uid " + uid
}
