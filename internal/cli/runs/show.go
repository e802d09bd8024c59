package runs

import (
	"errors"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/fold"
	"ofsplan/internal/view"
)

// show is the command show.
func show(std *terminal.Streams) *cobra.Command {
	var state flags.State
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show [RUN]",
		Short: "Tells what a run did, step by step, and why",
		Long: `Tells what a run did, step by step, and why, from its audit log. RUN is a run id, the start of one, the word last
(which it is unless said) for the newest run of a plan, last:PLAN, or an audit log's file.`,
		Example: `  ofsplan show
  ofsplan show 20261123T0200
  ofsplan show last --simulated --json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: state.RunIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			run, path, err := state.Find(flags.Named(args))
			if err != nil {
				return err
			}
			around, err := lockAndInboxOf(&state, run, path)
			if err != nil {
				return err
			}
			if asJSON {
				return std.PrintJSON(struct {
					Journal string `json:"journal"`
					lockAndInbox
					*fold.Run
				}{path, around, run})
			}
			return errors.Join(view.Show(std.Out, std.Style(std.Out, run.Started.Simulated), run, path), around.print(std.Out))
		},
	}
	state.Register(cmd, true)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the facts as JSON")
	return cmd
}
