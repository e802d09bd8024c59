// Package runs holds the commands about runs of plans: to begin one, go on with one and speak to one, and to look at those
// there are. What they do to a run is package operate's.
package runs

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/cli/terminal"
)

// Commands are those of the group.
func Commands(std *terminal.Streams) []*cobra.Command {
	return []*cobra.Command{
		run(std), dryRun(std), backfill(std), resume(std), approve(std), reject(std), retry(std), resolve(std), adopt(std), cancel(std), list(std), show(std), why(std), eval(std),
	}
}
