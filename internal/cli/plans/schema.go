package plans

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/source"
	"ofsplan/schema"
)

// schemas are what can be printed, the default first.
var schemas = []struct {
	name string
	text []byte
}{{"plan", schema.Plan}, {"audit", schema.Audit}, {"scenario", schema.Scenario}, {"test", schema.Test}, {"calendar", schema.Calendar}, {"targets", schema.Targets}}

func printSchema(std *terminal.Streams) *cobra.Command {
	var known []string
	for _, s := range schemas {
		known = append(known, s.name)
	}
	return &cobra.Command{
		Use:   "schema [plan|audit|scenario|test|calendar|targets]",
		Short: "Prints a JSON Schema, for editors and other programs",
		Example: `  ofsplan schema > plan.schema.json
  ofsplan schema audit`,
		ValidArgs: known,
		Args:      cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			which := append(args, known[0])[0]
			for _, s := range schemas {
				if s.name == which {
					_, err := std.Out.Write(s.text)
					return err
				}
			}
			hint := "there are: " + strings.Join(known, ", ")
			if near := source.Suggest(which, known); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return flags.Usage(cmd, fmt.Errorf("there is no schema %q\n\t%s", which, hint))
		},
	}
}
