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
		Short: "Writes a first plan, its tests and a targets file to start from",
		Example: `  ofsplan init
  ofsplan init runbooks && ofsplan run runbooks/nightly.yaml --target sim`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder := "."
			if len(args) == 1 {
				folder = args[0]
			}
			plan, tests, targets := filepath.Join(folder, "nightly.yaml"), filepath.Join(folder, "nightly_test.yaml"), filepath.Join(folder, "ofsplan.yaml")
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			if err := starter.Write(std, plan, starter.Plan); err != nil {
				return err
			}
			for _, f := range [][2]string{{tests, starter.Tests}, {targets, starter.Targets}} {
				if _, err := os.Lstat(f[0]); err == nil {
					fmt.Fprintf(std.Out, "kept %s\n", f[0])
				} else if err := starter.Write(std, f[0], f[1]); err != nil {
					return err
				}
			}
			fmt.Fprintf(std.Out, "next: ofsplan run %s --target sim\n", plan)
			return nil
		},
	}
}
