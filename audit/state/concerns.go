package state

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"ofsplan/internal/trust"
)

// Concerns looks at the owner and the mode of a run's folder and of its audit log; when run is empty, at the mode of the state
// folder, and at the folders of all runs, the ledgers and the key. What belongs to root is not looked upon as another's, since root may do everything anyhow.
func (f *Folder) Concerns(run string) (all []string, err error) {
	if !f.real {
		return nil, nil
	}
	if here, err := f.disk.Lstat(f.path); err == nil && run == "" && here.IsDir() { // whoever mounted it may own it
		all = concernsOf(f.path, here, here)
	}
	top, err := f.disk.Lstat(filepath.Join(f.path, "runs")) // which we made
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	paths := []string{filepath.Join(f.path, "runs"), filepath.Join(f.path, "once"), f.keyFile()}
	if run != "" {
		paths = []string{f.run(run), f.WhereLog(run)}
	} else if f.ledger != nil {
		years, err := f.ledger.years()
		if err != nil {
			return nil, err
		}
		paths = append(append(paths, years...), f.ledger.path)
	}
	for _, path := range paths {
		info, err := f.disk.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, concernsOf(path, info, top)...)
	}
	return all, nil
}

// concernsOf are those about one file, or folder, of a state folder.
func concernsOf(path string, info, top fs.FileInfo) (all []string) {
	if mode := info.Mode(); mode.Type()&^fs.ModeDir != 0 {
		all = append(all, fmt.Sprintf("%s is no file of ours, but a %v: whatever it leads to may be somebody else's", path, mode.Type()))
		return all
	}
	whose, known := trust.UserOf(top)
	if refused, cure := (trust.Judge{User: whose}).Inode(path, info); known && refused != "" {
		all = append(all, fmt.Sprintf("%s, so that it vouches for nothing\n\t%s", refused, cure))
	}
	return all
}
