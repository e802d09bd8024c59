package flags

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/source"
)

// OneOf checks a flag that takes one of a few values.
func OneOf(flag, value string, values []string) error {
	if slices.Contains(values, value) {
		return nil
	}
	hint := "use one of: " + strings.Join(values, ", ")
	if near := source.Suggest(value, values); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Errorf("--%s cannot be %q\n\t%s", flag, value, hint)
}

// CompleteWords lets a shell complete a flag that takes one of a few values.
func CompleteValues(cmd *cobra.Command, flag string, values []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag is defined on the line above
	}
}
