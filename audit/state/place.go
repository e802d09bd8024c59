package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/trust"
)

// Named says that a person named the folder, and did not leave it to us to look: then they may vouch for it, see [trust.Variable].
func (f *Folder) Named() *Folder {
	named := *f
	named.named = true
	return &named
}

// trusted refuses a folder whose locks cannot be trusted, or in which others could change what has been done already: a run's log
// decides what is sent. Simulated runs may live anywhere. Run is one that is about to be taken up; empty: none is.
func (f *Folder) trusted(run string) error {
	if !f.real || f.simulated {
		return nil
	}
	if err := trustLocks(f.path); err != nil {
		return err
	}
	_, err := f.changeable(run)
	return err
}

// changeable refuses what others could change of what we rely on, and tells the first warning about it; empty: there is none.
func (f *Folder) changeable(run string) (warning string, err error) {
	paths := []string{f.path, filepath.Join(f.path, "runs"), filepath.Join(f.path, "once"), filepath.Join(f.path, "ledger.jsonl"), f.keyFile()}
	if run != "" {
		paths = append(paths, f.run(run), f.WhereLog(run))
	}
	judge := trust.Me()
	for _, path := range paths {
		thing := trust.Thing{What: "the state folder", Path: path, Named: f.named, Command: f.command()}
		if !f.named {
			thing.Else = "another can be named with --state-dir or OFSPLAN_STATE; it knows nothing of the runs kept here"
		}
		said, err := judge.Check(thing)
		if err != nil {
			return "", err
		}
		if warning == "" {
			warning = said
		}
	}
	return warning, nil
}

// Cautions are what a person should know of the folder before runs are kept in it: that its group may change it, and that it is gone
// with the next reboot, or with its container.
func (f *Folder) Cautions() []string {
	if !f.real || f.simulated {
		return nil
	}
	var all []string
	if warning, err := f.changeable(""); err == nil && warning != "" {
		all = append(all, warning)
	}
	if vouched := f.named && trust.Me().Vouched; vouched {
		return all
	}
	if lost := volatile(f.path); lost != "" {
		all = append(all, fmt.Sprintf("the state folder %s is %s: runs, the ledger and once keys go with it; name a folder on a disk that stays, with --state-dir or OFSPLAN_STATE",
			audit.Printable(f.path), lost))
	}
	return all
}

// command is the command line at hand as another user types it: sudo takes no variables along.
func (f *Folder) command() string {
	words := []string{"ofsplan"}
	named := false
	for _, arg := range os.Args[1:] {
		named = named || arg == "--state-dir" || strings.HasPrefix(arg, "--state-dir=")
		words = append(words, audit.Quote(arg))
	}
	if !named {
		top := f.path
		if f.simulated {
			top = filepath.Dir(top)
		}
		words = append(words, "--state-dir", audit.Quote(top))
	}
	return strings.Join(words, " ")
}

// whose adds to an error about what we may not do here what to type instead, when all of it belongs to somebody else.
func (f *Folder) whose(err error) error {
	if err == nil || !f.real || !errors.Is(err, fs.ErrPermission) || errors.Is(err, errWhose) {
		return err
	}
	for _, path := range []string{filepath.Join(f.path, "runs"), f.path} {
		info, bad := os.Lstat(path)
		if bad != nil {
			continue
		}
		uid, known := trust.UserOf(info)
		if !known || int(uid) == os.Geteuid() {
			break
		}
		return &whoseError{err, fmt.Sprintf("the runs belong to %s, so type it as that user: %s %s", trust.Name(uid), trust.As(uid), f.command())}
	}
	return err
}

// errWhose is what a whoseError is.
var errWhose = errors.New("somebody else's")

// A whoseError is that something may not be done here, with what to type instead.
type whoseError struct {
	error
	hint string
}

// Error is the error with the hint.
func (e *whoseError) Error() string { return e.error.Error() + "\n\t" + e.hint }

// Unwrap is the error, and that it has its hint.
func (e *whoseError) Unwrap() []error { return []error{e.error, errWhose} }

// existing is path, or the nearest folder above it that exists.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || filepath.Dir(path) == path {
			return path
		}
		path = filepath.Dir(path)
	}
}
