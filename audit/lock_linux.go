package audit

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// bootID is the kernel's id of this boot, so that a holder from before a reboot is recognised.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// shaky names the file system with that magic number when two hosts may both believe that they hold a lock
// on it; empty: its locks can be trusted. See statfs(2).
func shaky(magic uint32) string {
	switch magic {
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "SMB"
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		return "AFS"
	case unix.CODA_SUPER_MAGIC:
		return "Coda"
	case unix.NCP_SUPER_MAGIC:
		return "NCP"
	case unix.V9FS_MAGIC:
		return "9P"
	case unix.FUSE_SUPER_MAGIC:
		return "FUSE"
	}
	return ""
}

// trustLocks refuses a folder on a file system whose locks cannot be trusted.
func trustLocks(path string) error { return distrust(path, shaky) }

func distrust(path string, shaky func(magic uint32) string) error {
	var s unix.Statfs_t
	if err := unix.Statfs(existing(path), &s); err != nil {
		return fmt.Errorf("look at the file system of the state folder %s: %w", path, err)
	}
	if kind := shaky(uint32(s.Type)); kind != "" {
		return fmt.Errorf("the state folder %s is on %s, where two hosts may both believe that they hold a run\n\tname a folder on a local disk with --state-dir or OFSPLAN_STATE", path, kind)
	}
	return nil
}
