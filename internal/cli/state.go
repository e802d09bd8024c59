package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/source"
)

// stateFlags choose the state folder and the root in it.
type stateFlags struct {
	dir       string
	simulated bool
}

// register adds --state-dir, and --simulated where past runs are looked up.
func (f *stateFlags) register(cmd *cobra.Command, lookup bool) {
	cmd.Flags().StringVar(&f.dir, "state-dir", "", "where runs are kept (default $OFSPLAN_STATE, else the XDG state folder)")
	if lookup {
		cmd.Flags().BoolVar(&f.simulated, "simulated", false, "look among the simulated runs")
	}
}

// folder is the state folder that was chosen.
func (f *stateFlags) folder() (*state.Folder, error) {
	path := f.dir
	if path == "" {
		path = os.Getenv("OFSPLAN_STATE")
	}
	if path == "" {
		home := os.Getenv("XDG_STATE_HOME")
		if !filepath.IsAbs(home) {
			user, err := os.UserHomeDir()
			if err != nil {
				return nil, errors.New("there is no home folder to keep runs in\n\tset --state-dir or $OFSPLAN_STATE")
			}
			home = filepath.Join(user, ".local", "state")
		}
		path = filepath.Join(home, "ofsplan")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	folder := state.NewFolder(audit.RealDisk{}, path)
	if f.simulated {
		folder = folder.Simulated()
	}
	return folder, nil
}

// reserve is how many bytes stay free on the disk of the state folder: $OFSPLAN_RESERVE, such as 64MiB, or 0B for none.
func reserve() (int64, error) {
	text := os.Getenv("OFSPLAN_RESERVE")
	if text == "" {
		return state.Reserve, nil
	}
	n, err := source.Size(text)
	if err != nil {
		return 0, fmt.Errorf("OFSPLAN_RESERVE: %w", err)
	}
	return n, nil
}

// real finds a run that was no simulation, since nothing is left of a simulated scheduler when its process ends.
func (f *stateFlags) real(word string) (*state.Folder, string, error) {
	folder, err := f.folder()
	if err != nil {
		return nil, "", err
	}
	id, err := folder.Find(word)
	if errors.Is(err, state.ErrNoRun) && word != state.Last {
		if _, none := folder.Simulated().Find(word); none == nil {
			err = errors.New("this run was simulated, and its scheduler ended with its process: there is nothing to go on with\n\tstart it again: ofsplan run --target sim")
		}
	}
	return folder, id, err
}

// named is the run that arguments name; without one the last.
func named(args []string) string { return append(args, state.Last)[0] }

// runIDs completes the names of runs.
func (f *stateFlags) runIDs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	folder, err := f.folder()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	ids, err := folder.Runs()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return append(ids, state.Last), cobra.ShellCompDirectiveNoFileComp
}
