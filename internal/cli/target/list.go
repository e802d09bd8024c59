package target

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/config"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
)

// listed is one target as target list prints it.
type listed struct {
	Name     string   `json:"name"`
	At       string   `json:"at"`
	Kind     string   `json:"kind,omitempty"`
	URL      string   `json:"url,omitempty"`
	Grant    string   `json:"grant,omitempty"`
	Problems []string `json:"problems,omitempty"`
}

// list is the command target list.
func list(std *terminal.Streams) *cobra.Command {
	var targets string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Lists the targets of the targets file, and what is wrong with them",
		Example: "  ofsplan target list\n  ofsplan target list --config /etc/ofsplan/ofsplan.yaml --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			place := config.Find(targets, os.Getenv)
			if place.Path == "" {
				return fmt.Errorf("there is no targets file: looked for %s\n\twrite one: ofsplan target init", strings.Join(place.Looked, ", "))
			}
			file, err := config.Load(place)
			if err != nil {
				return err
			}
			all, bad := describeTargets(file)
			if asJSON {
				err = std.PrintJSON(struct {
					File    string   `json:"file"`
					Targets []listed `json:"targets"`
				}{file.Path, all})
			} else {
				err = printList(std, all)
			}
			if err == nil && bad {
				err = exitcode.Quiet(exitcode.Usage)
			}
			return err
		},
	}
	flags.RegisterConfig(cmd, &targets)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the facts as JSON")
	return cmd
}

// describeTargets reads every target of the file, without the environment, which is laid over one only.
func describeTargets(file *config.File) (all []listed, bad bool) {
	for _, name := range file.Names() {
		l := listed{Name: name}
		t, err := file.Target(name, nil)
		for _, e := range files.Problems(file.Path, err) {
			l.Problems = append(l.Problems, e.Error())
			bad = true
		}
		if t != nil {
			l.At, l.Kind, l.URL, l.Grant = t.Pos.String(), t.Kind, t.URL, t.Auth.Grant
		}
		all = append(all, l)
	}
	return all, bad
}

// printList prints them as a table, and what is wrong on standard error.
func printList(std *terminal.Streams, all []listed) error {
	rows := readable.Table{{"TARGET", "KIND", "URL", "GRANT"}}
	for _, l := range all {
		if len(l.Problems) > 0 {
			rows = append(rows, []string{l.Name, fmt.Sprintf("(%s)", readable.Count(len(l.Problems), "problem"))})
			continue
		}
		rows = append(rows, []string{l.Name, l.Kind, l.URL, l.Grant})
	}
	var b strings.Builder
	rows.Write(&b, readable.Layout{})
	if _, err := fmt.Fprint(std.Out, b.String()); err != nil {
		return err
	}
	for _, l := range all {
		for _, p := range l.Problems {
			fmt.Fprintln(std.Err, p)
		}
	}
	return nil
}
