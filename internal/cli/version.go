package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"ofsplan/runner"
)

// build is what version tells.
type build struct {
	Version string `json:"version"`
	Machine int    `json:"machine"` // runs of another number cannot be resumed by this program
	Plans   int    `json:"plan_version"`
	Go      string `json:"go"`
	System  string `json:"system"`
}

// thisBuild reads what the go command stamped into the binary.
func thisBuild() build {
	b := build{Version: "devel", Machine: runner.MachineVersion, Plans: 1, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	return b
}

func (a *app) version() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Says which program this is",
		Example: `  ofsplan version
  ofsplan version --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if asJSON {
				return a.PrintJSON(b)
			}
			fmt.Fprintf(a.Out, "ofsplan %s (machine %d, plans of version %d, %s, %s)\n", b.Version, b.Machine, b.Plans, b.Go, b.System)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the facts as JSON")
	return cmd
}
