package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ofsplan/audit/state"
	"ofsplan/internal/config"
	"ofsplan/internal/forecast"
	"ofsplan/plan"
	"ofsplan/runner"
)

// A Start is what somebody wants run: a plan with its parameters, against a target.
type Start struct {
	Plan   *plan.Plan
	Given  []plan.Given
	Target *Target
	Store  state.Store // where its audit log is to be kept: among real runs, or among simulated ones
	Says
	NoFile  bool   // the plan was written for this one run and stands in no file, so that git knows nothing of it
	ForShow bool   // it will not begin, so that no secret is fetched
	Caution string // what a person should know of where the parameters come from; empty: nothing
}

// Says is what an operator says with the start of a run. The zero value says nothing.
type Says struct {
	Part   plan.Part // which steps are run; the zero Part is all of them
	Again  bool      // it is to begin although another run of its once key has been, unless one goes on
	Reason string    // why; for the audit log
	// Unchecked: with Again, the scheduler is not asked about batch runs that are started again.
	Unchecked bool
}

// A Prepared run is bound to a target and a moment, and could begin.
type Prepared struct {
	Start
	Resolved   *plan.Resolved
	env        *Env
	once       *onceLock
	overridden *Found // what was in the way and Again overrode; nil: nothing was
	looks      []runner.Look
	starter    *runner.Approver // who starts it, where the part that is left out passes approvals
}

// Prepare binds a plan to a target and a moment. Nothing is opened, written or sent, but secrets that go to the scheduler are
// fetched. Close what it returns.
func Prepare(ctx context.Context, env *Env, s Start) (*Prepared, error) {
	p := &Prepared{Start: s, env: env}
	env.Secrets.HideVariables(s.Target.SecretVariables()...)
	if p.sends() {
		given, err := env.fetch(ctx, s.Plan, s.Given, func(p *plan.Param) bool { return p.Required })
		if err != nil {
			return nil, err
		}
		p.Given = given
	}
	if err := p.bind(env.now().UTC().Truncate(time.Microsecond)); err != nil {
		return nil, err
	}
	if err := s.Target.sensible(p.Resolved, s.Store, nil); err != nil {
		return nil, err
	}
	p.Reason = env.clean(s.Reason)
	if !p.ForShow && !p.Target.Simulated {
		if err := OneAccount(p.Plan, p.Store); err != nil {
			return nil, err
		}
	}
	var err error
	if p.starter, err = p.approver(ctx); err != nil {
		return nil, err
	}
	p.once = newOnceLock(runner.StartOf(p.Resolved), s.Store)
	return p, nil
}

// sends reports whether sensitive parameters leave in real requests; otherwise stand-ins take their place.
func (p *Prepared) sends() bool { return !p.ForShow && !p.Target.Simulated }

// bind binds the plan to a moment under a new run id.
func (p *Prepared) bind(now time.Time) error {
	id, err := state.NewRunID(now, p.Plan.Name, suffix(now))
	if err != nil {
		return err
	}
	p.Resolved, err = p.Plan.Resolve(plan.Inputs{Given: p.Given, Now: now, RunID: id, Target: p.Target.Name, Part: p.Part})
	if err != nil || !p.sends() {
		return err
	}
	return p.env.unseal(p.Resolved, p.Given)
}

// Close lets go of the once key, if it was taken.
func (p *Prepared) Close() error { return p.once.release() }

// Concerns are what is probably not meant of what expressions have come to, what is not as it should be with the target, and
// what it may not do with what the plan asks of it.
func (p *Prepared) Concerns() []string {
	concerns := p.Target.Warnings()
	if !p.Target.OnPremise() {
		concerns = append(concerns, forecast.OnPremiseOnly(p.Resolved)...)
	}
	var all []string
	if p.Caution != "" {
		all = append(all, p.Caution)
	}
	for _, odd := range p.Resolved.Odd {
		all = append(all, odd.Error())
	}
	all = append(all, p.approvalConcerns()...)
	for _, c := range concerns {
		all = append(all, fmt.Sprintf("target %q: %s", p.Target.Name, c))
	}
	return all
}

// lossesSince is how far back a start looks for runs of which something is missing: a month, and some days. Those of all years are found
// by ofsplan audit verify.
const lossesSince = 40 * 24 * time.Hour

// Warnings are the concerns, what a person should know of where the run is kept, and what is missing of runs of before.
func (p *Prepared) Warnings() []string {
	all := append(p.Concerns(), p.Store.Cautions()...)
	if !p.Target.Simulated {
		all = append(all, p.env.Unknown(context.Background(), p.Plan)...)
	}
	losses, err := state.Losses(p.Store, p.env.now().Add(-lossesSince))
	if err != nil {
		all = append(all, err.Error())
	}
	for _, l := range losses {
		if l.Acknowledged == nil {
			all = append(all, l.What+"; find out why, then say so: ofsplan audit acknowledge "+l.Head.Run+` --reason "WHY"`)
		}
	}
	return all
}

// Forecast is what the run would send. It needs no secret.
func (p *Prepared) Forecast() (*forecast.Forecast, error) {
	desk, err := p.Target.deskForShow(p.env, p.Resolved.RunID)
	if err == nil {
		err = p.Target.CheckChannels(p.Plan)
	}
	if err != nil {
		return nil, err
	}
	return forecast.Of(p.Resolved, desk, forecast.Options{
		Token: p.Target.Auth.FetchesToken(), Login: p.Target.Auth.Grant == config.GrantBasic, Simulated: p.Target.Simulated, Reason: p.Reason, Usual: p.usual(),
	})
}

// Foretell is what a run would be that begins at that moment, and what it would send. It will not begin: nothing is opened, written,
// fetched or looked up, and no secret goes into it. The start needs no store.
func Foretell(env *Env, s Start, at time.Time) (*plan.Resolved, *forecast.Forecast, error) {
	s.ForShow = true
	p := &Prepared{Start: s, env: env}
	env.Secrets.HideVariables(s.Target.SecretVariables()...)
	if err := p.bind(at.UTC().Truncate(time.Microsecond)); err != nil {
		return nil, nil, err
	}
	f, err := p.Forecast()
	return p.Resolved, f, err
}

// Counts reports whether the run counts for its once key: it has one, and is not simulated.
func (p *Prepared) Counts() bool { return p.once.key != "" }

// Foresee is what stands in the way of the run, as [Prepared.Admit] would find it now. Nothing is locked, so that it may be
// otherwise a moment later.
func (p *Prepared) Foresee() (*Found, error) {
	found, err := p.once.foresee()
	if err != nil {
		return nil, fmt.Errorf("what a run would meet cannot be told: %w", err)
	}
	return found, nil
}

// Admit takes the once key of the run and finds the runs before it. What it finds keeps the run from beginning, unless it
// is nil; then the key is the run's own until it is closed.
func (p *Prepared) Admit() (*Found, error) {
	found, err := p.once.take()
	if found != nil || err != nil {
		return found, err
	}
	found, err = p.once.prior("")
	if err == nil && found != nil && found.State != Running && p.Again {
		p.overridden, found = found, nil
	}
	if found != nil || err != nil {
		return found, errors.Join(err, p.once.release())
	}
	return nil, nil
}

// onceRecord is what the audit log keeps of the once key; nil when the plan has none.
func (p *Prepared) onceRecord() *runner.Once {
	if p.Resolved.Once == "" {
		return nil
	}
	o := &runner.Once{Value: p.Resolved.Once, Again: p.Again}
	if p.overridden != nil {
		o.After, o.Found = p.overridden.Run, string(p.overridden.State)
		o.Looks, o.Unchecked = p.looks, p.Unchecked
	}
	return o
}
