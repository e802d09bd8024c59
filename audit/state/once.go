package state

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"ofsplan/audit"
)

// A Claim is a run that began with a once key.
type Claim struct {
	Run  string
	Head *audit.Head // what the ledger keeps of it; nil: the ledger does not name it
}

// isDigest reports whether a text is a SHA-256 in hex, and so may become part of a path.
func isDigest(text string) bool {
	return len(text) == len(audit.Genesis) && strings.Trim(text, "0123456789abcdef") == ""
}

// OnceFile is the path of a once key's lock. It panics on what is no key: such a word must not become part of a path.
func (f *Folder) OnceFile(key string) string {
	if !isDigest(key) {
		panic(fmt.Sprintf("state: %q is no once key", key))
	}
	return filepath.Join(f.path, "once", key+".lock")
}

// Once takes the lock of a once key, so that one process at a time looks for runs of the key and begins one. A folder
// whose locks cannot be trusted is refused; a lock that is held is an error that wraps ErrLocked.
func (f *Folder) Once(key string) (*Lock, error) {
	path := f.OnceFile(key)
	if err := f.Check(); err != nil {
		return nil, err
	}
	if err := audit.MakeDirs(f.disk, filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	return TakeLock(path)
}

// Claims are the runs that began with a once key, in the order in which they did. The ledger tells them; a run that it
// does not name, since its process died before or the ledger was lost, is asked for its key by of, which answers with
// an empty one when the run has none, and has its place by the start that its id tells.
func (f *Folder) Claims(key string, of func(run string) (string, error)) ([]Claim, error) {
	all, err := f.kept()
	if err != nil {
		return nil, err
	}
	var claims []Claim
	named := make(map[string]bool, len(all))
	for _, k := range all {
		named[k.Run] = true
		if k.Once == key && ValidRunID(k.Run) {
			claims = append(claims, Claim{k.Run, &k.Head})
		}
	}
	ids, err := f.Runs()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if named[id] {
			continue
		}
		switch is, err := of(id); {
		case errors.Is(err, fs.ErrNotExist): // its process died before there was a journal
		case err != nil:
			return nil, fmt.Errorf("look for the once key of run %q: %w", id, err)
		case is == key:
			later := slices.IndexFunc(claims, func(c Claim) bool { return byStart(id, c.Run) < 0 })
			if later < 0 {
				later = len(claims)
			}
			claims = slices.Insert(claims, later, Claim{Run: id})
		}
	}
	return claims, nil
}
