package flags

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/config"
	"ofsplan/internal/operate"
)

// Target chooses the target of a command.
type Target operate.Choice

// Register adds --target and --config.
func (f *Target) Register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.Name, "target", "t", "", `the scheduler to talk to, from the targets file, or "sim" (default $OFSPLAN_TARGET; there is no other)`)
	RegisterConfig(cmd, &f.Config)
	if err := cmd.RegisterFlagCompletionFunc("target", f.Complete); err != nil {
		panic(err) // the flag is defined above
	}
}

// RegisterConfig adds the flag that names the targets file.
func RegisterConfig(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", "", "the targets file (default $OFSPLAN_CONFIG, ./ofsplan.yaml, then the XDG folders)")
}

// Pick finds the target that was asked for.
func (f *Target) Pick() (*operate.Target, error) { return operate.Choice(*f).Target() }

// Complete offers the targets of the file.
func (f *Target) Complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	names := []string{config.Simulated}
	if file, err := operate.Choice(*f).File(); err == nil {
		names = append(names, file.Names()...)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
