package operate

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/fold"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// awaited finds the runs of other plans that a run waits for. It is asked again and again while nothing happens: how a run began is
// read once, and what a log tells once for each length that it has.
type awaited struct {
	store  state.Store
	target string
	own    string // the run that waits: it is none it waits for
	mu     sync.Mutex
	starts map[string]runner.RunStarted // by run id, of those whose id is one of a plan that is waited for
	told   map[string]toldOf            // by run id
}

// toldOf is what a log of some length tells.
type toldOf struct {
	size int64
	seen *fact.SeenRun // nil: the run does not count
}

func newAwaited(store state.Store, target, own string) *awaited {
	return &awaited{store: store, target: target, own: own, starts: make(map[string]runner.RunStarted), told: make(map[string]toldOf)}
}

// find finds the newest run that counts; nil: there is none.
func (a *awaited) find(want fact.SoughtRun) (*fact.SeenRun, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, err := range a.store.Backward() {
		if err != nil {
			return nil, fmt.Errorf("the runs of %s cannot be listed: %w", a.store.Where(), err)
		}
		if id == a.own || !state.IDIsOf(id, want.Plan) {
			continue
		}
		start, err := a.start(id)
		if err != nil {
			return nil, err
		}
		if counts, err := a.counts(id, start, want); err != nil || !counts {
			if err != nil {
				return nil, err
			}
			continue
		}
		seen, err := a.stands(id)
		if seen != nil || err != nil {
			return seen, err
		}
	}
	return nil, nil
}

// start is how a run began; the zero RunStarted when that is not on record yet.
func (a *awaited) start(id string) (runner.RunStarted, error) {
	if known, ok := a.starts[id]; ok {
		return known, nil
	}
	start, err := startOf(a.store, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return runner.RunStarted{}, nil
	case err != nil:
		return start, fmt.Errorf("how run %s began cannot be read: %w", id, err)
	case start.Plan != "":
		a.starts[id] = start
	}
	return start, nil
}

// counts reports whether a run is one that is waited for: of that plan, at that target, for that date and value of once, with no step
// left out, and no single call.
func (a *awaited) counts(id string, start runner.RunStarted, want fact.SoughtRun) (bool, error) {
	switch once := start.Once; {
	case start.Plan != want.Plan, start.Target.Name != a.target, start.MISDate != want.MISDate, start.Simulated, start.IsCall(), len(start.Skip) > 0:
		return false, nil
	case once == nil:
		return want.Once == "", nil
	case want.Once == "":
		return false, &onceError{run: id, plan: want.Plan, value: once.Value}
	default:
		return once.Value == want.Once, nil
	}
}

// A onceError says that a wait names no value of once, and that the runs of that plan have one: it would never find any.
type onceError struct{ run, plan, value string }

// Error says how it would.
func (e *onceError) Error() string {
	return fmt.Sprintf("runs of plan %q have a value of once (run %s has %q), and the wait names none", e.plan, e.run, e.value)
}

// stands is how a run stands, by its lock and its log; nil: it came to nothing before its first request, and does not count.
func (a *awaited) stands(id string) (*fact.SeenRun, error) {
	if _, locked, err := a.store.Locked(id); err != nil || locked {
		return &fact.SeenRun{ID: id, Stands: fact.RunGoesOn}, err
	}
	size, err := a.store.Size(id)
	if err != nil {
		return nil, err
	}
	if known, ok := a.told[id]; ok && known.size == size {
		return known.seen, nil
	}
	head, err := state.HeadOf(a.store.Ledger(), id)
	if err != nil {
		return nil, err
	}
	run, loss, err := readVerified(a.store, audit.Expect{Run: id, Head: head})
	switch {
	case err != nil:
		return nil, err
	case loss != nil:
		return nil, fmt.Errorf("run %s is waited for, and %s", id, loss.What)
	}
	seen := &fact.SeenRun{ID: id, Stands: standings[run.OnceState()], Head: run.Head.Short()}
	if seen.Stands == "" {
		seen = nil
	}
	a.told[id] = toldOf{size, seen}
	return seen, nil
}

// standings are how runs stand for who waits for them. One that came to nothing, or left steps out, is none.
var standings = map[fold.OnceState]fact.Stands{
	fold.OnceDone: fact.RunSucceeded, fold.OnceFailed: fact.RunFailed, fold.OnceCanceled: fact.RunCanceled, fold.OnceInDoubt: fact.RunInDoubt, fold.OnceStopped: fact.RunLeft,
}
