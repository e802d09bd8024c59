package cli

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/config"
	"ofsplan/internal/operate"
)

// targetFlags choose the target of a command.
type targetFlags operate.Choice

func (f *targetFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.Name, "target", "t", "", `the scheduler to talk to, from the targets file, or "sim" (default $OFSPLAN_TARGET; there is no other)`)
	registerConfig(cmd, &f.Config)
	if err := cmd.RegisterFlagCompletionFunc("target", f.complete); err != nil {
		panic(err) // the flag is defined above
	}
}

// registerConfig adds the flag that names the targets file.
func registerConfig(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", "", "the targets file (default $OFSPLAN_CONFIG, ./ofsplan.yaml, then the XDG folders)")
}

// pick finds the target that was asked for.
func (f *targetFlags) pick() (*operate.Target, error) { return operate.Choice(*f).Target() }

// complete offers the targets of the file.
func (f *targetFlags) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	names := []string{config.Simulated}
	if file, err := operate.Choice(*f).File(); err == nil {
		names = append(names, file.Names()...)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
