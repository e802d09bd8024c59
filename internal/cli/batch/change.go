package batch

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/plan"
)

// change is the command batch interrupt, restart or rerun.
func change(std *terminal.Streams, op plan.Op) *cobra.Command {
	short := map[plan.Op]string{
		plan.OpInterrupt: "Stops a batch run",
		plan.OpRestart:   "Resumes a batch run from where it failed or was stopped",
		plan.OpRerun:     "Runs a batch again, as a new batch run",
	}
	var f verbFlags
	var wait bool
	waits := op != plan.OpInterrupt
	cmd := &cobra.Command{
		Use:     string(op) + " BATCH_RUN_ID",
		Short:   short[op],
		Example: "  ofsplan batch " + string(op) + " DATA_LOAD_2026-11-20_1795222800000_1 --target prod",
		Args:    flags.OneArg("batch run id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := f.onRun(args[0])
			if err != nil {
				return flags.Usage(cmd, err)
			}
			return call(std, cmd, string(op), f.write(string(op), withWait(what, wait || !waits)), nil, &f)
		},
	}
	f.onRunFlags(cmd, waits)
	if waits {
		cmd.Flags().BoolVar(&wait, "wait", false, "wait for its end")
	}
	return cmd
}
