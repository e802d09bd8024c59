package runs

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
)

// dryRun is the command plan: run with --dry-run.
func dryRun(std *terminal.Streams) *cobra.Command {
	f := runFlags{Run: flags.Run{DryRun: true}}
	cmd := &cobra.Command{
		Use:   "plan PLAN",
		Short: "Prints every request a run would send, and sends nothing",
		Long: `Resolves a plan for a target and prints, in the plan's order, every request that would be sent, byte for byte,
with what only the night can tell shown as such. The same as run --dry-run. It needs no secret and no network.
--only, --from and --skip show what a run of a part would send.`,
		Example: `  ofsplan plan nightly.yaml --target prod
  ofsplan plan nightly.yaml --target prod -p misdate=month_end --json
  ofsplan plan nightly.yaml --target prod --from score`,
		Args:              flags.PlanArg,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runFile(cmd.Context(), std, args[0], &f)
		},
	}
	f.Target.Register(cmd)
	f.State.Register(cmd, false)
	f.params.Register(cmd)
	f.parts.Register(cmd)
	cmd.Flags().BoolVar(&f.JSON, "json", false, "print the requests as JSON")
	return cmd
}
