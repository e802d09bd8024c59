package state

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// Concerns looks at the owner and the mode of a run's folder and of its audit log; of the folders of all runs, the ledgers and the
// key when run is empty. What belongs to root is not looked upon as another's, since root may do everything anyhow.
func (f *Folder) Concerns(run string) (all []string, err error) {
	if !f.real {
		return nil, nil
	}
	top, err := f.disk.Lstat(filepath.Join(f.path, "runs")) // which we made; a folder that was mounted may be anybody's
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
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
	} else if mode.Perm()&0o002 != 0 && mode&fs.ModeSticky == 0 {
		all = append(all, fmt.Sprintf("%s can be changed by everybody (mode %04o), so that it vouches for nothing\n\twhen you know who did that: chmod o-w %s", path, mode.Perm(), path))
	}
	is, known := userOf(info)
	whose, too := userOf(top)
	if known && too && is != whose && is != 0 {
		all = append(all, fmt.Sprintf("%s belongs to %s, and the runs to %s: it was put there by somebody else, or given away", path, owner(info), owner(top)))
	}
	return all
}
