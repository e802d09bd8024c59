package plans

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/config"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source"
)

// checked is one plan, test file or scenario after validate read it.
type checked struct {
	File     string    `json:"file"`
	Valid    bool      `json:"valid"`
	Name     string    `json:"name,omitempty"`
	Steps    int       `json:"steps,omitempty"`
	Cases    int       `json:"cases,omitempty"`    // of a test file
	Scenario bool      `json:"scenario,omitempty"` // it is a scenario, and no plan
	Problems []problem `json:"problems"`
}

// problem is one error or warning, as facts.
type problem struct {
	source.Pos
	Severity string `json:"severity"` // error or warning
	ID       string `json:"id,omitempty"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// reports are the forms validate prints its findings in.
var reports = []string{"text", "json", "sarif", "github"}

func validate(std *terminal.Streams) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "validate PLAN…",
		Short: "Checks plans without a network, a secret or a target",
		Long: `Checks plans: everything that can be known without a night is checked, and every problem of a
file is reported at once, as file:line:col with a hint. Warnings are reported and tolerated. With text the
problems go to standard error; the other formats go to standard output. A file called NAME_test.yaml is checked
as the test file it is, and a scenario as a scenario.`,
		Example: `  ofsplan validate nightly.yaml
  ofsplan validate --format github plans/*.yaml
  ofsplan validate --format sarif nightly.yaml > ofsplan.sarif`,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return flags.Usage(cmd, fmt.Errorf("%s takes at least one plan", cmd.CommandPath()))
			}
			if err := flags.OneOf("format", format, reports); err != nil {
				return flags.Usage(cmd, err)
			}
			var all []checked
			for _, path := range args {
				all = append(all, check(path))
			}
			if err := printChecked(std, format, all); err != nil {
				return err
			}
			if slices.ContainsFunc(all, func(c checked) bool { return !c.Valid }) {
				return exitcode.Quiet(exitcode.Usage)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json, sarif or github")
	flags.CompleteValues(cmd, "format", reports)
	return cmd
}

// check reads one plan and keeps what is wrong with it.
func check(path string) checked {
	if isTestName(path) {
		return checkTest(path)
	}
	p, err := files.Plan(path)
	if err != nil && filepath.Base(path) == config.FileName {
		return checked{File: path, Problems: []problem{{
			Pos: source.Pos{File: path, Line: 1, Col: 1}, Severity: "error", Message: "this is a targets file, not a plan",
			Hint: "leave it out here; ofsplan target check tries its targets",
		}}}
	}
	if err != nil && isScenario(path) {
		return checkScenario(path)
	}
	c := checked{File: path, Valid: err == nil, Problems: []problem{}}
	all := files.Problems(path, err)
	if p != nil {
		c.Name, c.Steps = p.Name, len(p.Steps)
		all = append(all, p.Warnings...)
	}
	for _, e := range all.Sort() {
		c.Problems = append(c.Problems, asProblem(e))
	}
	return c
}

// isScenario reports whether a file is a scenario by its keys: one that a plan does not have, and no steps.
func isScenario(path string) bool {
	data, err := files.Read(path, "the scenario", simLimit)
	if err != nil {
		return false
	}
	root, _ := source.Parse(path, data)
	return root.Is(source.Mapping) && root.Get("steps") == nil &&
		slices.ContainsFunc(scenario.Keys(), func(key string) bool { return root.Get(key) != nil })
}

// checkScenario reads one scenario and keeps what is wrong with it.
func checkScenario(path string) checked {
	data, err := files.Read(path, "the scenario", simLimit)
	if err == nil {
		_, err = scenario.Read(path, data)
	}
	c := checked{File: path, Valid: err == nil, Scenario: true, Problems: []problem{}}
	for _, e := range files.Problems(path, err).Sort() {
		c.Problems = append(c.Problems, asProblem(e))
	}
	return c
}

func asProblem(e *source.Error) problem {
	severity := "error"
	if e.ID != "" {
		severity = "warning"
	}
	return problem{e.Pos, severity, e.ID, e.Msg, e.Hint}
}

// printChecked prints what was found in one of the formats.
func printChecked(std *terminal.Streams, format string, all []checked) error {
	switch format {
	case "json":
		return std.PrintJSON(struct {
			Plans []checked `json:"plans"`
		}{all})
	case "sarif":
		return std.PrintJSON(sarif(all))
	case "github":
		for _, c := range all {
			for _, p := range c.Problems {
				fmt.Fprintln(std.Out, annotation(p))
			}
		}
		return nil
	}
	for _, c := range all {
		for _, p := range c.Problems {
			e := source.Error{Pos: p.Pos, Msg: p.Message, Hint: p.Hint, ID: p.ID}
			if p.Severity == "warning" {
				e.ID = "warning " + p.ID
			}
			if p.Line == 0 {
				fmt.Fprintln(std.Err, p.Message) // it names the file itself
				continue
			}
			fmt.Fprintln(std.Err, e.Error())
		}
		switch {
		case c.Valid && c.Scenario:
			fmt.Fprintf(std.Out, "%s: valid, a scenario\n", c.File)
		case c.Valid && c.Cases > 0:
			fmt.Fprintf(std.Out, "%s: valid, %s\n", c.File, readable.Count(c.Cases, "case"))
		case c.Valid:
			fmt.Fprintf(std.Out, "%s: valid, %s\n", c.File, readable.Count(c.Steps, "step"))
		}
	}
	return nil
}

// annotation is a problem as a GitHub workflow command.
func annotation(p problem) string {
	message := p.Message
	if p.ID != "" {
		message = p.ID + ": " + message
	}
	if p.Hint != "" {
		message += "\n" + p.Hint
	}
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	place := "file=" + property.Replace(p.File)
	if p.Line > 0 {
		place += fmt.Sprintf(",line=%d,col=%d", p.Line, p.Col)
	}
	return fmt.Sprintf("::%s %s::%s", p.Severity, place, data.Replace(message))
}
