package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/resume"
)

// TakenUp is a run of before that this process has made its own again, and with it the once key that it counts for.
type TakenUp struct {
	*resume.Run
	once *onceLock
	env  *Env
}

// TakeUp makes a run this process's own again, with an operator's answer and reason for what is wrong with its audit log. The
// once key that it began with is taken before, in the order in which a run that begins takes them. Errors are those of
// [resume.TakeUp], or of a key that another process has.
func TakeUp(env *Env, store state.Store, id string, accept state.Accept, reason string) (*TakenUp, error) {
	e, err := startOf(store, id)
	if err != nil {
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s is not taken up: %w", id, err))
	}
	once := newOnceLock(e, store)
	found, err := once.take()
	if err == nil && found != nil {
		err = exitcode.With(exitcode.AlreadyRunning, fmt.Errorf("already running: run %s was not taken up: %s: %v", id, once.about, found))
	}
	if err != nil {
		return nil, err
	}
	run, err := resume.TakeUp(store, id, resume.Answer{Accept: accept, Statement: env.statement(reason), Tidy: env.cleanReason}, env.now)
	if err != nil {
		return nil, errors.Join(err, once.release())
	}
	return &TakenUp{run, once, env}, nil
}

// cleanReason is a reason without what the environment holds of a run's secrets.
func (env *Env) cleanReason(params []runner.Param, reason string) string {
	env.learnVariables(params)
	return env.clean(reason)
}

// Who tells who left a letter to the run, where that matters.
func (t *TakenUp) Who(ctx context.Context) func(uid string, q runner.Inquiry) (*runner.Approver, error) {
	return func(uid string, q runner.Inquiry) (*runner.Approver, error) {
		return t.env.who(t.Started.Simulated)(ctx, uid, q)
	}
}

// Close lets go of the run and of its key.
func (t *TakenUp) Close() error { return errors.Join(t.Run.Close(), t.once.release()) }

// Continuation is what somebody wants of a run that goes on.
type Continuation struct {
	Retry  []string // failed or canceled steps that get another attempt
	Reason string   // why they do
	// Unchecked: the scheduler is not asked about batch runs of theirs, since somebody answers for it that none goes on, or may.
	Unchecked bool
	Given     []plan.Given // the sensitive parameters; others are those of the audit log
	Config    string       // path of the targets file, see [Choice]
}

// Continue makes the run ready to be driven on, at the target it began with. A retry that does not fit or would start a batch beside a
// batch run that goes on ([BesideError]) or cannot be asked about ([AskError]), a later run that counts in this one's place
// ([SupersededError]), and a parameter that is not what it was are errors; then nothing was written or sent.
func (t *TakenUp) Continue(ctx context.Context, c Continuation) (*Run, error) {
	later, err := t.once.prior(t.ID)
	if err == nil && later != nil {
		err = &SupersededError{Run: t.ID, By: later}
	}
	if err != nil {
		return nil, err
	}
	said, about, err := t.retries(ctx, &c)
	if err != nil {
		return nil, err
	}
	machine := t.Machine
	if len(said) > 0 { // they fit, whatever the scheduler will say
		if machine, _, err = t.Try(looked(said, unchecked(about))...); err != nil {
			return nil, err
		}
	}
	sensitive := func(g plan.Given) bool {
		return slices.ContainsFunc(t.Resolved.Plan.Sensitive(), func(p *plan.Param) bool { return p.Name == g.Name })
	}
	given := slices.DeleteFunc(slices.Clone(c.Given), func(g plan.Given) bool { return !sensitive(g) })
	target, err := Choice{Config: c.Config}.same(t.Started.Target)
	if err != nil {
		return nil, err
	}
	if err := target.CheckChannels(t.Resolved.Plan); err != nil {
		return nil, err
	}
	t.env.Secrets.HideVariables(target.SecretVariables()...)
	if err := target.sensible(t.Resolved, t.Store, t.done()); err != nil {
		return nil, err
	}
	if err := t.unsealAgain(ctx, machine, given); err != nil {
		return nil, err
	}
	conn, err := target.Open(ctx, t.env)
	if err != nil {
		return nil, err
	}
	run, err := t.continueAt(ctx, conn, said, about, c.Unchecked)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return run, nil
}

// done are the steps that have an outcome which stands.
func (t *TakenUp) done() map[int]bool {
	out := make(map[int]bool)
	for i, s := range t.Machine.Status().Steps {
		if !s.Open {
			out[i] = true
		}
	}
	return out
}

// continueAt makes the run ready at an open target, where it is asked first about the batch runs beside which something would start.
func (t *TakenUp) continueAt(ctx context.Context, conn *Connection, said []runner.Event, about []runner.Startable, unasked bool) (*Run, error) {
	client, err := conn.desk(t.ID)
	if err != nil {
		return nil, err
	}
	looks := unchecked(about)
	if !unasked {
		if looks, err = lookAt(ctx, client, about); err != nil {
			return nil, err
		}
		if err := besides(t.ID, t.Started.Target.Name, about, looks, t.mayAdopt); err != nil {
			return nil, err
		}
	}
	opening := append(looked(said, looks), t.env.resumed())
	return &Run{
		deaf:     conn.target.deaf(ctx, t.env, t.Resolved.Plan),
		Resolved: t.Resolved, Store: t.Store, conn: conn, journal: t.Run.Run, machine: t.Machine, about: resume.AboutRun(t.Started),
		loop:    drive.Config{Desk: client.Revealing(t.Resolved.Reveal), Journal: t.Journal, Opening: opening, After: t.At, Unbegun: t.Unbegun()},
		release: func() error { return nil }, // TakenUp.Close unlocks it
	}, nil
}

// mayAdopt reports whether a step is one that can be given its batch run to watch on.
func (t *TakenUp) mayAdopt(step string) bool {
	i := slices.IndexFunc(t.Resolved.Steps, func(s *plan.Step) bool { return s.ID == step })
	if i < 0 || t.Resolved.Steps[i].Finally {
		return false
	}
	_, trigger := t.Resolved.Steps[i].Do.(*plan.Trigger)
	return trigger
}

// retries are the operator's statements that give steps another attempt, and the batch runs beside which they would start others: of the
// steps that are named, and of those that are not known to have ended of what waits again with them.
func (t *TakenUp) retries(ctx context.Context, c *Continuation) (said []runner.Event, about []runner.Startable, err error) {
	statement := t.env.statement(t.env.clean(c.Reason))
	for i, step := range c.Retry {
		var e runner.Event = runner.OperatorRetried{Statement: numberedStatement(statement, i+1), Step: step}
		if e, err = t.env.identified(ctx, t.Machine, e, t.Started.Simulated); err != nil {
			return nil, nil, err
		}
		said = append(said, e)
		for _, a := range t.Machine.StartsAgain(e) {
			if a.Step == step || !a.Status.Final() {
				about = append(about, a)
			}
		}
	}
	return said, distinct(about), nil
}

// looked are statements with what was seen before they were made.
func looked(said []runner.Event, looks []runner.Look) []runner.Event {
	out := make([]runner.Event, len(said))
	for i, e := range said {
		out[i] = runner.Looked(e, looks)
	}
	return out
}

// resumed is the event with which a run goes on.
func (env *Env) resumed() runner.RunResumed { return runner.RunResumed{By: env.By, Tool: env.Tool} }

// Ending is how a run was left that has nothing to do any more, so that it is not driven.
func (t *TakenUp) Ending() Ending {
	return Ending{Result: drive.Result{End: t.Outcome(), At: t.At, Doubted: t.Machine.Status().Doubted > 0}, Head: t.Head(), Ledger: ledgerEnd(t.Store)}
}
