package runs

import (
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/runner"
)

// adopt is the command adopt.
func adopt(std *terminal.Streams) *cobra.Command {
	var f speakFlags
	cmd := &cobra.Command{
		Use:   "adopt RUN STEP BATCH_RUN_ID",
		Short: "Gives a step a batch run that somebody started by hand",
		Long: `Gives a trigger that waits, failed or is in doubt a batch run that somebody started by hand: the step watches that
batch run and starts none of its own. The scheduler is asked about it first.`,
		Example: `  ofsplan adopt last load DATA_LOAD_2026-11-20_1795222800000_1 --reason "started from the monitor at 02:40"`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 3 {
				return nil
			}
			return flags.Usage(cmd, fmt.Errorf("%s takes a run, a step and a batch run id, got %d words", cmd.CommandPath(), len(args)))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.need(cmd); err != nil {
				return err
			}
			to, err := address(std, args[0], &f)
			if err != nil {
				return err
			}
			if err := to.Knows(args[1]); err != nil {
				return err
			}
			said, err := f.checked(cmd, to, args[1], args[2])
			if err != nil {
				return err
			}
			e := runner.OperatorAdopted{Statement: said, Step: args[1], Request: to.Newest(args[1]), BatchRunID: args[2]}
			return say(std, cmd, to, e, &f)
		},
	}
	f.register(cmd)
	f.registerUnchecked(cmd)
	return cmd
}
