package runs

import (
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/fold"
	"ofsplan/internal/view"
	"ofsplan/plan/fact"
)

// commandsOf are what a person can type now about a run that failed, was stopped or killed, is in doubt, or goes on with a step that did or that waits
// for a word.
// Of a log from somewhere else there are none.
func commandsOf(r *fold.Run, around lockAndInbox, repeat view.Repeat) []view.Command {
	trouble := r.State != fold.Running || slices.ContainsFunc(r.Steps, (*fold.Step).Bad) || len(r.Awaiting()) > 0
	if !around.kept || !trouble || r.State == fold.State(fact.Succeeded) {
		return nil
	}
	return view.Commands(r, repeat)
}

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
			repeat := view.Repeat{StateDir: state.Dir}
			if around.kept && around.LockedBy == "" && run.State == fold.Unended { // it may have ended between the two looks
				if run, path, err = state.Find(flags.Named(args)); err != nil {
					return err
				}
			}
			if around.kept {
				run.Seen(around.LockedBy != "", time.Now())
			}
			if asJSON {
				return std.PrintJSON(struct {
					Journal string `json:"journal"`
					lockAndInbox
					Commands []view.Command `json:"commands,omitempty"` // what a person can type now
					*fold.Run
				}{path, around, commandsOf(run, around, repeat), run})
			}
			style := std.Style(std.Out, run.Started.Simulated)
			err = errors.Join(view.Show(std.Out, style, run, path), around.print(std.Out))
			if commandsOf(run, around, repeat) != nil {
				err = errors.Join(err, view.Card(std.Out, style, run, repeat))
			}
			return err
		},
	}
	state.Register(cmd, true)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the facts as JSON")
	return cmd
}
