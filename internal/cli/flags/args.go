package flags

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/exitcode"
)

// Usage marks an error as wrong usage of a command and says where its help is.
func Usage(cmd *cobra.Command, err error) error {
	return exitcode.With(exitcode.Usage, fmt.Errorf("%w\n\tsee: %s --help", err, cmd.CommandPath()))
}

// CheckReason refuses the word that a card leaves for its reader to fill in. Whether there has to be a reason is for the caller to say.
func CheckReason(cmd *cobra.Command, reason string) error {
	if strings.TrimSpace(reason) == "WHY" {
		return Usage(cmd, errors.New("--reason WHY gives no reason: write in its place why you do this, it is kept for the auditors"))
	}
	return nil
}

// OneArg is the rule for a command that takes exactly one thing, named in the message.
func OneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return Usage(cmd, fmt.Errorf("%s takes exactly one %s, got %d", cmd.CommandPath(), what, len(args)))
	}
}

// TwoArgs is the rule for a command that takes exactly two things.
func TwoArgs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 2 {
			return nil
		}
		return Usage(cmd, errors.New(cmd.CommandPath()+" takes "+what))
	}
}

// PlanArg is the rule for commands that take exactly one plan.
func PlanArg(cmd *cobra.Command, args []string) error { return OneArg("plan")(cmd, args) }

// PlanFiles completes names of plans.
func PlanFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}
