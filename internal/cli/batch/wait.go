package batch

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
)

// wait is the command batch wait.
func wait(std *terminal.Streams) *cobra.Command {
	var f verbFlags
	cmd := &cobra.Command{
		Use:   "wait BATCH_RUN_ID",
		Short: "Waits for a batch run to end",
		Long: `Waits for a batch run to end. Exit code 0: succeeded. 1: failed, interrupted or aborted. 9: still going on when the
timeout came. 10: only held tasks are left.`,
		Example: `  ofsplan batch wait DATA_LOAD_2026-11-20_1795222800000_1 --timeout 2h --target prod`,
		Args:    flags.OneArg("batch run id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := f.onRun(args[0])
			if err != nil {
				return flags.Usage(cmd, err)
			}
			return call(std, cmd, "wait", f.write("wait", what), nil, &f)
		},
	}
	f.onRunFlags(cmd, true)
	return cmd
}
