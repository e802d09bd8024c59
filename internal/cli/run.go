package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/foreground"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
	"ofsplan/internal/view"
)

// runFlags are the flags of every command that makes a run.
type runFlags struct {
	target targetFlags
	state  stateFlags
	log    logFlags
	asJSON bool
	dryRun bool
}

func (f *runFlags) register(cmd *cobra.Command) {
	f.target.register(cmd)
	f.state.register(cmd, false)
	f.log.register(cmd)
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "print every request that would be sent, and send nothing")
}

// paramFlags are the parameters of a plan.
type paramFlags struct {
	args []string
	file string
}

func (f *paramFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.args, "param", "p", nil, "a parameter NAME=VALUE; a list is NAME=a,b")
	cmd.Flags().StringVar(&f.file, "params-file", "", "a YAML file of parameters")
}

func (a *app) run() *cobra.Command {
	var f runFlags
	var params paramFlags
	var parts partFlags
	cmd := &cobra.Command{
		Use:   "run PLAN",
		Short: "Runs a plan against a target",
		Long: `Runs a plan against a target, waits for its end and says how it went. The first SIGINT or SIGTERM stops
politely: nothing new starts, the batches go on, the audit log says so, exit code 75. A second one leaves at once. A
terminal that goes away (SIGHUP) stops nothing.

A plan with once is run once for what that key names, its MIS date and target: a second start does nothing when a run has
succeeded, and is refused while one goes on (exit code 6) or when one failed (1), was stopped (1) or is in doubt (3), with
what to type to go on with that one. --again runs it all the same, unless one goes on.`,
		Example: `  ofsplan run nightly.yaml --target prod
  ofsplan run nightly.yaml --target prod -p misdate=2026-11-20 -p region=EMEA
  ofsplan run nightly.yaml --target prod --dry-run
  ofsplan run nightly.yaml --target prod --from score --reason "load was run by hand"
  ofsplan run nightly.yaml --target prod --again --reason "the feed was replaced"
  ofsplan run examples/plans/nightly.yaml --target sim`,
		Args:              planArg,
		ValidArgsFunction: planFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := parts.check(cmd); err != nil {
				return err
			}
			return a.runFile(cmd.Context(), args[0], &f, &params, &parts)
		},
	}
	f.register(cmd)
	params.register(cmd)
	parts.register(cmd)
	return cmd
}

func (a *app) plan() *cobra.Command {
	f := runFlags{dryRun: true}
	var params paramFlags
	cmd := &cobra.Command{
		Use:   "plan PLAN",
		Short: "Prints every request a run would send, and sends nothing",
		Long: `Resolves a plan for a target and prints, in the plan's order, every request that would be sent, byte for byte,
with what only the night can tell shown as such. The same as run --dry-run. It needs no secret and no network.`,
		Example: `  ofsplan plan nightly.yaml --target prod
  ofsplan plan nightly.yaml --target prod -p misdate=month_end --json`,
		Args:              planArg,
		ValidArgsFunction: planFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runFile(cmd.Context(), args[0], &f, &params, &partFlags{})
		},
	}
	f.target.register(cmd)
	f.state.register(cmd, false)
	params.register(cmd)
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the requests as JSON")
	return cmd
}

// runFile runs a plan that stands in a file, or shows what would be sent.
func (a *app) runFile(ctx context.Context, path string, f *runFlags, params *paramFlags, parts *partFlags) (err error) {
	if err := f.log.check(); err != nil {
		return err
	}
	p, err := loadPlan(path)
	if err != nil {
		return err
	}
	given, err := a.given(p, params)
	if err != nil {
		return err
	}
	says, err := parts.says(p)
	if err != nil {
		return err
	}
	r, err := a.prepare(ctx, f, operate.Start{Plan: p, Given: given, Says: says})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if f.dryRun {
		return a.dryRun(r, f)
	}
	ctx, release := a.Leavable(ctx)
	defer release()
	found, err := r.Admit()
	if err != nil {
		return err
	}
	if found != nil {
		return a.refused(newRefusal(found, f.site()), f.asJSON)
	}
	c, err := a.carryOut(ctx, r, f)
	if err != nil {
		return err
	}
	if err := c.Tell(f.asJSON); err != nil {
		return exitcode.With(c.Code(), err) // what became of the run counts, not who could be told
	}
	return exitcode.Quiet(c.Code())
}

// site is what to repeat on a command line about the same run.
func (f *runFlags) site() view.Site { return view.Site{StateDir: f.state.dir, Config: f.target.Config} }

// env says on whose word a command acts.
func (a *app) env() *operate.Env {
	env := &operate.Env{By: operate.ThisProcess(a.OnTerminal()), Tool: operate.ThisTool(), Secrets: a.Secrets}
	if a.CanAsk() {
		env.Ask = a.Ask
	}
	return env
}

// prepare binds a plan to the target and the state folder that the flags say.
func (a *app) prepare(ctx context.Context, f *runFlags, s operate.Start) (*operate.Prepared, error) {
	var err error
	if s.Target, err = f.target.pick(); err != nil {
		return nil, err
	}
	if s.Store, err = f.state.root(s.Target.Simulated); err != nil {
		return nil, err
	}
	env := a.env()
	s.ForShow = f.dryRun
	if !s.ForShow {
		if env.Reserve, err = reserve(); err != nil {
			return nil, err
		}
	}
	return operate.Prepare(ctx, env, s)
}

// carryOut begins a run and stays with it until it ends or ctx does. The error is why it did not begin.
func (a *app) carryOut(ctx context.Context, p *operate.Prepared, f *runFlags) (c *foreground.Conclusion, err error) {
	run, err := p.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	l := foreground.NewLog(a.Streams, f.log.format, p.Resolved.RunID, p.Plan, p.Target.Simulated)
	for _, w := range p.Warnings() {
		l.Warn(w)
	}
	return foreground.Follow(ctx, run, l, f.site()), nil
}
