// Package target holds the commands about the schedulers that can be talked to: which there are, whether a run against one
// could begin, and a file to start from.
package target

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/starter"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/config"
)

// Command is ofsplan target.
func Command(std *terminal.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "target",
		Short:   "Lists, checks and starts the file of targets",
		Example: "  ofsplan target init\n  ofsplan target list\n  ofsplan target check prod",
	}
	cmd.AddCommand(list(std), check(std), start(std))
	return cmd
}

// start is the command target init.
func start(std *terminal.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Writes a targets file to start from",
		Example: `  ofsplan target init
  ofsplan target init ~/.config/ofsplan/ofsplan.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path := config.FileName
			if len(args) == 1 {
				path = args[0]
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := starter.Write(std, path, starter.Targets); err != nil {
				return err
			}
			fmt.Fprintln(std.Out, "next: change it, then ofsplan target check prod")
			return nil
		},
	}
}
