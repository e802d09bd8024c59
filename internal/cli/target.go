package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/config"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
)

func (a *app) target() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "target",
		Short:   "Lists, checks and starts the file of targets",
		Example: "  ofsplan target init\n  ofsplan target list\n  ofsplan target check prod",
	}
	cmd.AddCommand(a.targetList(), a.targetCheck(), a.targetInit())
	return cmd
}

// listed is one target as target list tells it.
type listed struct {
	Name     string   `json:"name"`
	At       string   `json:"at"`
	Kind     string   `json:"kind,omitempty"`
	URL      string   `json:"url,omitempty"`
	Grant    string   `json:"grant,omitempty"`
	Problems []string `json:"problems,omitempty"`
}

func (a *app) targetList() *cobra.Command {
	var targets string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Lists the targets of the targets file, and what is wrong with them",
		Example: "  ofsplan target list\n  ofsplan target list --config /etc/ofsplan/ofsplan.yaml --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			path, looked := config.Find(targets, os.Getenv)
			if path == "" {
				return fmt.Errorf("there is no targets file: looked for %s\n\twrite one: ofsplan target init", strings.Join(looked, ", "))
			}
			file, err := config.Load(path)
			if err != nil {
				return err
			}
			all, bad := describeTargets(file)
			if asJSON {
				err = a.PrintJSON(struct {
					File    string   `json:"file"`
					Targets []listed `json:"targets"`
				}{file.Path, all})
			} else {
				err = a.printTargets(all)
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

// printTargets prints them as a table, and what is wrong on standard error.
func (a *app) printTargets(all []listed) error {
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
	if _, err := fmt.Fprint(a.Out, b.String()); err != nil {
		return err
	}
	for _, l := range all {
		for _, p := range l.Problems {
			fmt.Fprintln(a.Err, p)
		}
	}
	return nil
}

func (a *app) targetInit() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Writes a targets file to start from",
		Example: `  ofsplan target init
  ofsplan target init ~/.config/ofsplan/ofsplan.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path := config.FileName
			if len(args) == 1 {
				path = args[0]
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := a.write(path, "starter/ofsplan.yaml"); err != nil {
				return err
			}
			fmt.Fprintln(a.Out, "next: change it, then ofsplan target check prod")
			return nil
		},
	}
}
