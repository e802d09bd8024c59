package state

import (
	"strings"
	"testing"
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
