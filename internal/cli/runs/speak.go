package runs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/operate"
	"ofsplan/internal/view"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// speakFlags are the flags of every command by which an operator says something to a run.
type speakFlags struct {
	state     flags.State
	config    string
	reason    string
	unchecked bool
	asJSON    bool
}

func (f *speakFlags) register(cmd *cobra.Command) {
	f.state.Register(cmd, true)
	flags.RegisterConfig(cmd, &f.config)
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the audit log (required)")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	cmd.ValidArgsFunction = f.state.RunThenStep
}

func (f *speakFlags) registerUnchecked(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.unchecked, "unchecked", false, "do not ask the scheduler about the batch run: your word alone counts")
}

// need refuses a statement without a reason.
func (f *speakFlags) need(cmd *cobra.Command) error {
	if strings.TrimSpace(f.reason) == "" {
		return flags.Usage(cmd, errors.New("--reason is missing: the audit log keeps why"))
	}
	return flags.CheckReason(cmd, f.reason)
}

// address finds the run that a statement is meant for.
func address(std *terminal.Streams, name string, f *speakFlags) (*operate.Addressed, error) {
	store, err := f.state.Store()
	if err != nil {
		return nil, err
	}
	to, err := operate.Address(operate.NewEnv(std.Secrets, std.OnTerminal()), store, name)
	return to, f.state.BySudo(err)
}

// checked makes a statement that names a batch run, which the scheduler is asked about.
func (f *speakFlags) checked(cmd *cobra.Command, to *operate.Addressed, step, batchRun string) (runner.Statement, error) {
	said := to.Statement(f.reason)
	if f.unchecked {
		said.Checked = operate.Unchecked
		return said, nil
	}
	var err error
	said.Checked, err = to.Check(cmd.Context(), f.config, step, batchRun)
	return said, err
}

// say brings a statement to its run, once it is known that it starts nothing beside a batch run that goes on, and prints what became of
// it and what to do next.
func say(std *terminal.Streams, cmd *cobra.Command, to *operate.Addressed, e runner.Event, f *speakFlags) error {
	e, err := to.Looked(cmd.Context(), f.config, e, f.unchecked)
	if err != nil {
		return err
	}
	said, err := to.Say(cmd.Context(), e)
	if said == nil {
		return err
	}
	if f.asJSON {
		return errors.Join(std.PrintJSON(said), err)
	}
	if said.Waits != "" {
		fmt.Fprintf(std.Out, "your word waits in the inbox of run %s, which nobody drives: it is heard when %s takes the run up, with: ofsplan resume %s\n",
			said.Run, audit.Printable(said.Waits), said.Run)
		return err
	}
	fmt.Fprintf(std.Out, "%s, on your word\n%s is record %d of run %s\n", audit.Printable(view.Says(said.Event)), said.Type, said.Record, said.Run)
	switch {
	case said.Ended != "" && said.Ended != string(fact.InDoubt):
		fmt.Fprintf(std.Out, "the run has ended: %s\n", said.Ended)
	case said.Ended != "":
		fmt.Fprintf(std.Out, "the run has stopped in doubt; what a person has to say with ofsplan resolve is told by: ofsplan show %s\n", said.Run)
	case said.Live:
		fmt.Fprintf(std.Out, "its process goes on by itself; see: ofsplan show %s\n", said.Run)
	default:
		fmt.Fprintf(std.Out, "nobody drives the run; go on with: ofsplan resume %s\n", said.Run)
	}
	return err
}
