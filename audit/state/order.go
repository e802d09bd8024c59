package state

import (
	"errors"
	"io/fs"
	"iter"
)

// backward walks the runs of a store as [Runs] promises. The ledger is read as far back as is asked for.
func backward(s Store) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		all, err := s.Runs()
		if err != nil {
			yield("", err)
			return
		}
		w := walk{store: s, all: all, given: map[string]bool{}, yield: yield}
		if ledger := s.Ledger(); ledger != nil {
			for k, err := range ledger.Begun() {
				switch {
				case err != nil:
					yield("", err)
					return
				case !ValidRunID(k.Run):
					continue
				case !w.unnamedSince(k.Run):
					return
				}
				w.given[k.Run] = true
				if !yield(k.Run, nil) {
					return
				}
			}
		}
		w.unnamedSince("")
	}
}

// A walk is one from the newest run back.
type walk struct {
	store Store
	all   []string // the runs that are there and were not come to yet, the oldest first
	given map[string]bool
	yield func(string, error) bool
}

// unnamedSince gives the runs that the ledger does not name, and whose ids say that they began after another; with none, all that are
// left. Each has its place behind the last that began before it. False: no more are wanted.
func (w *walk) unnamedSince(run string) bool {
	for ; len(w.all) > 0; w.all = w.all[:len(w.all)-1] {
		id := w.all[len(w.all)-1]
		if run != "" && byStart(run, id) >= 0 {
			return true
		}
		if w.given[id] {
			continue
		}
		switch has, err := w.hasUnnamedRecord(id); {
		case err != nil:
			w.yield("", err)
			return false
		case has && !w.yield(id, nil):
			return false
		}
	}
	return true
}

// hasUnnamedRecord reports whether a run came to a record, and not into the ledger.
func (w *walk) hasUnnamedRecord(id string) (bool, error) {
	if k, err := keptOf(w.store.Ledger(), id); k != nil || err != nil {
		return false, err // one that the ledger names has its place where it does
	}
	size, err := w.store.Size(id)
	if errors.Is(err, fs.ErrNotExist) { // its process died before there was a log
		return false, nil
	}
	return size > 0, err
}
