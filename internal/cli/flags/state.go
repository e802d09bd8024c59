package flags

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
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/operate"
	"ofsplan/internal/source"
)

// State chooses the state folder and the root in it.
type State struct {
	Dir       string
	Simulated bool
}

// Register adds --state-dir, and --simulated where past runs are looked up.
func (f *State) Register(cmd *cobra.Command, lookup bool) {
	cmd.Flags().StringVar(&f.Dir, "state-dir", "", "where runs are kept (default $OFSPLAN_STATE, else the XDG state folder)")
	if lookup {
		cmd.Flags().BoolVar(&f.Simulated, "simulated", false, "look among the simulated runs")
	}
}

// Store is the state folder that was chosen, or the root of simulated runs in it.
func (f *State) Store() (state.Store, error) { return f.Root(f.Simulated) }

// Root is the root of real runs in the state folder that was chosen, or of simulated ones.
func (f *State) Root(simulated bool) (state.Store, error) {
	path := f.Dir
	if path == "" {
		path = os.Getenv("OFSPLAN_STATE")
	}
	named := path != ""
	if !named {
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
	if named {
		folder = folder.Named()
	}
	if simulated {
		return folder.Simulated(), nil
	}
	return folder, nil
}

// Reserve is how many bytes stay free on the disk of the state folder: $OFSPLAN_RESERVE, such as 64MiB, or 0B for none.
func Reserve() (int64, error) {
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

// FindReal finds a run that was no simulation, since nothing is left of a simulated scheduler when its process ends.
func (f *State) FindReal(name string) (state.Store, string, error) {
	store, err := f.Store()
	if err != nil {
		return nil, "", err
	}
	id, err := operate.Find(store, name)
	if errors.Is(err, state.ErrNoRun) && !operate.IsLast(name) {
		simulated, bad := f.Root(true)
		if bad != nil {
			return nil, "", bad
		}
		if _, none := operate.Find(simulated, name); none == nil {
			err = errors.New("this run was simulated, and its scheduler ended with its process: there is nothing to go on with\n\tstart it again: ofsplan run --target sim")
		}
	}
	return store, id, f.BySudo(err)
}

// BySudo tells who came by sudo, and named no state folder, that root's own was looked into.
func (f *State) BySudo(err error) error {
	who := os.Getenv("SUDO_USER")
	if who == "" || f.Dir != "" || os.Getenv("OFSPLAN_STATE") != "" || !errors.Is(err, state.ErrNoRun) {
		return err
	}
	return fmt.Errorf("%w\n\tsudo looks into the state folder of another user: name the one that is meant with --state-dir", err)
}

// Named is the run that arguments name; without one the last.
func Named(args []string) string { return append(args, operate.Last)[0] }

// A NamedLog is an audit log that a person means: that of a run, or a file from anywhere.
type NamedLog struct {
	Where string      // for people
	Run   string      // whose it is; empty: it is a file
	Store state.Store // where the run is kept; nil: it is a file
}

// Log is the audit log a person means. A run found only among the simulated ones is theirs unless it was asked for as "last".
func (f *State) Log(name string) (NamedLog, error) {
	if isFile(name) {
		return NamedLog{Where: filepath.Clean(name)}, nil
	}
	store, err := f.Store()
	if err != nil {
		return NamedLog{}, err
	}
	id, err := operate.Find(store, name)
	if err == nil {
		return NamedLog{store.WhereLog(id), id, store}, nil
	}
	if f.Simulated || !errors.Is(err, state.ErrNoRun) {
		return NamedLog{}, err
	}
	err = f.BySudo(err)
	simulated, bad := f.Root(true)
	if bad != nil {
		return NamedLog{}, bad
	}
	if other, none := operate.Find(simulated, name); none == nil && !operate.IsLast(name) {
		return NamedLog{simulated.WhereLog(other), other, simulated}, nil
	}
	if f.HasSimulated() {
		err = fmt.Errorf("%w\n\tthere are simulated runs: add --simulated", err)
	}
	return NamedLog{}, err
}

// HasSimulated reports whether there are simulated runs, when others are meant.
func (f *State) HasSimulated() bool {
	if f.Simulated {
		return false
	}
	simulated, err := f.Root(true)
	if err != nil {
		return false
	}
	ids, err := simulated.Runs()
	return err == nil && len(ids) > 0
}

// Open opens it to be read.
func (l NamedLog) Open() (*state.Log, error) {
	if l.Store == nil {
		return state.OpenLog(l.Where)
	}
	return l.Store.Open(l.Run)
}

// readLimit is how large an audit log may be that is read as a whole, in bytes.
const readLimit = 256 << 20

// Read is all of it.
func (l NamedLog) Read() ([]byte, error) {
	f, err := l.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Size() > readLimit {
		return nil, fmt.Errorf("%s is larger than %d MiB: it cannot be read as a whole", l.Where, readLimit>>20)
	}
	return io.ReadAll(f)
}

// Find reads the run a person means, and says where its audit log is.
func (f *State) Find(name string) (*fold.Run, string, error) {
	log, err := f.Log(name)
	if err != nil {
		return nil, "", err
	}
	file, err := log.Open()
	if err != nil {
		return nil, "", fmt.Errorf("the audit log cannot be read: %w", err)
	}
	defer file.Close()
	run, err := fold.Read(file)
	if err != nil {
		return nil, "", exitcode.With(exitcode.AuditLog, fmt.Errorf("%s: %w", log.Where, err))
	}
	return run, log.Where, nil
}

// isFile reports whether an argument is the path of an audit log, and not what a run is called.
func isFile(arg string) bool {
	if strings.ContainsRune(arg, filepath.Separator) || strings.HasSuffix(arg, ".jsonl") {
		return true
	}
	info, err := os.Stat(arg)
	return err == nil && info.Mode().IsRegular()
}
