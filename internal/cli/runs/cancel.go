package runs

import (
	"errors"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/runner"
)

// cancel is the command cancel.
func cancel(std *terminal.Streams) *cobra.Command {
	var f speakFlags
	var interrupt, leave bool
	cmd := &cobra.Command{
		Use:   "cancel RUN",
		Short: "Ends a run: what has not begun is canceled",
		Long: `Ends a run: what has not begun is canceled, and the batch runs that go on are interrupted or left to themselves,
which must be said. The finally steps run. A run that nobody drives interrupts when it is resumed.`,
		Example: `  ofsplan cancel last --interrupt --reason "wrong date"
  ofsplan cancel last --leave --reason "taken over by hand"`,
		Args: flags.OneArg("run: its id, the start of one, or the word last"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if interrupt == leave {
				return flags.Usage(cmd, errors.New("what shall become of batch runs that go on? --interrupt stops them, --leave leaves them to themselves"))
			}
			if err := f.need(cmd); err != nil {
				return err
			}
			to, err := address(std, args[0], &f)
			if err != nil {
				return err
			}
			return say(std, cmd, to, runner.OperatorCanceled{Statement: to.Statement(f.reason), Interrupt: interrupt}, &f)
		},
	}
	f.register(cmd)
	cmd.ValidArgsFunction = f.state.RunIDs
	cmd.Flags().BoolVar(&interrupt, "interrupt", false, "interrupt the batch runs that go on")
	cmd.Flags().BoolVar(&leave, "leave", false, "leave the batch runs that go on to themselves")
	cmd.MarkFlagsMutuallyExclusive("interrupt", "leave")
	return cmd
}
