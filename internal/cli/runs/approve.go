package runs

import (
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/runner"
)

// approve is the command approve.
func approve(std *terminal.Streams) *cobra.Command {
	return decide(std, &cobra.Command{
		Use:   "approve RUN STEP",
		Short: "Approves a step that waits for a person's word",
		Long: `Approves what a step with the verb approve asks: what needs the step starts. It reaches a run that goes on, whose process
takes it up; of one that nobody drives it is recorded, and "ofsplan resume" goes on from there. Who has read what is asked decides:
"ofsplan show" prints it. The plan says whose word counts; who says it, the operating system tells. The word stands in the audit
log, with who said it, when and why.`,
		Example: `  ofsplan approve last sign_off --reason "totals agree with the ledger"`,
	}, func(w runner.Statement, step string, asks runner.Key) runner.Event {
		return runner.OperatorApproved{Statement: w, Step: step, Request: asks}
	})
}

// reject is the command reject.
func reject(std *terminal.Streams) *cobra.Command {
	return decide(std, &cobra.Command{
		Use:   "reject RUN STEP",
		Short: "Says no to a step that waits for a person's word",
		Long: `Rejects what a step with the verb approve asks: the step fails with kind rejected, and what needs it does not run. A run
that fails by nothing else ends with exit code 4. It is heard as "ofsplan approve" is.`,
		Example: `  ofsplan reject last sign_off --reason "branch 0042 is missing"`,
	}, func(w runner.Statement, step string, asks runner.Key) runner.Event {
		return runner.OperatorRejected{Statement: w, Step: step, Request: asks}
	})
}

// decide makes a command that decides an approval.
func decide(std *terminal.Streams, cmd *cobra.Command, says func(w runner.Statement, step string, asks runner.Key) runner.Event) *cobra.Command {
	var f speakFlags
	cmd.Args = flags.TwoArgs("a run and a step")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
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
		asks, err := to.Asks(args[1])
		if err != nil {
			return fmt.Errorf("nothing was said: %w", err)
		}
		return say(std, cmd, to, says(to.Statement(f.reason), args[1], asks), &f)
	}
	f.register(cmd)
	return cmd
}
