package state

import (
	"fmt"
	"math"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// The ways to ask for a lock. None of them waits.
const (
	exclusive = unix.LOCK_EX | unix.LOCK_NB
	shared    = unix.LOCK_SH | unix.LOCK_NB
	unlock    = unix.LOCK_UN
)

// noFollow keeps open from following a symbolic link to a file that is no lock.
const noFollow = unix.O_NOFOLLOW

// noWait keeps open from waiting for whoever writes into a pipe.
const noWait = unix.O_NONBLOCK

// flock locks an open file once, see flock(2).
func flock(f *os.File, how int) error { return unix.Flock(int(f.Fd()), how) }

// bootID is the kernel's id of this boot, so that a holder from before a reboot is recognised.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

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

// unreliableLocks names the file system with that magic number when two hosts may both believe that they hold a lock
// on it; empty: its locks can be trusted. See statfs(2).
func unreliableLocks(magic uint32) string {
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
func trustLocks(path string) error { return refuseUnreliable(path, unreliableLocks) }

func refuseUnreliable(path string, shaky func(magic uint32) string) error {
	var s unix.Statfs_t
	if err := unix.Statfs(existing(path), &s); err != nil {
		return fmt.Errorf("look at the file system of the state folder %s: %w", path, err)
	}
	if kind := shaky(uint32(s.Type)); kind != "" {
		return fmt.Errorf("the state folder %s is on %s, where two hosts may both believe that they hold a run\n\tname a folder on a local disk with --state-dir or OFSPLAN_STATE", path, kind)
	}
	return nil
}

// volatile says what a folder is on that does not outlive a reboot, or its container; empty: a disk, as far as we know. See statfs(2).
func volatile(path string) string {
	var s unix.Statfs_t
	if unix.Statfs(existing(path), &s) != nil {
		return ""
	}
	return volatileSystem(uint32(s.Type))
}

// volatileSystem says what the file system with that magic number is when it is one that is lost.
func volatileSystem(magic uint32) string {
	switch magic {
	case unix.TMPFS_MAGIC:
		return "in memory (tmpfs), which a reboot empties"
	case unix.RAMFS_MAGIC:
		return "in memory (ramfs), which a reboot empties"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "on an overlay, a container's own layer, which is gone with the container"
	}
	return ""
}
