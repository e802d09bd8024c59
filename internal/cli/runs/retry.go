package runs

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/runner"
)

// retry is the command retry.
func retry(std *terminal.Streams) *cobra.Command {
	var f speakFlags
	cmd := &cobra.Command{
		Use:   "retry RUN STEP",
		Short: "Gives a failed or canceled step another attempt, also while its run goes on",
		Long: `Gives a failed or canceled step another attempt; what it blocked waits for it again. It reaches a run that goes on, whose
process takes it up; of one that nobody drives it is recorded, and "ofsplan resume" goes on from there. The scheduler is
asked about the newest batch run of the step first: while it goes on, or when it cannot be asked about, no other is started,
unless --unchecked answers for it.`,
		Example: `  ofsplan retry last load --reason "the feed is complete now"`,
		Args:    flags.TwoArgs("a run and a step"),
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
			return say(std, cmd, to, runner.OperatorRetried{Statement: to.Statement(f.reason), Step: args[1]}, &f)
		},
	}
	f.register(cmd)
	f.registerUnchecked(cmd)
	return cmd
}
