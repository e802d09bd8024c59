package operate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"ofsplan/internal/config"
	"ofsplan/internal/forecast"
	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

// A Choice says which target somebody means, and in which targets file it stands.
type Choice struct {
	Name   string // empty: that of $OFSPLAN_TARGET
	Config string // path of the targets file; empty: see [config.Find]
}

// ErrNoTarget refuses to start something when nobody said where. It is never a silent simulation.
var ErrNoTarget = errors.New("no target: say which scheduler to talk to\n\tadd --target NAME or set $OFSPLAN_TARGET; --target sim runs against a simulated scheduler")

// File is the targets file that counts.
func (c Choice) File() (*config.File, error) {
	return config.Load(config.Find(c.Config, os.Getenv))
}

// Target finds the target that was chosen. Nothing is opened or fetched.
func (c Choice) Target() (*Target, error) {
	name := c.Name
	if name == "" {
		name = os.Getenv("OFSPLAN_TARGET")
	}
	switch name {
	case "":
		return nil, ErrNoTarget
	case config.Simulated:
		return &Target{Target: simulated(), Simulated: true}, nil
	}
	file, err := c.File()
	if err != nil {
		return nil, err
	}
	t, err := file.Target(name, os.Environ())
	if err != nil {
		return nil, err
	}
	return &Target{Target: t}, nil
}

// A Target is a scheduler to talk to.
type Target struct {
	*config.Target
	Simulated bool // it is started when the target is opened, and nobody else is asked for anything
}

// same is the target of a run that began against it, which must still be the one it was.
func (c Choice) same(then runner.Target) (*Target, error) {
	c.Name = then.Name
	t, err := c.Target()
	if err != nil {
		return nil, fmt.Errorf("the run was started against target %q: %w", then.Name, err)
	}
	if got := t.facts().Fingerprint; got != then.Fingerprint {
		return nil, fmt.Errorf("target %q (%s) is not the one this run was started against: then %s, user %s, workspace %s, now %s, user %s, workspace %s, or another path, dialect or grant\n\tmake the target what it was, or start the plan anew",
			t.Name, t.Pos, then.URL, then.User, then.Workspace, t.URL, t.User, t.Workspace)
	}
	return t, nil
}

// facts are what the audit log keeps of the target.
func (t *Target) facts() runner.Target {
	return runner.Target{
		Name: t.Name, URL: t.URL, Tenant: t.Tenant, Service: t.Service, Workspace: t.Workspace, User: t.User,
		ParamEncoding: t.ParamEncoding(), GroupDate: t.GroupDate(), Grant: t.Auth.Grant, Fingerprint: t.Fingerprint(),
		Warnings: t.Warnings(),
	}
}

// wrong is an error about the target; nil for nil.
func (t *Target) wrong(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("target %q (%s): %w", t.Name, t.Pos, err)
}

// wire is the target as the client wants it.
func (t *Target) wire(env *Env) ofs.Config {
	c := t.Wire()
	c.Agent = env.agent()
	c.Filter = env.Secrets
	return c
}

// agent is who we are in a User-Agent, to the scheduler and to the identity service alike.
func (env *Env) agent() string { return "ofsplan/" + strings.Map(agentRune, env.Tool.Version) }

// agentRune keeps a version fit for a User-Agent.
func agentRune(r rune) rune {
	if r <= ' ' || r > '~' || strings.ContainsRune("()/", r) {
		return '-'
	}
	return r
}

// deskForShow is a desk at the target that sends nothing.
func (t *Target) deskForShow(env *Env, run string) (*dispatch.Desk, error) {
	desk, err := forecast.Desk(t.wire(env), run)
	return desk, t.wrong(err)
}

// A Connection is a target whose secrets are there and whose transport is made, so that it can be talked to.
type Connection struct {
	Transport ofs.Transport
	Tokens    *ofs.Tokens // nil: no token is used
	// Doubts are what may be wrong with the credentials; none of them keeps a run from beginning.
	Doubts []string
	target *Target
	env    *Env
	server *sim.Server // of a simulated target
}

// Open fetches the secrets, reads the certificates and makes the transport; of a simulated target it starts the scheduler.
// What is missing shows here, before anything is written or sent. Close the connection when nobody talks any more.
func (t *Target) Open(ctx context.Context, env *Env) (*Connection, error) {
	c := &Connection{target: t, env: env}
	auth, err := c.credentials(ctx)
	if err != nil {
		return nil, err
	}
	auth.Agent = env.agent()
	if auth.BasicDiffers() && t.Auth.Basic == "" {
		c.Doubts = append(c.Doubts, basicDiffers)
	}
	env.Secrets.Add(proxySecrets(os.Getenv)...)
	if c.Transport, err = ofs.NewTransport(t.Trust()); err == nil && auth.Grant != ofs.GrantNone {
		c.Tokens, err = ofs.NewTokens(auth, env.now, c.Transport.Mutating)
	}
	if err != nil {
		c.Close()
		return nil, t.wrong(err)
	}
	return c, nil
}

// basicDiffers is a doubt about credentials that servers read in two ways, of a target that does not say which.
const basicDiffers = "client_id or client_secret holds characters that servers read in one of two ways, and auth.basic does not say which: " +
	"they are sent raw, as in the scheduler's guide; a server that keeps to RFC 6749 wants auth.basic: form"

// credentials are what a token is asked for with. The filter knows them from then on.
func (c *Connection) credentials(ctx context.Context) (ofs.Auth, error) {
	if c.target.Simulated {
		return c.simulate()
	}
	return c.target.Secrets(ctx, c.env.Secrets)
}

// Client talks to the target as the connection is now.
func (c *Connection) Client() (*ofs.Client, error) {
	client, err := ofs.New(c.target.wire(c.env), c.Tokens, c.Transport)
	return client, c.target.wrong(err)
}

// desk turns commands of a run into calls.
func (c *Connection) desk(run string) (*dispatch.Desk, error) {
	client, err := c.Client()
	if err != nil {
		return nil, err
	}
	return dispatch.New(client, c.Tokens, run), nil
}

// Close lets go of connections, and stops a simulated scheduler.
func (c *Connection) Close() {
	c.Transport.CloseIdle()
	if c.server != nil {
		c.server.Close()
	}
}

// simulated is the target behind --target sim. Its address is known once the scheduler listens.
func simulated() *config.Target {
	return &config.Target{
		Name: config.Simulated,
		Pos:  source.Pos{File: "built in"},
		Address: config.Address{
			Kind: "cloud", URL: "http://127.0.0.1", IAM: "http://127.0.0.1", Tenant: "simulated", Service: "SIMULATED",
			Workspace: ofs.DefaultWorkspace, User: "SIMULATED", Locale: ofs.DefaultLocale,
		},
		Auth: config.Auth{Grant: config.GrantClient},
	}
}

// simulate starts the scheduler of a simulated target and says how to get a token from it.
func (c *Connection) simulate() (ofs.Auth, error) {
	scheduler, err := sim.New(sim.Demo(), sim.Options{})
	if err != nil {
		return ofs.Auth{}, err
	}
	if c.server, err = sim.Serve(scheduler, sim.ServeOptions{}); err != nil {
		return ofs.Auth{}, err
	}
	t := c.target
	t.URL, t.IAM = c.server.URL, c.server.URL
	return ofs.Auth{
		Grant: ofs.GrantClient, IAM: t.IAM,
		Credentials: ofs.Credentials{ClientID: secret.New(rand.Text()), ClientSecret: secret.New(rand.Text())},
		TokenBounds: ofs.TokenBounds{Filter: c.env.Secrets},
	}, nil
}
