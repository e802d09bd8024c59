package flags

import (
	"github.com/spf13/cobra"

	"ofsplan/plan"
)

// Part are the flags that say which part of a plan is meant. What is left out is skipped and counts as good for what needs it.
type Part struct{ plan.Part }

// Register adds --only, --from and --skip.
func (f *Part) Register(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.Only, "only", nil, "run these steps and no others")
	cmd.Flags().StringVar(&f.From, "from", "", "run this step and all that waits for it, and no others")
	cmd.Flags().StringSliceVar(&f.Skip, "skip", nil, "leave these steps out")
	cmd.MarkFlagsMutuallyExclusive("only", "from")
	CompleteSteps(cmd, "only", "from", "skip")
}
