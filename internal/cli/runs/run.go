package runs

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/foreground"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
)

// runFlags say where a plan is run, with what parameters, and which part of it.
type runFlags struct {
	flags.Run
	params flags.Params
	parts  partFlags
}

// run is the command run.
func run(std *terminal.Streams) *cobra.Command {
	var f runFlags
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
			if err := f.parts.check(cmd, f.DryRun); err != nil {
				return err
			}
			return runFile(cmd.Context(), std, args[0], &f)
		},
	}
	f.Register(cmd)
	f.params.Register(cmd)
	f.parts.register(cmd)
	return cmd
}

// runFile runs a plan that stands in a file, or shows what would be sent.
func runFile(ctx context.Context, std *terminal.Streams, path string, f *runFlags) (err error) {
	if err := f.Log.Check(); err != nil {
		return err
	}
	p, err := files.Plan(path)
	if err != nil {
		return err
	}
	given, err := f.params.Given(p, std.Secrets)
	if err != nil {
		return err
	}
	says, err := f.parts.says(p)
	if err != nil {
		return err
	}
	r, err := foreground.Prepare(ctx, std, &f.Run, operate.Start{Plan: p, Given: given, Says: says, Caution: f.params.Warning})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if f.DryRun {
		return foreground.DryRun(std, r, &f.Run)
	}
	ctx, release := std.DetachOnSignal(ctx)
	defer release()
	found, err := r.Admit()
	if err != nil {
		return err
	}
	if found != nil {
		return foreground.Refuse(std, found, &f.Run)
	}
	c, err := foreground.CarryOut(ctx, std, r, &f.Run)
	if err != nil {
		return err
	}
	if err := c.Print(f.JSON); err != nil {
		return exitcode.With(c.Code(), err) // what became of the run counts, not whether it could be printed
	}
	return exitcode.Quiet(c.Code())
}
