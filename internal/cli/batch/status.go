package batch

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
)

// status is the command batch status.
func status(std *terminal.Streams) *cobra.Command {
	var f verbFlags
	var tasks []string
	cmd := &cobra.Command{
		Use:   "status BATCH_RUN_ID",
		Short: "Asks once how a batch run stands",
		Long:  `Asks once how a batch run stands. Exit code 0: succeeded. 1: failed, interrupted or aborted. 9: still going on. 10: held.`,
		Example: `  ofsplan batch status DATA_LOAD_2026-11-20_1795222800000_1 --target prod
  ofsplan batch status DATA_LOAD_2026-11-20_1795222800000_1 --task STAGE_TXN --json --target prod`,
		Args: flags.OneArg("batch run id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := f.onRun(args[0])
			if err != nil {
				return flags.Usage(cmd, err)
			}
			what.Filled("tasks", literals(tasks))
			return call(std, cmd, "status", f.write("status", what), nil, &f)
		},
	}
	f.onRunFlags(cmd, false)
	cmd.Flags().StringSliceVar(&tasks, "task", nil, "ask for these tasks only")
	return cmd
}
