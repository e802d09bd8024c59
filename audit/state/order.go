package state

import (
	"errors"
	"io/fs"
	"iter"
	"slices"
)

// backward walks the runs of a store as [Runs] promises, by the heads that its ledger keeps.
func backward(s Store) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ids, named, err := inOrder(s)
		if err != nil {
			yield("", err)
			return
		}
		for _, id := range slices.Backward(ids) {
			if !named[id] {
				size, err := s.Size(id)
				switch {
				case errors.Is(err, fs.ErrNotExist), err == nil && size == 0: // its process died before there was a record
					continue
				case err != nil:
					yield("", err)
					return
				}
			}
			if !yield(id, nil) {
				return
			}
		}
	}
}

// inOrder are the ids of all runs, in the order in which they began, and which of them the ledger names.
func inOrder(s Store) (ids []string, named map[string]bool, err error) {
	heads, err := headsOf(s.Ledger())
	if err != nil {
		return nil, nil, err
	}
	named = make(map[string]bool, len(heads))
	for _, k := range heads {
		if ValidRunID(k.Run) {
			named[k.Run] = true
			ids = append(ids, k.Run)
		}
	}
	all, err := s.Runs()
	if err != nil {
		return nil, nil, err
	}
	for _, id := range all {
		if named[id] {
			continue
		}
		ids = slices.Insert(ids, place(ids, id), id)
	}
	return ids, named, nil
}

// place is where a run that the ledger does not name stands among those in order: behind the last that began before it.
func place(ids []string, id string) int {
	for i, other := range slices.Backward(ids) {
		if byStart(other, id) < 0 {
			return i + 1
		}
	}
	return 0
}
