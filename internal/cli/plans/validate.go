package plans

import (
	"errors"
	"fmt"
	"os"
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
	"ofsplan/plan"
)

// checked is one file after validate read it.
type checked struct {
	File     string    `json:"file"`
	Kind     kind      `json:"kind"`
	Valid    bool      `json:"valid"`
	Name     string    `json:"name,omitempty"`    // of a plan, or of that which a test is of
	Steps    int       `json:"steps,omitempty"`   // of a plan
	Cases    int       `json:"cases,omitempty"`   // of a test file
	Targets  int       `json:"targets,omitempty"` // of a targets file
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
	var format, about, at string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate FILE…",
		Short: "Checks plans, tests, scenarios, targets and calendars, without a network, a secret or a target",
		Long: `Checks plans, tests, scenarios, targets and calendar files: everything that can be known without a night is checked, and
every problem of a file is reported at once, as file:line:col with a hint. Each file is recognized by what it holds; of
a folder every such file below it is checked, and - is standard input. Warnings are reported and tolerated; each has a
number, which --explain tells more of. With text the problems go to standard error; the other formats go to standard output.`,
		Example: `  ofsplan validate nightly.yaml
  ofsplan validate plans/
  ofsplan validate --explain W001
  ofsplan validate nightly.yaml --at 2026-11-23T01:00
  ofsplan validate --format github plans/*.yaml
  ofsplan validate --format sarif . > ofsplan.sarif`,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if asJSON {
				if cmd.Flags().Changed("format") && format != "json" {
					return flags.Usage(cmd, errors.New("--json and --format do not go together"))
				}
				format = "json"
			}
			switch err := flags.OneOf("format", format, reports); {
			case err != nil:
				return flags.Usage(cmd, err)
			case about != "" && len(args) > 0:
				return flags.Usage(cmd, errors.New("--explain takes no files"))
			case about != "":
				return explain(cmd, std, about, format == "json")
			case len(args) == 0:
				return flags.Usage(cmd, fmt.Errorf("%s takes at least one file or folder", cmd.CommandPath()))
			}
			return validateFiles(std, format, at, args)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json, sarif or github")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as --format json")
	cmd.Flags().StringVar(&about, "explain", "", "print what a warning means, such as W001, and how to mend or silence it; all lists them")
	cmd.Flags().StringVar(&at, "at", "", "when a run would start, such as 2026-11-23T01:00: warns of a deadline that the timeouts let pass")
	flags.CompleteValues(cmd, "format", reports)
	flags.CompleteValues(cmd, "explain", checkIDs())
	return cmd
}

// validateFiles checks what is meant by the arguments and prints what was found.
func validateFiles(std *terminal.Streams, format, at string, args []string) error {
	found, others, err := inputs(args, std.In)
	if err != nil {
		return exitcode.With(exitcode.Usage, err)
	}
	out := findings{Files: []checked{}, Others: others}
	for _, in := range found {
		out.Files = append(out.Files, check(in, at))
	}
	if err := printChecked(std, format, out); err != nil {
		return err
	}
	if slices.ContainsFunc(out.Files, func(c checked) bool { return !c.Valid }) {
		return exitcode.Quiet(exitcode.Usage)
	}
	return nil
}

// findings are what validate has to say.
type findings struct {
	Files  []checked `json:"files"`
	Others int       `json:"passed_over,omitempty"` // YAML files of folders that are none of ours
}

// check reads one file and keeps what is wrong with it. When at says when a run would start, the deadline of a plan is looked at as well.
func check(in input, at string) checked {
	c := checked{File: in.path, Kind: in.kind, Problems: []problem{}}
	var all source.Errors
	switch in.kind {
	case aTest:
		all = c.test(in)
	case aScenario:
		data, err := in.read("the scenario")
		if err == nil {
			_, err = scenario.Read(in.path, data)
		}
		all = files.Problems(in.path, err)
	case someTarget:
		data, err := in.read("the targets file")
		all = files.Problems(in.path, err)
		if err == nil {
			c.Targets, all = config.Check(in.path, data)
		}
	case aCalendar:
		data, err := in.read("the calendar")
		if err == nil {
			_, err = plan.ParseCalendar(in.path, data)
		}
		all = files.Problems(in.path, err)
	default:
		all = c.plan(in, at)
	}
	c.Valid = !slices.ContainsFunc(all, func(e *source.Error) bool { return e.ID == "" })
	for _, e := range all.Sort() {
		c.Problems = append(c.Problems, asProblem(e))
	}
	return c
}

// read is the content of the file.
func (in input) read(what string) ([]byte, error) {
	if in.data != nil {
		return in.data, nil
	}
	return files.Read(in.path, what, simLimit)
}

// plan reads a plan; what is wrong with it comes back.
func (c *checked) plan(in input, at string) source.Errors {
	load := func() (*plan.Plan, error) { return files.Plan(in.path) }
	if in.data != nil {
		load = func() (*plan.Plan, error) { return plan.Load(given{os.DirFS("."), in.data}, givenName, in.path) }
	}
	p, err := load()
	all := files.Problems(in.path, err)
	if p != nil {
		c.Name, c.Steps = p.Name, len(p.Steps)
		all = append(all, p.Warnings...)
		if at != "" {
			all = append(all, overdue(p, at)...)
		}
	}
	return all
}

// test reads a test file, likewise.
func (c *checked) test(in input) source.Errors {
	if in.data != nil { // its plan stands beside it
		return source.Errors{{Pos: source.Pos{File: in.path, Line: 1, Col: 1}, Msg: "a test file is checked beside its plan", Hint: "name the file"}}
	}
	suite, err := readSuite([]string{in.path})
	if suite == nil {
		return files.Problems(in.path, err)
	}
	if len(suite.Problems) == 0 {
		c.Name, c.Cases = suite.Files[0].Plan.Name, len(suite.Files[0].Cases)
	}
	return append(suite.Problems, suite.Warnings()...)
}

func asProblem(e *source.Error) problem {
	severity := "error"
	if e.ID != "" {
		severity = "warning"
	}
	return problem{e.Pos, severity, e.ID, e.Msg, e.Hint}
}

// printChecked prints what was found in one of the formats.
func printChecked(std *terminal.Streams, format string, all findings) error {
	switch format {
	case "json":
		return std.PrintJSON(all)
	case "sarif":
		return std.PrintJSON(sarif(all.Files))
	case "github":
		for _, c := range all.Files {
			for _, p := range c.Problems {
				fmt.Fprintln(std.Out, annotation(p))
			}
		}
		return nil
	}
	for _, c := range all.Files {
		for _, p := range c.Problems {
			fmt.Fprintln(std.Err, p.text())
		}
		if c.Valid {
			fmt.Fprintf(std.Out, "%s: valid, %s\n", c.File, c.holds())
		}
	}
	if all.Others > 0 {
		fmt.Fprintf(std.Out, "%s passed over: no plan, test, scenario, targets or calendar file\n", readable.Count(all.Others, "YAML file"))
	}
	return nil
}

// text is the problem as a person reads it.
func (p problem) text() string {
	if p.Line == 0 {
		return p.Message // it names the file itself
	}
	e := source.Error{Pos: p.Pos, Msg: p.Message, Hint: p.Hint, ID: p.ID}
	if p.Severity == "warning" {
		e.ID = "warning " + p.ID
	}
	return e.Error()
}

// holds says in few words what a file is.
func (c checked) holds() string {
	switch c.Kind {
	case aTest:
		return readable.Count(c.Cases, "case")
	case aScenario:
		return "a scenario"
	case someTarget:
		return readable.Count(c.Targets, "target")
	case aCalendar:
		return "a calendar"
	}
	return readable.Count(c.Steps, "step")
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
