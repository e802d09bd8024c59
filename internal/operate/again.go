package operate

import (
	"context"
	"fmt"
	"slices"

	"ofsplan/audit"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/ofs"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

// A DoubtError refuses to start again what may have been started by a request of which nobody knows what became of it.
type DoubtError struct {
	Run, Step string
	Request   runner.Key
}

// Error says which, and what there is to do.
func (e *DoubtError) Error() string {
	return fmt.Sprintf("request %s of run %s is in doubt, so nobody can ask whether a batch run of step %q goes on, and nothing was started\n\tfind out on the scheduler's monitor, and say it: ofsplan resolve %s %s; or add --unchecked when you are sure that nothing goes on",
		e.Request, e.Run, e.Step, e.Run, audit.Quote(e.Step))
}

// ExitCode is that of a request in doubt.
func (e *DoubtError) ExitCode() exitcode.Code { return exitcode.InDoubt }

// lookBack asks, before a run is started although others of its once key have been, about the newest batch runs of what it will start
// again. One that goes on, that cannot be asked about, or a request in doubt keeps it from starting, unless somebody answers for it.
func (p *Prepared) lookBack(ctx context.Context, client *ofs.Client, tokens *ofs.Tokens) error {
	if p.overridden == nil || p.Unchecked || p.Store.IsSimulated() {
		return nil
	}
	began, err := p.startedBefore()
	if err != nil {
		return err
	}
	for _, b := range began {
		looks, err := lookAt(ctx, dispatch.New(client, tokens, p.Resolved.RunID), b.about)
		if err != nil {
			return err
		}
		if err := besides(b.run.ID, p.Target.Name, b.about, looks, b.run.MayAdopt); err != nil {
			return err
		}
		p.looks = append(p.looks, looks...)
	}
	return nil
}

// A begun is what a run of before has started.
type begun struct {
	run   *fold.Run
	about []runner.Startable
}

// startedBefore are the newest batch runs of what this run will start again, by the runs of its once key that started them, the newest
// first. A run whose audit log cannot be read tells nothing: that one is there was told when it was found.
func (p *Prepared) startedBefore() ([]begun, error) {
	claims, err := p.once.claims()
	if err != nil {
		return nil, err
	}
	var out []begun
	seen := map[string]bool{} // steps whose newest batch run is known
	for _, c := range slices.Backward(claims) {
		run, loss, err := readVerified(p.Store, audit.Expect{Run: c.Run, Head: c.Head})
		if err != nil {
			return nil, err
		}
		if loss != nil {
			continue
		}
		b := begun{run: run}
		for _, s := range run.Steps {
			if seen[s.ID] || !p.startsAlike(s) {
				continue
			}
			if len(s.Unsettled) > 0 {
				return nil, &DoubtError{c.Run, s.ID, s.Newest()}
			}
			if ref, stand := run.Newest(s); ref.RunID != "" {
				seen[s.ID] = true
				b.about = append(b.about, runner.Startable{Step: s.ID, Run: ref, Status: stand.Status})
			}
		}
		if b.about = distinct(b.about); len(b.about) > 0 {
			out = append(out, b)
		}
	}
	return out, nil
}

// startsAlike reports whether this run will start what a step of a run before has started: it has a step of that name, or one that triggers
// the same batch, and does not leave it out.
func (p *Prepared) startsAlike(s *fold.Step) bool {
	return slices.ContainsFunc(p.Resolved.Steps, func(mine *plan.Step) bool {
		t, triggers := mine.Do.(*plan.Trigger)
		if !triggers || p.Resolved.LeftOut(mine) {
			return false
		}
		code, literal := t.Code.Literal()
		return mine.ID == s.ID || literal && s.Batch.Code == code
	})
}
