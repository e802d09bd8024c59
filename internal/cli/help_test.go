package cli

import (
	"testing"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/terminal"
)

// Who types --help at two in the morning wants a line to imitate.
func TestEveryCommandHasExamples(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Example == "" && cmd.Name() != "help" && !cmd.Hidden {
			t.Errorf("%s has no examples", cmd.CommandPath())
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(terminal.New(nil, nil, nil), nil))
}
