package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/secret"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/resume"
)

// paramVariable is the environment variable a parameter comes from.
func paramVariable(name string) string { return "OFSPLAN_PARAM_" + strings.ToUpper(name) }

// clean is a text that somebody wrote without the secrets known so far.
func (a *app) clean(text string) string { return string(a.Secrets.Clean([]byte(text))) }

// fetch gets the secrets that a run is to send: those that a params file says the place of, and at a terminal those
// that are wanted and were not given.
func (a *app) fetch(ctx context.Context, p *plan.Plan, given []plan.Given, wanted func(*plan.Param) bool) ([]plan.Given, error) {
	given = slices.Clone(given)
	for _, param := range p.Sensitive() {
		i := slices.IndexFunc(given, func(g plan.Given) bool { return g.Name == param.Name })
		switch {
		case i >= 0 && given[i].Ref != nil:
			v, err := given[i].Ref.Resolve(ctx)
			if err != nil {
				return nil, fmt.Errorf("parameter %q, from the %s: %w", param.Name, given[i].From, err)
			}
			given[i].Secret, given[i].Ref = v, nil
			a.Secrets.Add(v)
		case i < 0 && wanted(param) && a.CanAsk():
			v, err := a.Ask(ctx, param)
			if err != nil {
				return nil, err
			}
			given = append(given, plan.Given{Name: param.Name, From: "terminal", Sealed: plan.Sealed{Secret: v}})
			a.Secrets.Add(v)
		}
	}
	return given, nil
}

// unseal opens the run's requests for the secrets it was given.
func (a *app) unseal(r *plan.Resolved, given []plan.Given) error {
	if err := r.Unseal(given); err != nil {
		return err
	}
	a.Secrets.Add(r.Secrets()...)
	return nil
}

// digestKey is the key of the digests that a run with sensitive parameters records; the zero Key for any other, and for
// one that sends none of them.
func (s *session) digestKey() (state.Key, error) {
	if !s.sends || len(s.plan.Sensitive()) == 0 {
		return state.Key{}, nil
	}
	key, err := s.folder.Key()
	if err != nil {
		return key, exitcode.With(exitcode.AuditLog, fmt.Errorf("nothing was started: %w", err))
	}
	return key, nil
}

// digested are parameters with a digest for each sensitive one.
func (s *session) digested(all []runner.Param) []runner.Param {
	for i, p := range all {
		if p.Sensitive && s.sends {
			all[i].Digest = s.key.Digest(s.resolved.RunID, p.Name, s.resolved.Secret(p.Name).Reveal())
		}
	}
	return all
}

// givenAgain are the sensitive parameters that a resumed run is given: from a params file, and from the environment.
// Others are those of the audit log.
func (a *app) givenAgain(p *plan.Plan, file string) ([]plan.Given, error) {
	all, err := a.given(p, &paramFlags{file: file})
	return slices.DeleteFunc(all, func(g plan.Given) bool {
		return !slices.ContainsFunc(p.Sensitive(), func(q *plan.Param) bool { return q.Name == g.Name })
	}), err
}

// reopen opens the requests of a run that is resumed. Its sensitive parameters are asked for again and held against the
// digests in its audit log; a run that will send none of them needs none.
func (a *app) reopen(ctx context.Context, h *resume.Run, trial *runner.Machine, given []plan.Given) error {
	sends := func(s runner.StepStatus) bool { return s.Open && s.Step.Sensitive() }
	if h.Started.Simulated || !slices.ContainsFunc(trial.Status().Steps, sends) {
		return nil
	}
	key, err := h.Store.KeptKey()
	if errors.Is(err, state.ErrNoKey) {
		err = fmt.Errorf("%w, so nobody can tell whether sensitive parameters are those the run was started with\n\t%s", err, keyless)
	}
	if err != nil {
		return fmt.Errorf("run %s is not taken up: %w", h.ID, err)
	}
	empty := func(p *plan.Param) bool {
		same, err := key.Made(h.Started.Param(p.Name).Digest, h.ID, p.Name, "")
		return same && err == nil
	}
	given, err = a.fetch(ctx, h.Resolved.Plan, given, func(p *plan.Param) bool { return !empty(p) })
	if err != nil {
		return err
	}
	var problems []error
	for _, p := range h.Resolved.Plan.Sensitive() {
		i := slices.IndexFunc(given, func(g plan.Given) bool { return g.Name == p.Name })
		if (i < 0 || given[i].Secret.Empty()) && !empty(p) {
			problems = append(problems, fmt.Errorf("parameter %q (%s) is sensitive, so it does not stand in the audit log and must be given again\n\tset the variable %s, or add --params-file", p.Name, p.Pos, paramVariable(p.Name)))
			continue
		}
		text := ""
		if i >= 0 {
			text = given[i].Secret.Reveal()
		}
		switch same, err := key.Made(h.Started.Param(p.Name).Digest, h.ID, p.Name, text); {
		case err != nil:
			problems = append(problems, fmt.Errorf("parameter %q (%s): its digest was made with another key than the one in %s\n\t%s", p.Name, p.Pos, key.Where(), keyless))
		case !same:
			problems = append(problems, fmt.Errorf("parameter %q (%s), from the %s, is not what this run was started with\n\tgive it the value it had then; for another value start the plan anew", p.Name, p.Pos, given[i].From))
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("run %s is not taken up, and nothing was sent: %w", h.ID, errors.Join(problems...))
	}
	return a.unseal(h.Resolved, given)
}

// keyless says what can be done without the key of digests.
const keyless = "put that file back from a backup; without it settle the run with resolve, adopt and cancel, and run the rest anew: ofsplan run PLAN --from STEP"

// hideVariables hides the secrets among a recorded run's parameters that stand in our environment, so that they do not
// come into the audit log with what an operator says.
func (a *app) hideVariables(params []runner.Param) {
	for _, p := range params {
		if p.Sensitive {
			a.Secrets.Add(secret.New(os.Getenv(paramVariable(p.Name))))
		}
	}
}

// tidy is a reason without what the environment holds of a run's secrets.
func (a *app) tidy(params []runner.Param, reason string) string {
	a.hideVariables(params)
	return a.clean(reason)
}
