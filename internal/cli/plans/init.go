package plans

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/starter"
	"ofsplan/internal/cli/terminal"
)

func initFolder(std *terminal.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Writes a first plan and a targets file to start from",
		Example: `  ofsplan init
  ofsplan init runbooks && ofsplan run runbooks/nightly.yaml --target sim`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder := "."
			if len(args) == 1 {
				folder = args[0]
			}
			plan, targets := filepath.Join(folder, "nightly.yaml"), filepath.Join(folder, "ofsplan.yaml")
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			if err := starter.Write(std, plan, starter.Plan); err != nil {
				return err
			}
			if _, err := os.Lstat(targets); err == nil {
				fmt.Fprintf(std.Out, "kept %s\n", targets)
			} else if err := starter.Write(std, targets, starter.Targets); err != nil {
				return err
			}
			fmt.Fprintf(std.Out, "next: ofsplan run %s --target sim\n", plan)
			return nil
		},
	}
}
