package state

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"ofsplan/audit"
)

// A Claim is a run that began with a once key.
type Claim struct {
	Run  string
	Head *audit.Head // what the ledger keeps of it; nil: the ledger does not name it
}

// Claims are the runs that began with a once key, in the order in which they did. The ledger knows them; a run that it
// does not name, since its process died before or the ledger was lost, is asked for its key by of, which answers with
// an empty one when the run has none, and has its place by the start in its id. Simulated runs have no claim.
func Claims(s Store, key string, of func(run string) (string, error)) ([]Claim, error) {
	if s.IsSimulated() {
		return nil, nil
	}
	all, err := headsOf(s.Ledger())
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
	ids, err := s.Runs()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if named[id] {
			continue
		}
		switch is, err := of(id); {
		case errors.Is(err, fs.ErrNotExist): // its process died before there was an audit log
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
