package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/internal/config"
	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
)

// targetFlags choose the target of a command.
type targetFlags struct {
	name, config string
}

func (f *targetFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.name, "target", "t", "", `the scheduler to talk to, from the targets file, or "sim" (default $OFSPLAN_TARGET; there is no other)`)
	f.registerConfig(cmd)
	if err := cmd.RegisterFlagCompletionFunc("target", f.complete); err != nil {
		panic(err) // the flag is defined above
	}
}

func (f *targetFlags) registerConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "the targets file (default $OFSPLAN_CONFIG, ./ofsplan.yaml, then the XDG folders)")
}

// complete offers the targets of the file.
func (f *targetFlags) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	names := []string{config.Simulated}
	if file, err := f.file(); err == nil {
		names = append(names, file.Names()...)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// file is the targets file that counts.
func (f *targetFlags) file() (*config.File, error) {
	path, _ := config.Find(f.config, os.Getenv)
	return config.Load(path)
}

// errNoTarget is what a command says that was not told where to run. It is never a silent simulation.
var errNoTarget = errors.New("no target: say which scheduler to talk to\n\tadd --target NAME or set $OFSPLAN_TARGET; --target sim runs against a simulated scheduler")

// pick finds the target that was asked for. Nothing is opened or fetched yet.
func (f *targetFlags) pick() (*site, error) {
	name := f.name
	if name == "" {
		name = os.Getenv("OFSPLAN_TARGET")
	}
	switch name {
	case "":
		return nil, errNoTarget
	case config.Simulated:
		return &site{Target: simulatedTarget(), simulated: true}, nil
	}
	file, err := f.file()
	if err != nil {
		return nil, err
	}
	t, err := file.Target(name, os.Environ())
	if err != nil {
		return nil, err
	}
	return &site{Target: t}, nil
}

// site is a target being used: closed until open, which fetches its secrets and makes its transport.
type site struct {
	*config.Target
	simulated bool
	server    *sim.Server // of a simulated target, once open
	filter    *secret.Filter
	transport ofs.Transport
	tokens    *ofs.Tokens // nil: no token is used
}

// facts are what the audit log keeps of the target.
func (s *site) facts() runner.Target {
	return runner.Target{
		Name: s.Name, URL: s.URL, Tenant: s.Tenant, Service: s.Service, Workspace: s.Workspace, User: s.User,
		ParamEncoding: s.ParamEncoding(), GroupDate: s.GroupDate(), Grant: s.Auth.Grant, Fingerprint: s.Fingerprint(),
		Warnings: s.Warnings(),
	}
}

// wire is the target as the client wants it.
func (s *site) wire() ofs.Config {
	c := s.Wire()
	c.Agent = "ofsplan/" + strings.Map(agentRune, thisBuild().Version)
	c.Filter = s.filter
	return c
}

// agentRune keeps a version fit for a User-Agent.
func agentRune(r rune) rune {
	if r <= ' ' || r > '~' || strings.ContainsRune("()/", r) {
		return '-'
	}
	return r
}

// open fetches the secrets, reads the certificates and makes the transport; of a simulated target it starts
// the scheduler. What is missing shows here, before anything is written or sent.
func (a *app) open(ctx context.Context, s *site) error {
	auth, err := s.credentials(ctx, a.Secrets)
	if err != nil {
		return err
	}
	s.filter = a.Secrets // the one of the client, its tokens and everything printed
	s.filter.Add(proxySecrets(os.Getenv)...)
	if s.transport, err = ofs.NewTransport(s.Trust()); err != nil {
		return fmt.Errorf("target %q (%s): %w", s.Name, s.Pos, err)
	}
	if auth.Grant == ofs.GrantNone {
		return nil
	}
	s.tokens, err = ofs.NewTokens(auth, time.Now, s.transport.Reading)
	if err != nil {
		return fmt.Errorf("target %q (%s): %w", s.Name, s.Pos, err)
	}
	return nil
}

// credentials are what a token is asked for with. The filter knows them from then on.
func (s *site) credentials(ctx context.Context, f *secret.Filter) (ofs.Auth, error) {
	if s.simulated {
		return s.simulate(f)
	}
	return s.Secrets(ctx, f)
}

// client speaks to the open site.
func (s *site) client() (*ofs.Client, error) {
	c, err := ofs.New(s.wire(), s.tokens, s.transport)
	if err != nil {
		return nil, fmt.Errorf("target %q (%s): %w", s.Name, s.Pos, err)
	}
	return c, nil
}

// close lets go of connections, and stops a simulated scheduler.
func (s *site) close() {
	s.transport.CloseIdle()
	if s.server != nil {
		s.server.Close()
	}
}
