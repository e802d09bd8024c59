package flags

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/source"
)

// OneOf checks a flag that takes one of a few words.
func OneOf(flag, value string, words []string) error {
	if slices.Contains(words, value) {
		return nil
	}
	hint := "use one of: " + strings.Join(words, ", ")
	if near := source.Suggest(value, words); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Errorf("--%s cannot be %q\n\t%s", flag, value, hint)
}

// CompleteWords lets a shell complete a flag that takes one of a few words.
func CompleteWords(cmd *cobra.Command, flag string, words []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag is defined on the line above
	}
}
