package state

import (
	"errors"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ofsplan/audit"
)

func TestAFolderWithoutRoomIsRefused(t *testing.T) {
	folder := NewFolder(audit.RealDisk{}, filepath.Join(t.TempDir(), "state", "not", "made", "yet"))
	if err := folder.Room(1); err != nil {
		t.Errorf("a byte is wanted: %v", err)
	}
	err := folder.Room(math.MaxInt64)
	if runtime.GOOS == "linux" && (!errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "make room")) {
		t.Errorf("more is wanted than any disk has: %v", err)
	}
	if err := NewFolder(&audit.Memory{}, "state").Room(math.MaxInt64); err != nil {
		t.Errorf("a disk in memory: %v", err)
	}
}
