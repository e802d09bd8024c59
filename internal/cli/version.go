package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/operate"
)

// build is what the command version prints.
type build struct {
	Version string `json:"version"`
	Machine int    `json:"machine"` // runs of another number cannot be resumed by this program
	Plans   int    `json:"plan_version"`
	Go      string `json:"go"`
	System  string `json:"system"`
}

// version is the command version.
func version(std *terminal.Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Says which program this is",
		Example: `  ofsplan version
  ofsplan version --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			tool := operate.ThisTool()
			b := build{Version: tool.Version, Machine: tool.Machine, Plans: 1, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
			if asJSON {
				return std.PrintJSON(b)
			}
			fmt.Fprintf(std.Out, "ofsplan %s (machine %d, plans of version %d, %s, %s)\n", b.Version, b.Machine, b.Plans, b.Go, b.System)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the facts as JSON")
	return cmd
}
