package operate

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ofsplan/audit/state"
)

// Last names the newest run of a plan, and with a colon and a plan's name behind it the newest of that plan.
const Last = state.Last

// IsLast reports whether a person means the newest run of a plan, of any or of a named one, and not a certain run.
func IsLast(name string) bool { return name == Last || strings.HasPrefix(name, Last+":") }

// Find is the run a person means: by its id, by the start of one, or as the newest run of a plan, see [Last]. Single calls, and
// starts that never came to a record, are never the newest. That none is meant, or more than one, is an error that wraps
// [state.ErrNoRun].
func Find(store state.Store, name string) (string, error) {
	if !IsLast(name) {
		return state.Find(store, name)
	}
	plan := strings.TrimPrefix(strings.TrimPrefix(name, Last), ":")
	calls := 0
	for id, err := range store.Backward() {
		if err != nil {
			return "", err
		}
		if plan != "" && !state.IDIsOf(id, plan) {
			continue
		}
		is, err := isOf(store, id, plan)
		if is || err != nil {
			return id, err
		}
		calls++
	}
	switch {
	case plan != "":
		return "", fmt.Errorf("%w: no run of a plan %q is kept in %s\n\tsee those there are with: ofsplan runs", state.ErrNoRun, plan, store.Where())
	case calls > 0:
		return "", fmt.Errorf("%w: there is no run of a plan in %s\n\tsingle calls are named by their ids, see: ofsplan runs", state.ErrNoRun, store.Where())
	}
	return "", fmt.Errorf("%w: there are none in %s", state.ErrNoRun, store.Where())
}

// isOf reports whether a run is one of the plan of that name, or with no name of any plan.
func isOf(store state.Store, id, plan string) (bool, error) {
	e, err := startOf(store, id)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && e.Plan == "":
		head, err := state.HeadOf(store.Ledger(), id)
		if head == nil || err != nil {
			return false, err // it never came to a whole record
		}
		return plan != "" || !callsByID(id), nil // its log is gone, or is not what it was
	case err != nil:
		return false, fmt.Errorf("look which plan run %q is of: %w", id, err)
	}
	return !e.IsCall() && (plan == "" || e.Plan == plan), nil
}

// callsByID reports whether a run id looks like that of a single call.
func callsByID(id string) bool {
	return slices.ContainsFunc([]string{"trigger", "status", "wait", "interrupt", "restart", "rerun"}, func(verb string) bool {
		return state.IDIsOf(id, "batch_"+verb)
	})
}
