package state

import (
	"errors"
	"fmt"
	"io/fs"

	"ofsplan/audit"
)

// A Claim is a run that began with a once key.
type Claim struct {
	Run  string
	Head *audit.Head // what the ledger keeps of it; nil: the ledger does not name it
}

// Named is a run with the once key it began with.
type Named struct{ Run, Once string }

// Claims are the runs that began with a once key, in the order in which they did. The index of the ledger knows them, and a run that
// the ledger does not name has sent nothing. Only where the index is missing or cannot be believed, each run
// that the ledger does not name is asked for its key by of, which answers with an empty one when the run has none; see
// [IndexClaims]. Simulated runs have no claim.
func Claims(s Store, key string, of func(run string) (string, error)) ([]Claim, error) {
	ledger := s.Ledger()
	if ledger == nil {
		return nil, nil
	}
	runs, complete, err := ledger.Claims(key)
	if err != nil {
		return nil, err
	}
	if !complete {
		all, err := ledger.DrawClaims(false, unnamedRuns(s, of))
		if err != nil {
			return nil, err
		}
		for _, n := range all {
			if n.Once == key {
				runs = append(runs, n.Run)
			}
		}
	}
	claims := make([]Claim, len(runs))
	for i, run := range runs {
		head, err := HeadOf(ledger, run)
		if err != nil {
			return nil, err
		}
		claims[i] = Claim{run, head}
	}
	return claims, nil
}

// IndexClaims makes the index from which [Claims] answers, where it is missing or cannot be believed.
func IndexClaims(s Store, of func(run string) (string, error)) error {
	ledger := s.Ledger()
	if ledger == nil {
		return nil
	}
	if _, complete, err := ledger.Claims(""); complete || err != nil {
		return err
	}
	_, err := ledger.DrawClaims(true, unnamedRuns(s, of))
	return err
}

// unnamedRuns asks each run that a ledger does not name for its once key.
func unnamedRuns(s Store, of func(run string) (string, error)) func(func(string) bool) ([]Named, error) {
	return func(named func(run string) bool) (all []Named, err error) {
		ids, err := s.Runs()
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if named(id) {
				continue
			}
			switch key, err := of(id); {
			case errors.Is(err, fs.ErrNotExist): // its process died before there was an audit log
			case err != nil:
				return nil, fmt.Errorf("look for the once key of run %q: %w", id, err)
			case key != "":
				all = append(all, Named{id, key})
			}
		}
		return all, nil
	}
}
