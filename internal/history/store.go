package history

import (
	"errors"
	"io"
	"io/fs"

	"ofsplan/audit/state"
	"ofsplan/runner/record"
)

// How much is read at most when a history is drawn anew: the newest runs, and so many bytes of their logs.
const (
	mostRuns  = 200
	mostBytes = 32 << 20
)

// Read is the history of a store: what was kept, or what the newest logs tell where that is missing or damaged. In a store of simulated
// runs there is none.
func Read(store state.Store) (*History, error) {
	if store.IsSimulated() {
		return &History{}, nil
	}
	if text, err := store.History(); err == nil && text != nil {
		if h, err := parse(text); err == nil {
			return h, nil
		}
	}
	return draw(store)
}

// Keep adds what a run tells to what is kept, and draws that anew where it is missing or damaged. The run that tells must have ended, or
// been left: its log is then among those drawn from.
func Keep(store state.Store, times []Time) error {
	if store.IsSimulated() {
		return nil
	}
	return store.KeepHistory(func(was []byte) ([]byte, error) {
		h, err := parse(was)
		if err != nil {
			if h, err = draw(store); err != nil {
				return nil, err
			}
			return h.bytes()
		}
		h.Add(times)
		return h.bytes()
	})
}

// draw reads the newest logs. One that cannot be read to its end tells what stands before that.
func draw(store state.Store) (*History, error) {
	var runs [][]Time // the newest first
	left := int64(mostBytes)
	for id, err := range store.Backward() {
		if err != nil {
			return nil, err
		}
		size, err := store.Size(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if left -= size; len(runs) == mostRuns || left < 0 && len(runs) > 0 {
			break
		}
		times, err := timesOf(store, id)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, times)
	}
	h := &History{}
	for i := len(runs) - 1; i >= 0; i-- {
		h.Add(runs[i])
	}
	return h, nil
}

// timesOf is what the log of one run tells.
func timesOf(store state.Store, id string) (times []Time, err error) {
	log, err := store.Open(id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	return Times(log), nil
}

// Times is what a log tells, as far as it can be read.
func Times(log io.Reader) []Time {
	var w Watcher
	for t, err := range record.Turns(log) {
		if err != nil {
			break
		}
		w.Turn(t)
	}
	return w.Times()
}
