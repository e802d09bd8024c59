// Package batch holds the commands that make one call to the scheduler, without a plan. Each writes a plan of one step for itself
// and carries it out as a run, so that it goes through the same gate and leaves the same audit log.
package batch

import (
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/source"
	"ofsplan/ofs"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// Command is ofsplan batch.
func Command(std *terminal.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "batch",
		Short: "One call to the scheduler, without a plan",
		Long: `One call to the scheduler, without a plan: what its own tools do. Each is carried out as a run of a one-step
plan, so it goes through the same gate and leaves the same audit log.`,
		Example: `  ofsplan batch trigger DATA_LOAD --target prod --misdate 2026-11-20
  ofsplan batch wait DATA_LOAD_2026-11-20_1795222800000_1 --timeout 2h --target prod`,
	}
	cmd.AddCommand(trigger(std), status(std), wait(std), change(std, plan.OpInterrupt),
		change(std, plan.OpRestart), change(std, plan.OpRerun))
	return cmd
}

// verbFlags are what all batch commands share.
type verbFlags struct {
	flags.Run
	callOptions
	group bool
	code  string // of the object, where a batch run id does not name it
}

func (f *verbFlags) register(cmd *cobra.Command, waits bool) {
	f.Run.Register(cmd)
	cmd.Flags().BoolVar(&f.group, "group", false, "it is a batch group")
	if waits {
		cmd.Flags().StringVar(&f.poll, "poll", "30s", "how often to ask while waiting")
		cmd.Flags().StringVar(&f.timeout, "timeout", "", "stop waiting after this long (default: never)")
	}
}

// object is batch or group, as plans and messages say it.
func (f *verbFlags) object() fact.Object {
	if f.group {
		return fact.Group
	}
	return fact.Batch
}

// withWait says in a verb's keys whether its end is waited for.
func withWait(what source.Sparse, wait bool) source.Sparse {
	what.Add("wait", !wait, func() source.Item { return source.Plain("false") })
	return what
}

// onRun are the keys of a verb about a batch run that exists.
func (f *verbFlags) onRun(runID string) (source.Sparse, error) {
	code := f.code
	if of := ofs.RunCode(runID); code == "" && of != runID {
		code = of
	}
	if code == "" {
		return nil, fmt.Errorf("%q does not tell which batch it is of\n\tadd --code CODE", runID)
	}
	return source.Sparse{{Key: string(f.object()), Value: literal(code)}, {Key: "run", Value: literal(runID)}}, nil
}

// onRunFlags are the flags of a command about a batch run that exists.
func (f *verbFlags) onRunFlags(cmd *cobra.Command, waits bool) {
	f.register(cmd, waits)
	cmd.Flags().StringVar(&f.code, "code", "", "the batch or group, where the batch run id does not tell it")
}
