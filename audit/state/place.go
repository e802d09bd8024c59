package state

import (
	"fmt"
	"os"
	"path/filepath"

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
		thing := trust.Thing{What: "the state folder", Path: path, Named: f.named, AsOwner: true}
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

// existing is path, or the nearest folder above it that exists.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || filepath.Dir(path) == path {
			return path
		}
		path = filepath.Dir(path)
	}
}
