package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/schema"
)

func (a *app) schema() *cobra.Command {
	known := []string{"plan"}
	return &cobra.Command{
		Use:   "schema [plan|audit|scenario]",
		Short: "Prints a JSON Schema, for editors and other programs",
		Example: `  ofsplan schema > plan.schema.json
  ofsplan schema audit`,
		ValidArgs: known,
		Args:      cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			which := "plan"
			if len(args) == 1 {
				which = args[0]
			}
			switch which {
			case "plan":
				_, err := a.out.Write(schema.Plan)
				return err
			}
			return usage(cmd, fmt.Errorf("there is no schema %q", which))
		},
	}
}
