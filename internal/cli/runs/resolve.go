package runs

import (
	"errors"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/runner"
)

// resolveFlags are what resolve can say; exactly one of them is set.
type resolveFlags struct {
	started                                string // as which batch run
	notStarted, succeeded, failed, skipped bool
}

func (f *resolveFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.started, "started", "", "it was carried out: as this batch run")
	cmd.Flags().BoolVar(&f.notStarted, "not-started", false, "it was not carried out, and may be made again")
	cmd.Flags().BoolVar(&f.succeeded, "succeeded", false, "the step counts as succeeded")
	cmd.Flags().BoolVar(&f.failed, "failed", false, "the step counts as failed")
	cmd.Flags().BoolVar(&f.skipped, "skipped", false, "the step is left out")
	cmd.MarkFlagsMutuallyExclusive("started", "not-started", "succeeded", "failed", "skipped")
	cmd.MarkFlagsOneRequired("started", "not-started", "succeeded", "failed", "skipped")
}

// statement is what is said of a step. Whether that settles a request in doubt or marks a step is for the run to say.
func (f *resolveFlags) statement(w runner.Statement, step string, request runner.Key) runner.Event {
	e := runner.OperatorResolved{Statement: w, Step: step, Request: request}
	switch {
	case f.started != "":
		e.As, e.BatchRunID = runner.AsStarted, f.started
	case f.notStarted:
		e.As = runner.AsNotStarted
	case f.failed:
		e.As = runner.AsFailed
	case f.succeeded:
		e.As = runner.AsSucceeded
	default:
		e.As = runner.AsSkipped
	}
	return e
}

// check refuses a flag that is there and says nothing, as an empty variable of a script does.
func (f *resolveFlags) check() error {
	if f.started == "" && !f.notStarted && !f.succeeded && !f.failed && !f.skipped {
		return errors.New("which of --started, --not-started, --succeeded, --failed and --skipped? --started needs a batch run id")
	}
	return nil
}

// resolve is the command resolve.
func resolve(std *terminal.Streams) *cobra.Command {
	var f speakFlags
	var says resolveFlags
	cmd := &cobra.Command{
		Use:   "resolve RUN STEP",
		Short: "Says what became of a step in doubt, or declares a step good",
		Long: `Says what became of a request of which the program cannot know whether it was carried out: it was, as this batch
run; it was not, and may be made again; or the step counts as succeeded or failed. --succeeded also declares a
failed, blocked or waiting step good, and --skipped leaves one out that has not begun. A sleeping step is ended by
--succeeded or --skipped; one that waits for a rule's delay by --succeeded or --failed, and by --skipped when nothing of it
was ever accepted. The batch run is asked about at the scheduler. The word stands in the audit log, with who said it, when
and why.`,
		Example: `  ofsplan resolve last load --started DATA_LOAD_2026-11-20_1795222800000_1 --reason "seen on the monitor"
  ofsplan resolve last load --not-started --reason "no such run on the monitor, asked the DBA"
  ofsplan resolve last report --skipped --reason "not wanted tonight"
  ofsplan resolve last until_four --succeeded --reason "the feed is there, go on now"`,
		Args: flags.TwoArgs("a run and a step"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.need(cmd); err != nil {
				return err
			}
			if err := says.check(); err != nil {
				return flags.Usage(cmd, err)
			}
			to, err := address(std, args[0], &f)
			if err != nil {
				return err
			}
			if err := to.Knows(args[1]); err != nil {
				return err
			}
			said := to.Statement(f.reason)
			if says.started != "" {
				if said, err = f.checked(cmd, to, args[1], says.started); err != nil {
					return err
				}
			}
			return say(std, cmd, to, says.statement(said, args[1], to.Newest(args[1])), &f)
		},
	}
	f.register(cmd)
	f.registerUnchecked(cmd)
	says.register(cmd)
	return cmd
}
