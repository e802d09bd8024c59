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

// shaky are the file systems on which two hosts may both believe that they hold a lock, by their magic
// numbers. See statfs(2).
var shaky = map[uint32]string{
	unix.NFS_SUPER_MAGIC:  "NFS",
	unix.SMB_SUPER_MAGIC:  "SMB",
	unix.CIFS_SUPER_MAGIC: "CIFS",
	unix.SMB2_SUPER_MAGIC: "SMB",
	unix.AFS_SUPER_MAGIC:  "AFS",
	unix.AFS_FS_MAGIC:     "AFS",
	unix.CODA_SUPER_MAGIC: "Coda",
	unix.NCP_SUPER_MAGIC:  "NCP",
	unix.V9FS_MAGIC:       "9P",
	unix.FUSE_SUPER_MAGIC: "FUSE",
}

// trustLocks refuses a folder on a file system whose locks cannot be trusted.
func trustLocks(path string) error {
	var s unix.Statfs_t
	if err := unix.Statfs(existing(path), &s); err != nil {
		return fmt.Errorf("look at the file system of the state folder %s: %w", path, err)
	}
	if kind := shaky[uint32(s.Type)]; kind != "" {
		return fmt.Errorf("the state folder %s is on %s, where two hosts may both believe that they hold a run\n\tname a folder on a local disk with --state-dir or OFSPLAN_STATE", path, kind)
	}
	return nil
}
