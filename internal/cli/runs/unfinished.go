package runs

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/cli/foreground"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan"
)

// How long ago runs may have begun to be looked at: by who only names the others that wait, and by who carries on.
const (
	lookBackToName = 40 * 24 * time.Hour
	lookBack       = 400 * 24 * time.Hour
)

// nameOthers says, when the newest run was asked for, which others wait for somebody to go on with them. How the run that was asked for
// went does not depend on whether that can be told.
func nameOthers(std *terminal.Streams, store state.Store, id string, f *resumeFlags) {
	all, err := operate.FindUnfinished(store, time.Now().Add(-lookBackToName))
	if err != nil {
		return
	}
	waits := 0
	for _, u := range all {
		if u.Run != id && u.LockedBy == nil && u.Done == "" && u.Trouble == nil {
			fmt.Fprintf(std.Err, "run %s of %s waits too: it %s\n", u.Run, audit.Printable(u.Plan), u.Was())
			waits++
		}
	}
	if waits > 0 {
		fmt.Fprintf(std.Err, "\tgo on with one of them by its id, or with all that were left of late: ofsplan resume --unfinished%s\n", f.repeat().Here())
	}
}

// A resumption is the carrying on of several runs.
type resumption struct {
	std   *terminal.Streams
	flags *resumeFlags
	env   *operate.Env
	store state.Store

	mu    sync.Mutex // guards what follows, and lets one conclusion be printed at a time
	codes []exitcode.Code
	facts []resumed
}

// resumed is what became of one of several runs, for programs.
type resumed struct {
	Run      string        `json:"run"`
	ExitCode exitcode.Code `json:"exit_code"`
	Error    string        `json:"error,omitempty"` // why it could not be taken up
	*foreground.Facts
}

// untouched is an unfinished run that is left alone, for programs.
type untouched struct {
	Run  string `json:"run"`
	Plan string `json:"plan,omitempty"`
	Why  string `json:"why"`
}

// resumeUnfinished carries on every run that nobody has brought to its end, side by side.
func resumeUnfinished(ctx context.Context, std *terminal.Streams, f *resumeFlags) error {
	if err := f.log.Check(); err != nil {
		return err
	}
	within, err := source.Duration(f.within)
	if err != nil {
		return fmt.Errorf("--within: %w", err)
	}
	r := &resumption{std: std, flags: f}
	if r.env, err = resumeEnv(std); err != nil {
		return err
	}
	r.env.Ask = oneAtATime(r.env.Ask)
	if r.store, err = f.state.Store(); err != nil {
		return err
	}
	all, err := operate.FindUnfinished(r.store, time.Now().Add(-max(lookBack, within)))
	if err != nil {
		return exitcode.With(exitcode.AuditLog, err)
	}
	var taken []operate.Unfinished
	left := []untouched{}
	for _, u := range all {
		why := r.leaves(u, time.Now().Add(-within))
		if why == "" {
			taken = append(taken, u)
			continue
		}
		left = append(left, untouched{u.Run, u.Plan, why})
		fmt.Fprintf(std.Err, "run %s of %s %s\n", u.Run, audit.Printable(u.Plan), why)
	}
	if len(taken) == 0 {
		fmt.Fprintf(std.Err, "no run of the last %s is unfinished and free to be taken up, so nothing was done\n", f.within)
	}
	r.carryOn(ctx, taken)
	code := exitcode.Worst(r.codes...)
	if f.asJSON {
		err = std.PrintJSON(struct {
			ExitCode  exitcode.Code `json:"exit_code"`
			Runs      []resumed     `json:"runs"`
			Untouched []untouched   `json:"untouched"`
		}{code, append([]resumed{}, r.facts...), left})
	}
	if err != nil {
		return exitcode.With(code, err)
	}
	return exitcode.Quiet(code)
}

// leaves is why a run is left alone; empty: it is not.
func (r *resumption) leaves(u operate.Unfinished, after time.Time) string {
	byHand := "; by hand: ofsplan resume " + u.Run + r.flags.repeat().Here()
	switch {
	case u.LockedBy != nil:
		return u.Was()
	case u.Left.Before(after):
		return fmt.Sprintf("%s, which is longer ago than %s, and is not touched%s", u.Was(), r.flags.within, byHand)
	case u.Done != "":
		return fmt.Sprintf("%s and is not touched: run %s, of the same plan, date and parameters, has succeeded since%s", u.Was(), u.Done, byHand)
	}
	return ""
}

// carryOn carries runs on side by side, and waits for all of them.
func (r *resumption) carryOn(ctx context.Context, taken []operate.Unfinished) {
	ctx, release := r.std.DetachOnSignal(ctx)
	defer release()
	labels := labelsOf(taken)
	if len(taken) > 1 {
		for i, u := range taken {
			fmt.Fprintf(r.std.Err, "%s: run %s %s, and is taken up\n", labels[i], u.Run, u.Was())
		}
	}
	var all sync.WaitGroup
	for i, u := range taken {
		all.Go(func() {
			c, err := r.takeUp(ctx, u.Run, labels[i])
			r.conclude(u.Run, c, err)
		})
	}
	all.Wait()
}

// takeUp carries one run on. That the program fails over one of them stops no other.
func (r *resumption) takeUp(ctx context.Context, run, label string) (c *foreground.Conclusion, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = exitcode.With(exitcode.Broken, fmt.Errorf("the program failed: panic: %v\n%s\n\tits batches go on; tell who maintains the program", v, debug.Stack()))
		}
	}()
	return takeUp(ctx, r.std, r.env, r.store, run, r.flags, label)
}

// conclude prints what became of a run.
func (r *resumption) conclude(run string, c *foreground.Conclusion, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	code := exitcode.Of(err)
	one := resumed{Run: run}
	if c != nil {
		code = exitcode.Worst(code, c.Code())
		facts := c.Facts(c.Code())
		one.Facts = &facts
		if r.flags.asJSON {
			c.Complain()
		} else if bad := c.Print(false); bad != nil {
			fmt.Fprintln(r.std.Err, bad)
		}
	}
	if err != nil {
		one.Error = err.Error()
		fmt.Fprintf(r.std.Err, "run %s: %v\n", run, err)
	}
	one.ExitCode = code
	r.codes, r.facts = append(r.codes, code), append(r.facts, one)
}

// labelsOf begin the lines about runs: the plan's name, with the end of the run's id where two have the same. Of the only one it is
// empty.
func labelsOf(taken []operate.Unfinished) []string {
	labels := make([]string, len(taken))
	if len(taken) < 2 {
		return labels
	}
	for i, u := range taken {
		labels[i] = audit.Printable(u.Plan)
		same := func(o operate.Unfinished) bool { return o.Plan == u.Plan && o.Run != u.Run }
		if u.Plan == "" || slices.ContainsFunc(taken, same) {
			labels[i] = u.Run
		}
	}
	return labels
}

// oneAtATime lets one run at a time ask whoever is there for a sensitive parameter.
func oneAtATime(ask func(context.Context, *plan.Param) (secret.Value, error)) func(context.Context, *plan.Param) (secret.Value, error) {
	if ask == nil {
		return nil
	}
	var mu sync.Mutex
	return func(ctx context.Context, p *plan.Param) (secret.Value, error) {
		mu.Lock()
		defer mu.Unlock()
		return ask(ctx, p)
	}
}
