package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ofsplan/audit"
)

// /proc is there on every Linux, so its magic number stands for whatever a table calls it.
func TestShakyFileSystemsAreRefusedByName(t *testing.T) {
	const procMagic = 0x9fa0
	if err := trustLocks("/proc/self/not/there"); err != nil {
		t.Errorf("a file system whose locks can be trusted: got %v", err)
	}
	err := refuseUnreliable("/proc/self/not/there", func(magic uint32) string {
		if magic != procMagic {
			t.Errorf("got magic number %#x, want %#x", magic, procMagic)
		}
		return "NFS"
	})
	if err == nil || !strings.Contains(err.Error(), "is on NFS") || !strings.Contains(err.Error(), "--state-dir") {
		t.Errorf("got %v, want a refusal that names the file system and what to do", err)
	}
	for magic, want := range map[uint32]string{0x6969: "NFS", 0xff534d42: "SMB", 0x65735546: "FUSE", 0xef53: "", 0x01021994: ""} {
		if got := unreliableLocks(magic); got != want {
			t.Errorf("magic %#x: got %q, want %q", magic, got, want)
		}
	}
}

func TestThisBootHasAnID(t *testing.T) {
	if len(bootID()) != 36 {
		t.Errorf("got %q, want a UUID", bootID())
	}
}

// /dev/shm is in memory on every Linux that has it; the numbers of the others are statfs(2)'s.
func TestWhatARebootTakesIsKnown(t *testing.T) {
	for magic, want := range map[uint32]string{0x01021994: "tmpfs", 0x858458f6: "ramfs", 0x794c7630: "overlay", 0xef53: "", 0x58465342: "", 0x9123683e: ""} {
		if got := volatileSystem(magic); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("magic %#x: got %q, want one with %q", magic, got, want)
		}
	}
	if _, err := os.Stat("/dev/shm"); err != nil || volatile("/dev/shm") == "" {
		t.Skip("there is no /dev/shm in memory here")
	}
	dir, err := os.MkdirTemp("/dev/shm", "ofsplan-")
	if err != nil {
		t.Skip(err)
	}
	defer os.Remove(dir)
	f := NewFolder(audit.RealDisk{}, filepath.Join(dir, "not", "there", "yet"))
	if got := f.Cautions(); len(got) != 1 || !strings.Contains(got[0], "tmpfs") || !strings.Contains(got[0], "--state-dir") {
		t.Errorf("got %q", got)
	}
	if got := f.Simulated().Cautions(); got != nil {
		t.Errorf("of simulated runs: %q", got)
	}
	t.Setenv("OFSPLAN_TRUST", "1")
	if got := f.Named().Cautions(); got != nil {
		t.Errorf("of one that is vouched for: %q", got)
	}
}
