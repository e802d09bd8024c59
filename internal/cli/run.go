package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/foreground"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
)

func (a *app) run() *cobra.Command {
	var f flags.Run
	var params flags.Params
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
		Args:              flags.PlanArg,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := parts.check(cmd); err != nil {
				return err
			}
			return a.runFile(cmd.Context(), args[0], &f, &params, &parts)
		},
	}
	f.Register(cmd)
	params.Register(cmd)
	parts.register(cmd)
	return cmd
}

func (a *app) plan() *cobra.Command {
	f := flags.Run{DryRun: true}
	var params flags.Params
	cmd := &cobra.Command{
		Use:   "plan PLAN",
		Short: "Prints every request a run would send, and sends nothing",
		Long: `Resolves a plan for a target and prints, in the plan's order, every request that would be sent, byte for byte,
with what only the night can tell shown as such. The same as run --dry-run. It needs no secret and no network.`,
		Example: `  ofsplan plan nightly.yaml --target prod
  ofsplan plan nightly.yaml --target prod -p misdate=month_end --json`,
		Args:              flags.PlanArg,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runFile(cmd.Context(), args[0], &f, &params, &partFlags{})
		},
	}
	f.Target.Register(cmd)
	f.State.Register(cmd, false)
	params.Register(cmd)
	cmd.Flags().BoolVar(&f.JSON, "json", false, "print the requests as JSON")
	return cmd
}

// runFile runs a plan that stands in a file, or shows what would be sent.
func (a *app) runFile(ctx context.Context, path string, f *flags.Run, params *flags.Params, parts *partFlags) (err error) {
	if err := f.Log.Check(); err != nil {
		return err
	}
	p, err := files.Plan(path)
	if err != nil {
		return err
	}
	given, err := params.Given(p, a.Secrets)
	if err != nil {
		return err
	}
	says, err := parts.says(p)
	if err != nil {
		return err
	}
	r, err := foreground.Prepare(ctx, a.Streams, f, operate.Start{Plan: p, Given: given, Says: says})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if f.DryRun {
		return a.dryRun(r, f)
	}
	ctx, release := a.Leavable(ctx)
	defer release()
	found, err := r.Admit()
	if err != nil {
		return err
	}
	if found != nil {
		return a.refused(newRefusal(found, f.Site()), f.JSON)
	}
	c, err := foreground.CarryOut(ctx, a.Streams, r, f)
	if err != nil {
		return err
	}
	if err := c.Tell(f.JSON); err != nil {
		return exitcode.With(c.Code(), err) // what became of the run counts, not who could be told
	}
	return exitcode.Quiet(c.Code())
}
