package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ofsplan/internal/cli/audit"
	"ofsplan/internal/cli/batch"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/plans"
	"ofsplan/internal/cli/runs"
	"ofsplan/internal/cli/target"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/source"
)

// checkReason holds a reason, which the audit log keeps, to what all text from outside is held to: what is kept is what was
// said, and what is shown is what is kept.
func checkReason(cmd *cobra.Command) error {
	f := cmd.Flag("reason")
	if f == nil {
		return nil
	}
	if err := source.CheckText(f.Value.String()); err != nil {
		return flags.Usage(cmd, fmt.Errorf("--reason: %w", err))
	}
	return nil
}

// newRoot builds the whole tree of commands, for a command line with these arguments.
func newRoot(std *terminal.Streams, args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "ofsplan",
		Short: "Runs plans against the batch scheduler of Oracle Financial Services",
		Long: `ofsplan turns a plan a person can read into a run a person can trust: a YAML file says which
batches to start in which order and what to do when one fails, and every request and every
decision stands in an audit log that can be verified and shown.`,
		Example: `  ofsplan run examples/plans/nightly.yaml --target sim
  ofsplan plan nightly.yaml --target prod -p misdate=2026-11-20
  ofsplan show last`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return checkReason(cmd) },
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		DisableAutoGenTag: true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return badFlag(cmd, args, err) })
	root.AddCommand(runs.Commands(std)...)
	root.AddCommand(plans.Commands(std)...)
	root.AddCommand(audit.Command(std), batch.Command(std), target.Command(std), version(std))
	root.SetHelpTemplate(helpTemplate)
	root.InitDefaultCompletionCmd()
	exemplify(root)
	for _, cmd := range root.Commands() {
		checkGroups(cmd)
	}
	return root
}

// completionExamples are where each shell looks for what completes a command line.
var completionExamples = map[string]string{
	"completion": "  ofsplan completion bash > /etc/bash_completion.d/ofsplan",
	"bash":       "  source <(ofsplan completion bash)\n  ofsplan completion bash > /etc/bash_completion.d/ofsplan",
	"zsh":        `  ofsplan completion zsh > "${fpath[1]}/_ofsplan"`,
	"fish":       "  ofsplan completion fish > ~/.config/fish/completions/ofsplan.fish",
	"powershell": "  ofsplan completion powershell | Out-String | Invoke-Expression",
}

// exemplify gives the commands that cobra makes examples of their own.
func exemplify(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" {
			continue
		}
		cmd.Example = completionExamples["completion"]
		for _, shell := range cmd.Commands() {
			shell.Example = completionExamples[shell.Name()]
		}
	}
}

// helpTemplate is cobra's own with the exit codes under it.
var helpTemplate = `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{if or .Runnable .HasSubCommands}}{{.UsageString}}{{end}}{{if not .HasParent}}
` + strings.TrimSuffix(exitcode.Help(), "\n") + `
{{end}}`

// checkGroups makes a command that only groups others refuse arguments it does not know, which cobra would
// answer with its help and exit code 0.
func checkGroups(cmd *cobra.Command) {
	if !cmd.HasSubCommands() || cmd.Runnable() {
		return
	}
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return flags.Usage(cmd, fmt.Errorf("%s needs to be told what to do", cmd.CommandPath()))
		}
		return unknownCommand(cmd, args[0])
	}
}

// unknownCommand says that a command has no such subcommand, and which was probably meant.
func unknownCommand(cmd *cobra.Command, name string) error {
	var known []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	hint := ""
	if near := source.Suggest(name, known); near != "" {
		hint = fmt.Sprintf("\n\tdid you mean %q?", near)
	}
	return flags.Usage(cmd, fmt.Errorf("unknown command %q for %q%s", name, cmd.CommandPath(), hint))
}

// badFlag reports a flag that a command does not know. Where the command only groups others, the argument before the
// flag is what nobody knows.
func badFlag(cmd *cobra.Command, args []string, err error) error {
	if cmd.HasSubCommands() && cmd.ValidArgsFunction == nil { // one with arguments of its own does more than hold others
		if cmd.HasParent() {
			args = args[slices.Index(args, cmd.Name())+1:]
		}
		if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
			return unknownCommand(cmd, args[0])
		}
	}
	if name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --"); unknown {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if meant := source.Suggest(name, known); meant != "" {
			err = fmt.Errorf("%w, did you mean --%s?", err, meant)
		}
	}
	return flags.Usage(cmd, err)
}
