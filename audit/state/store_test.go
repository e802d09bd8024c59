package state_test

import (
	"path/filepath"
	"runtime"
	"testing"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/audit/state/statetest"
)

func TestAFolderKeepsWhatAStorePromises(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "aix" {
		t.Skip("no run is begun on this system")
	}
	statetest.Run(t, func(t *testing.T) statetest.Host {
		path := filepath.Join(t.TempDir(), "state")
		return statetest.Host{
			Store:     func() state.Store { return state.NewFolder(audit.RealDisk{}, path) },
			Simulated: func() state.Store { return state.NewFolder(audit.RealDisk{}, path).Simulated() },
		}
	})
}

// The plug of a real disk cannot be pulled.
func TestAFolderOnADiskInMemoryKeepsWhatAStorePromises(t *testing.T) {
	statetest.Run(t, func(*testing.T) statetest.Host { return onDisk(&audit.Memory{}) })
}

func onDisk(disk *audit.Memory) statetest.Host {
	return statetest.Host{
		Store:     func() state.Store { return state.NewFolder(disk, "var/state") },
		Simulated: func() state.Store { return state.NewFolder(disk, "var/state").Simulated() },
		Crash:     func(luck func(int) int) statetest.Host { return onDisk(disk.AfterCrash(luck)) },
		Alone:     true,
	}
}

func TestMemoryKeepsWhatAStorePromises(t *testing.T) {
	statetest.Run(t, func(*testing.T) statetest.Host { return inMemory(state.NewMemory(false), state.NewMemory(true)) })
}

func inMemory(real, simulated *state.Memory) statetest.Host {
	return statetest.Host{
		Store:     func() state.Store { return real },
		Simulated: func() state.Store { return simulated },
		Crash: func(luck func(int) int) statetest.Host {
			return inMemory(real.AfterCrash(luck), simulated.AfterCrash(luck))
		},
	}
}
