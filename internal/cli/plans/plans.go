// Package plans holds the commands about plans that no run comes of: checking, drawing, rehearsing and testing them, a simulated
// scheduler to try them against, and the files to start from. None of them talks to a scheduler that is not simulated.
package plans

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/cli/terminal"
)

// Commands are those of the group.
func Commands(std *terminal.Streams) []*cobra.Command {
	return []*cobra.Command{
		validate(std), formatFiles(std), difference(std), graph(std), dates(std), rehearsal(std), test(std), scenarios(std), calendars(std), simulator(std), initFolder(std), printSchema(std),
	}
}
