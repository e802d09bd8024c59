package trust

import "syscall"

// stRDONLY is ST_RDONLY of statvfs(3): nothing can be changed through this mount.
const stRDONLY = 1

// readOnlyMount reports whether the mount that a path is on is read-only. One that cannot be asked is not.
func readOnlyMount(path string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(path, &s) == nil && s.Flags&stRDONLY != 0
}
