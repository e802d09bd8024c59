package operate

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// An Unfinished run is one of a plan that was left, killed or stopped in doubt, so that somebody has to go on with it.
type Unfinished struct {
	Run   string
	Plan  string
	Left  time.Time // of its last record
	State fold.State
	// LockedBy is the process that has it: then it goes on, and nobody has to. Nil: no process has.
	LockedBy *state.Holder
	// Done is the run that has done its work since, which goes for the same plan, target, date and parameters and succeeded. To go on
	// with this one could do the work twice. Empty: there is none.
	Done string
	// Trouble is why its audit log does not tell how it stands. Then it has to be looked at. Nil: it does.
	Trouble error
}

// Was says how it was left, as the end of a sentence.
func (u *Unfinished) Was() string {
	when := readable.Stamp(u.Left)
	switch {
	case u.Trouble != nil:
		return "cannot be read: " + audit.Printable(u.Trouble.Error())
	case u.LockedBy != nil:
		return "goes on, held by " + u.LockedBy.String()
	case u.State == fold.Detached:
		return "was left at " + when
	case u.State == fold.State(fact.InDoubt):
		return "stopped in doubt at " + when
	}
	return "was killed after " + when
}

// FindUnfinished finds the unfinished runs of a store that began since, by their ids, the oldest first. What came to nothing before its first request, since nobody
// answered or the plan was not on record yet, is not among them: whoever started it was told so, and may have started it again.
func FindUnfinished(store state.Store, since time.Time) ([]Unfinished, error) {
	var all []Unfinished
	done := map[string]string{} // by what a run is of: the newest that succeeded
	for id, err := range store.Backward() {
		if err != nil {
			return nil, err
		}
		if state.StartInID(id).Before(since) {
			continue // years of runs are not read
		}
		u, work, err := unfinished(store, id)
		if err != nil {
			return nil, err
		}
		switch {
		case u == nil && work != "":
			if done[work] == "" {
				done[work] = id
			}
		case u != nil:
			u.Done = done[work]
			all = append(all, *u)
		}
	}
	slices.Reverse(all)
	return all, nil
}

// unfinished is how a run stands, when it is unfinished, and what its work is; nil and its work of one that succeeded.
func unfinished(store state.Store, id string) (u *Unfinished, work string, err error) {
	u = &Unfinished{Run: id, Left: state.StartInID(id)}
	if who, locked, err := store.Locked(id); err != nil {
		return nil, "", err
	} else if locked {
		u.LockedBy = &who
	}
	f, err := store.Open(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil // whoever starts a run is warned of it
	}
	if err != nil {
		u.Trouble = err
		return u, "", nil
	}
	defer f.Close()
	o, err := fold.ReadOverview(id, f, f.Size())
	if err != nil || o.Trouble != "" {
		if u.Trouble = err; err == nil {
			u.Trouble = errors.New(o.Trouble)
		}
		return u, "", nil
	}
	e, err := startOf(store, id)
	if err != nil || e.IsCall() {
		return nil, "", err
	}
	u.Plan, u.Left, u.State = e.Plan, o.UpdatedAt, o.State
	switch {
	case o.State == fold.State(fact.Succeeded) && len(e.Skip) == 0:
		return nil, workOf(e), nil
	case o.State != fold.Unended && o.State != fold.Detached && o.State != fold.State(fact.InDoubt):
		return nil, "", nil
	}
	run, err := fold.Read(f)
	if err != nil || run.OnceState() == fold.OnceUnstarted {
		return nil, "", err
	}
	return u, workOf(e), nil
}

// workOf tells runs apart by what they do: plan, target, date and parameters.
func workOf(e runner.RunStarted) string {
	text := fmt.Sprintf("%q %q %q", e.Plan, e.Target.Name, e.MISDate)
	for _, p := range e.Params {
		if !p.Sensitive { // its digest is another one in each run
			text += fmt.Sprintf(" %q %q %q", p.Name, p.Value, p.Items)
		}
	}
	return text
}
