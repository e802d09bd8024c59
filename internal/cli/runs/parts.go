package runs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/operate"
	"ofsplan/internal/source"
	"ofsplan/plan"
)

// partFlags are what an operator says with the start of a run: which part of the plan to run, where what is left out is
// skipped and counts as good for what needs it, and that it is to be run again.
type partFlags struct {
	only, skip []string
	from       string
	again      bool
	reason     string
}

func (f *partFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.only, "only", nil, "run these steps and no others")
	cmd.Flags().StringVar(&f.from, "from", "", "run this step and all that waits for it, and no others")
	cmd.Flags().StringSliceVar(&f.skip, "skip", nil, "leave these steps out")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why a part is left out, or why it is run again, for the audit log")
	cmd.Flags().BoolVar(&f.again, "again", false, "run it although a run of the same once key has been, unless one goes on")
	cmd.MarkFlagsMutuallyExclusive("only", "from")
}

// check wants a reason for leaving something out and for running again, and only then.
func (f *partFlags) check(cmd *cobra.Command) error {
	says := len(f.only) > 0 || len(f.skip) > 0 || f.from != "" || f.again
	if says != (strings.TrimSpace(f.reason) != "") {
		return flags.Usage(cmd, errors.New("--only, --from, --skip and --again go together with --reason: the audit log keeps why"))
	}
	return nil
}

// says is what is said with the start of a run of p.
func (f *partFlags) says(p *plan.Plan) (operate.Says, error) {
	if f.again && p.Once == nil {
		return operate.Says{}, fmt.Errorf("--again: plan %q (%s) has no once, so it runs as often as it is started\n\tleave --again away", p.Name, p.File)
	}
	skip, err := f.skipped(p)
	return operate.Says{Skip: skip, Again: f.again, Reason: f.reason}, err
}

// skipped lists the steps that are left out, in file order.
func (f *partFlags) skipped(p *plan.Plan) ([]string, error) {
	index := func(id string) (int, error) {
		i := slices.IndexFunc(p.Steps[:p.FinallyAt], func(s *plan.Step) bool { return s.ID == id })
		if i >= 0 {
			return i, nil
		}
		var ids []string
		for _, s := range p.Steps[:p.FinallyAt] {
			ids = append(ids, s.ID)
		}
		hint := ""
		if near := source.Suggest(id, ids); near != "" {
			hint = fmt.Sprintf("\n\tdid you mean %q?", near)
		}
		return 0, fmt.Errorf("%s has no step %q to run or to leave out%s", p.File, id, hint)
	}
	out := make([]bool, p.FinallyAt)
	if len(f.only) > 0 || f.from != "" {
		for i := range out {
			out[i] = true
		}
	}
	keep := f.only
	if f.from != "" {
		keep = []string{f.from}
	}
	for _, id := range keep {
		i, err := index(id)
		if err != nil {
			return nil, err
		}
		out[i] = false
		if f.from != "" {
			for _, j := range p.Below(i) {
				out[j] = false
			}
		}
	}
	for _, id := range f.skip {
		i, err := index(id)
		if err != nil {
			return nil, err
		}
		out[i] = true
	}
	var ids []string
	for i, skip := range out {
		if skip {
			ids = append(ids, p.Steps[i].ID)
		}
	}
	return ids, nil
}
