package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
	"ofsplan/internal/stamp"
)

// build is what the command version prints.
type build struct {
	Version string `json:"version"`
	Build   string `json:"build,omitempty"` // Go's id of the build
	Machine int    `json:"machine"`         // runs of another number cannot be resumed by this program
	Plans   int    `json:"plan_version"`
	Go      string `json:"go"`
	System  string `json:"system"`
}

// version is the command version.
func version(std *terminal.Streams) *cobra.Command {
	var asJSON, check bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Says which program this is",
		Long: `Says which program this is, as every audit log that it writes does: its version, the number of its machine and Go's
id of the build. With --verify the program is compared with the digest that was stamped into it when it was made to be given away
(make dist): a byte that was changed since is found, and the digest is printed, to be compared with the one it was published with.`,
		Example: `  ofsplan version
  ofsplan version --json
  ofsplan version --verify`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if check {
				return verifyProgram(std)
			}
			tool := operate.ThisTool()
			b := build{Version: tool.Version, Build: tool.Build, Machine: tool.Machine, Plans: 1, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
			if asJSON {
				return std.PrintJSON(b)
			}
			fmt.Fprintf(std.Out, "ofsplan %s (machine %d, plans of version %d, %s, %s)\n", b.Version, b.Machine, b.Plans, b.Go, b.System)
			if b.Build != "" {
				fmt.Fprintf(std.Out, "build %s\n", b.Build)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "verify", false, "compare this program with the digest that was stamped into it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the facts as JSON")
	cmd.MarkFlagsMutuallyExclusive("verify", "json")
	return cmd
}

// verifyProgram compares this program with its stamp.
func verifyProgram(std *terminal.Streams) error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	digest, err := stamp.Verify(path)
	if errors.Is(err, stamp.ErrChanged) {
		return exitcode.With(exitcode.Failed, fmt.Errorf("%w\n\tdo not run it; get it again, and find out who changed it", err))
	}
	if err != nil {
		return exitcode.With(exitcode.Usage, err)
	}
	fmt.Fprintf(std.Out, "%s is what was made: SHA-256 %s\n", path, digest)
	return nil
}
