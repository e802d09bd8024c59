package cli

import (
	"fmt"

	"ofsplan/internal/config"
	"ofsplan/internal/forecast"
	"ofsplan/runner/dispatch"
)

// dryRun prints every request the session would send, in the plan's order. It needs no secret, and shows none.
func (a *app) dryRun(s *session, g *guard, asJSON bool) error {
	desk, err := s.deskForShow()
	if err != nil {
		return err
	}
	f, err := forecast.Of(s.resolved, desk, forecast.Options{
		Token: s.site.Auth.Grant != config.GrantNone, Simulated: s.site.simulated, Skip: s.skip, Reason: s.reason,
	})
	if err != nil {
		return err
	}
	once, err := s.foresee(g)
	if err != nil {
		fmt.Fprintf(a.Err, "warning: %v\n", err)
	}
	if once != nil {
		f.Once = once
	}
	for _, w := range s.concerns() {
		fmt.Fprintf(a.Err, "warning: target %q: %s\n", s.site.Name, w)
	}
	if asJSON {
		return a.PrintJSON(f)
	}
	return f.Print(a.Out)
}

// deskForShow is a desk at the session's target that sends nothing.
func (s *session) deskForShow() (*dispatch.Desk, error) {
	desk, err := forecast.Desk(s.site.wire(), s.resolved.RunID)
	if err != nil {
		return nil, fmt.Errorf("target %q (%s): %w", s.site.Name, s.site.Pos, err)
	}
	return desk, nil
}

// preflight finds what the target cannot be sent though another could, before anything starts.
func (s *session) preflight() error {
	desk, err := s.deskForShow()
	if err != nil {
		return err
	}
	return forecast.CheckTarget(s.resolved, desk)
}

// concerns are what this target may not do with what the plan asks of it.
func (s *session) concerns() []string {
	all := s.site.Warnings()
	if !s.site.OnPremise() {
		all = append(all, forecast.OnPremiseOnly(s.resolved)...)
	}
	return all
}
