package runs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/operate"
	"ofsplan/plan"
)

// partFlags are what an operator says with the start of a run: which part of the plan to run, and that it is to be run again.
type partFlags struct {
	flags.Part
	again     bool
	unchecked bool
	reason    string
}

func (f *partFlags) register(cmd *cobra.Command) {
	f.Register(cmd)
	cmd.Flags().StringVar(&f.reason, "reason", "", "why a part is left out, or why it is run again, for the audit log")
	cmd.Flags().BoolVar(&f.again, "again", false, "run it although a run of the same once key has been, unless one goes on")
	cmd.Flags().BoolVar(&f.unchecked, "unchecked", false, "with --again: do not ask whether batch runs of before go on; your word alone counts")
}

// check wants a reason for leaving something out and for running again, and only then. A dry run leaves no record, and so
// wants none.
func (f *partFlags) check(cmd *cobra.Command, dryRun bool) error {
	says, why := !f.Whole() || f.again, strings.TrimSpace(f.reason) != ""
	if says != why && !(says && dryRun) {
		return flags.Usage(cmd, errors.New("--only, --from, --skip and --again go together with --reason: the audit log keeps why"))
	}
	if f.unchecked && !f.again {
		return flags.Usage(cmd, errors.New("--unchecked goes together with --again"))
	}
	return flags.CheckReason(cmd, f.reason)
}

// says is what is said with the start of a run of p.
func (f *partFlags) says(p *plan.Plan) (operate.Says, error) {
	if f.again && p.Once == nil {
		return operate.Says{}, fmt.Errorf("--again: plan %q (%s) has no once, so it runs as often as it is started\n\tleave --again away", p.Name, p.File)
	}
	_, err := p.LeftOut(f.Part.Part) // of an item it is asked when the run starts
	return operate.Says{Part: f.Part.Part, Again: f.again, Reason: f.reason, Unchecked: f.unchecked}, err
}
