package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/foreground"
	"ofsplan/internal/source"
)

// oneOf checks a flag that takes one of a few words.
func oneOf(flag, value string, words []string) error {
	if slices.Contains(words, value) {
		return nil
	}
	hint := "use one of: " + strings.Join(words, ", ")
	if near := source.Suggest(value, words); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Errorf("--%s cannot be %q\n\t%s", flag, value, hint)
}

// completeWords lets a shell complete a flag that takes one of a few words.
func completeWords(cmd *cobra.Command, flag string, words []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag is defined on the line above
	}
}

// logFlags choose the operator's log.
type logFlags struct{ format string }

func (f *logFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.format, "log-format", "console", "console: a line per change; json: an object per change")
	completeWords(cmd, "log-format", foreground.Formats)
}

// check refuses a word that is no format. No flag at all means console.
func (f *logFlags) check() error {
	if f.format == "" {
		f.format = foreground.Formats[0]
	}
	return oneOf("log-format", f.format, foreground.Formats)
}
