// Package audit holds the commands about audit logs as such: whether their chains are whole, what stands in them, and that a
// loss is known. What a run did is printed by package runs.
package audit

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/cli/terminal"
)

// Command is ofsplan audit.
func Command(std *terminal.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "Verifies and shows audit logs",
		Example: "  ofsplan audit verify last\n  ofsplan audit show last --step load\n  ofsplan audit acknowledge 20261123T020000Z-nightly-7f3c --reason \"removed after a year, as agreed\"",
	}
	cmd.AddCommand(verify(std), show(std), acknowledge(std))
	return cmd
}
