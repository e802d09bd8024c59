package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

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

// folder is the state folder that was chosen, or the root of simulated runs in it.
func (f *stateFlags) folder() (state.Store, error) { return f.root(f.simulated) }

// root is the root of real runs in the state folder that was chosen, or of simulated ones.
func (f *stateFlags) root(simulated bool) (state.Store, error) {
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
	if simulated {
		return folder.Simulated(), nil
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
func (f *stateFlags) real(word string) (state.Store, string, error) {
	folder, err := f.folder()
	if err != nil {
		return nil, "", err
	}
	id, err := state.Find(folder, word)
	if errors.Is(err, state.ErrNoRun) && word != state.Last {
		simulated, bad := f.root(true)
		if bad != nil {
			return nil, "", bad
		}
		if _, none := state.Find(simulated, word); none == nil {
			err = errors.New("this run was simulated, and its scheduler ended with its process: there is nothing to go on with\n\tstart it again: ofsplan run --target sim")
		}
	}
	return folder, id, err
}

// named is the run that arguments name; without one the last.
func named(args []string) string { return append(args, state.Last)[0] }

// A namedLog is an audit log that a person means: that of a run, or a file from anywhere.
type namedLog struct {
	where string      // for people
	run   string      // whose it is; empty: it is a file
	store state.Store // where the run is kept; nil: it is a file
}

// log is the audit log a person means. A run found only among the simulated ones is theirs unless the word was "last".
func (f *stateFlags) log(word string) (namedLog, error) {
	if isFile(word) {
		return namedLog{where: filepath.Clean(word)}, nil
	}
	folder, err := f.folder()
	if err != nil {
		return namedLog{}, err
	}
	id, err := state.Find(folder, word)
	if err == nil {
		return namedLog{folder.WhereLog(id), id, folder}, nil
	}
	if f.simulated || !errors.Is(err, state.ErrNoRun) {
		return namedLog{}, err
	}
	simulated, bad := f.root(true)
	if bad != nil {
		return namedLog{}, bad
	}
	if other, none := state.Find(simulated, word); none == nil && word != state.Last {
		return namedLog{simulated.WhereLog(other), other, simulated}, nil
	}
	if ids, bad := simulated.Runs(); bad == nil && len(ids) > 0 {
		err = fmt.Errorf("%w\n\tthere are simulated runs: add --simulated", err)
	}
	return namedLog{}, err
}

// open opens it to be read.
func (l namedLog) open() (*state.Log, error) {
	if l.store == nil {
		return state.OpenLog(l.where)
	}
	return l.store.Open(l.run)
}

// read is all of it.
func (l namedLog) read() ([]byte, error) {
	f, err := l.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// isFile tells a path from the word for a run.
func isFile(arg string) bool {
	if strings.ContainsRune(arg, filepath.Separator) || strings.HasSuffix(arg, ".jsonl") {
		return true
	}
	info, err := os.Stat(arg)
	return err == nil && info.Mode().IsRegular()
}

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
