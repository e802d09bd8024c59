package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
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

func (a *app) resolve() *cobra.Command {
	var f speakFlags
	var says resolveFlags
	cmd := &cobra.Command{
		Use:   "resolve RUN STEP",
		Short: "Says what became of a step in doubt, or declares a step good",
		Long: `Says what became of a request of which the program cannot know whether it was carried out: it was, as this batch
run; it was not, and may be made again; or the step counts as succeeded or failed. --succeeded also declares a
failed, blocked or waiting step good, and --skipped leaves one out that has not begun. The batch run is asked about at
the scheduler. The word stands in the audit log, with who said it, when and why.`,
		Example: `  ofsplan resolve last load --started DATA_LOAD_2026-11-20_1795222800000_1 --reason "seen on the monitor"
  ofsplan resolve last load --not-started --reason "no such run on the monitor, asked the DBA"
  ofsplan resolve last report --skipped --reason "not wanted tonight"`,
		Args: flags.TwoArgs("a run and a step"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.need(cmd); err != nil {
				return err
			}
			if err := says.check(); err != nil {
				return flags.Usage(cmd, err)
			}
			to, err := a.address(args[0], &f)
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
			return a.say(cmd, to, says.statement(said, args[1], to.Newest(args[1])), &f)
		},
	}
	f.register(cmd)
	f.registerUnchecked(cmd)
	says.register(cmd)
	return cmd
}

func (a *app) adopt() *cobra.Command {
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
			to, err := a.address(args[0], &f)
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
			return a.say(cmd, to, e, &f)
		},
	}
	f.register(cmd)
	f.registerUnchecked(cmd)
	return cmd
}

func (a *app) cancel() *cobra.Command {
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
			if err := f.need(cmd); err != nil {
				return err
			}
			to, err := a.address(args[0], &f)
			if err != nil {
				return err
			}
			return a.say(cmd, to, runner.OperatorCanceled{Statement: to.Statement(f.reason), Interrupt: interrupt}, &f)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&interrupt, "interrupt", false, "interrupt the batch runs that go on")
	cmd.Flags().BoolVar(&leave, "leave", false, "leave the batch runs that go on to themselves")
	cmd.MarkFlagsMutuallyExclusive("interrupt", "leave")
	cmd.MarkFlagsOneRequired("interrupt", "leave")
	return cmd
}
