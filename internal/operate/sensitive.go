package operate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/secret"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/resume"
)

// fetch gets the secrets that a run is to send: those that a params file says the place of, and from whoever is there
// those that are wanted and were not given.
func (env *Env) fetch(ctx context.Context, p *plan.Plan, given []plan.Given, wanted func(*plan.Param) bool) ([]plan.Given, error) {
	given = slices.Clone(given)
	for _, param := range p.Sensitive() {
		i := givenAt(given, param.Name)
		switch {
		case i >= 0 && given[i].Ref != nil:
			v, err := given[i].Ref.Resolve(ctx, env.Secrets)
			if err != nil {
				return nil, fmt.Errorf("parameter %q, from the %s: %w", param.Name, given[i].From, err)
			}
			given[i].Secret, given[i].Ref = v, nil
			env.Secrets.Add(v)
		case i < 0 && wanted(param) && env.Ask != nil:
			v, err := env.Ask(ctx, param)
			if err != nil {
				return nil, err
			}
			given = append(given, plan.Given{Name: param.Name, From: "terminal", Sealed: plan.Sealed{Secret: v}})
			env.Secrets.Add(v)
		}
	}
	return given, nil
}

// givenAt is where a parameter stands among those given, or -1.
func givenAt(given []plan.Given, name string) int {
	return slices.IndexFunc(given, func(g plan.Given) bool { return g.Name == name })
}

// unseal opens the run's requests for the secrets it was given.
func (env *Env) unseal(r *plan.Resolved, given []plan.Given) error {
	if err := r.Unseal(given); err != nil {
		return err
	}
	env.Secrets.Add(r.Secrets()...)
	return nil
}

// digestKey is the key of the digests that a run with sensitive parameters records; the zero Key for any other, and for
// one that sends none of them.
func (p *Prepared) digestKey() (state.Key, error) {
	if !p.sends() || len(p.Plan.Sensitive()) == 0 {
		return state.Key{}, nil
	}
	key, err := p.Store.Key()
	if err != nil {
		return key, exitcode.With(exitcode.AuditLog, fmt.Errorf("nothing was started: %w", err))
	}
	return key, nil
}

// withDigests are parameters with a digest for each sensitive one that is sent.
func (p *Prepared) withDigests(all []runner.Param, key state.Key) []runner.Param {
	for i, param := range all {
		if param.Sensitive && p.sends() {
			all[i].Digest = key.Digest(p.Resolved.RunID, param.Name, p.Resolved.Secret(param.Name).Reveal())
		}
	}
	return all
}

// unsealAgain opens the requests of a run that goes on. Its sensitive parameters are asked for again and compared with the
// digests in its audit log; a run of which the machine will send none of them needs none.
func (t *TakenUp) unsealAgain(ctx context.Context, machine *runner.Machine, given []plan.Given) error {
	sends := func(s runner.StepStatus) bool { return s.Open && s.Step.Sensitive() }
	if t.Started.Simulated || !slices.ContainsFunc(machine.Status().Steps, sends) {
		return nil
	}
	key, err := t.Store.KeptKey()
	if errors.Is(err, state.ErrNoKey) {
		err = fmt.Errorf("%w, so nobody can tell whether sensitive parameters are those the run was started with\n\t%s", err, noKeyHint)
	}
	if err != nil {
		return fmt.Errorf("run %s is not taken up: %w", t.ID, err)
	}
	d := recordedDigests{t.Run, key}
	given, err = t.env.fetch(ctx, t.Resolved.Plan, given, func(p *plan.Param) bool { return !d.wasEmpty(p) })
	if err != nil {
		return err
	}
	var problems []error
	for _, p := range t.Resolved.Plan.Sensitive() {
		problems = append(problems, d.check(p, given))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("run %s is not taken up, and nothing was sent: %w", t.ID, err)
	}
	return t.env.unseal(t.Resolved, given)
}

// recordedDigests are what a run's audit log keeps of its sensitive parameters, and the key they were made with.
type recordedDigests struct {
	run *resume.Run
	key state.Key
}

// matches reports whether the digest of a parameter is that of a text.
func (d recordedDigests) matches(p *plan.Param, text string) (bool, error) {
	return d.key.Matches(d.run.Started.Param(p.Name).Digest, d.run.ID, p.Name, text)
}

// wasEmpty reports whether a parameter was empty when the run was started, so that nobody needs to give it again.
func (d recordedDigests) wasEmpty(p *plan.Param) bool {
	same, err := d.matches(p, "")
	return same && err == nil
}

// check finds what is wrong with the way in which a parameter was given again; nil: nothing.
func (d recordedDigests) check(p *plan.Param, given []plan.Given) error {
	i := givenAt(given, p.Name)
	if (i < 0 || given[i].Secret.Empty()) && !d.wasEmpty(p) {
		return fmt.Errorf("parameter %q (%s) is sensitive, so it does not stand in the audit log and must be given again\n\tset the variable %s, or add --params-file", p.Name, p.Pos, plan.Variable(p.Name))
	}
	text := ""
	if i >= 0 {
		text = given[i].Secret.Reveal()
	}
	same, err := d.matches(p, text)
	switch {
	case err != nil:
		return fmt.Errorf("parameter %q (%s): its digest was made with another key than the one in %s\n\t%s", p.Name, p.Pos, d.key.Where(), noKeyHint)
	case !same:
		return fmt.Errorf("parameter %q (%s), from the %s, is not what this run was started with\n\tgive it the value it had then; for another value start the plan anew", p.Name, p.Pos, given[i].From)
	}
	return nil
}

// noKeyHint says what can be done without the key of digests.
const noKeyHint = "put that file back from a backup; without it settle the run with resolve, adopt and cancel, and run the rest anew: ofsplan run PLAN --from STEP"

// learnVariables learns the secrets among a recorded run's parameters that stand in our environment, so that they do not
// come into the audit log with what an operator says.
func (env *Env) learnVariables(params []runner.Param) {
	for _, p := range params {
		if p.Sensitive {
			env.Secrets.Add(secret.New(os.Getenv(plan.Variable(p.Name))))
		}
	}
}
