package flags

import (
	"slices"

	"github.com/spf13/cobra"

	"ofsplan/audit/state"
	"ofsplan/internal/cli/files"
	"ofsplan/internal/fold"
	"ofsplan/internal/operate"
	"ofsplan/plan"
)

// mostNamed is how many runs a shell is offered, the newest.
const mostNamed = 50

// RunIDs completes the name of a run, which is the first argument and the only one of its kind.
func (f *State) RunIDs(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	store, err := f.Store()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	ids := []string{operate.Last}
	for id, err := range store.Backward() {
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		if ids = append(ids, id); len(ids) > mostNamed {
			break
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// RunThenStep completes a run, and then a step of it.
func (f *State) RunThenStep(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) != 1 {
		return f.RunIDs(cmd, args, word)
	}
	return f.Steps(args[0]), cobra.ShellCompDirectiveNoFileComp
}

// Steps are the steps of a run that a person names; none when it cannot be read.
func (f *State) Steps(run string) []string {
	store, err := f.Store()
	if err != nil {
		return nil
	}
	r, err := readRun(store, run)
	if err != nil {
		return nil
	}
	var ids []string
	for _, s := range r.Steps {
		ids = append(ids, s.ID)
	}
	return ids
}

// readRun reads a run that a person names.
func readRun(store state.Store, name string) (*fold.Run, error) {
	id, err := operate.Find(store, name)
	if err != nil {
		return nil, err
	}
	f, err := store.Open(id)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return fold.Read(f)
}

// CompleteSteps completes a flag that names steps: of the plan that is the first argument.
func CompleteSteps(cmd *cobra.Command, flags ...string) {
	complete(cmd, func(p *plan.Plan) (ids []string) {
		for _, s := range p.Steps[:p.FinallyAt] {
			ids = append(ids, s.ID)
		}
		return ids
	}, cobra.ShellCompDirectiveNoFileComp, flags...)
}

// CompleteParams completes a flag that gives a parameter, NAME=VALUE: of the plan that is the first argument.
func CompleteParams(cmd *cobra.Command, flag string) {
	complete(cmd, func(p *plan.Plan) (names []string) {
		for _, one := range p.Params {
			if !one.Sensitive { // which is never given so
				names = append(names, one.Name+"=")
			}
		}
		return names
	}, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace, flag)
}

// complete completes flags with what a plan says. One that cannot be read offers nothing.
func complete(cmd *cobra.Command, of func(*plan.Plan) []string, how cobra.ShellCompDirective, flags ...string) {
	for _, flag := range flags {
		err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, how
			}
			p, err := files.Plan(args[0])
			if err != nil || p == nil {
				return nil, how
			}
			return slices.Clip(of(p)), how
		})
		if err != nil {
			panic(err) // the flag is not there: our own bug
		}
	}
}
