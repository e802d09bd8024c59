package plans

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/plantest"
	"ofsplan/internal/source"
	"ofsplan/plan"
)

// testFlags say which cases are run and where their results go.
type testFlags struct {
	only        string
	minCoverage float64
	junit       string
	keep        string
	asJSON      bool
	verbose     bool
}

func test(std *terminal.Streams) *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test [FILE…|FOLDER…]",
		Short: "Runs the tests of plans, each case a night in virtual time",
		Long: `Runs the tests of plans: each case of each file NAME_test.yaml is a night at the simulated scheduler, whose clock
jumps, so that hours pass in a moment. Of a folder (without arguments: the working folder) every test file below it
is run; a plan stands for the test file beside it. What goes another way than expected is shown as a diff with the
plan's line, and so is every step, side of an if, watch rule and on_failure rule that no case exercised. Exit code 1
means that a case failed or that coverage is too low, 2 that a file has a problem.`,
		Example: `  ofsplan test
  ofsplan test plans/nightly_test.yaml --run restarted -v
  ofsplan test plans --junit report.xml --min-coverage 100`,
		ValidArgsFunction: flags.PlanFiles,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.minCoverage < 0 || f.minCoverage > 100 {
				return flags.Usage(cmd, fmt.Errorf("--min-coverage is a percentage from 0 to 100, not %g", f.minCoverage))
			}
			if f.minCoverage > 0 && f.only != "" {
				return flags.Usage(cmd, errors.New("--min-coverage is about all cases, and --run leaves some out"))
			}
			tests, err := testFiles(args)
			if err != nil {
				return flags.Usage(cmd, err)
			}
			return runTests(std, cmd.Context(), tests, &f)
		},
	}
	cmd.AddCommand(testFrom(std))
	cmd.Flags().StringVar(&f.only, "run", "", "only cases whose name holds this text or matches this regular expression")
	cmd.Flags().Float64Var(&f.minCoverage, "min-coverage", 0, "fail when less than this percentage of a plan is exercised")
	cmd.Flags().StringVar(&f.junit, "junit", "", "write a JUnit report to this file")
	cmd.Flags().StringVar(&f.keep, "keep", "", "keep the audit log of every night below this folder")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the facts as JSON")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "tell every case, not only those that failed")
	return cmd
}

// runTests reads and runs the files and reports on them.
func runTests(std *terminal.Streams, ctx context.Context, tests []string, f *testFlags) error {
	suite, err := readSuite(tests)
	if err != nil {
		return err
	}
	problems, warnings := suite.Problems, suite.Warnings()
	for _, w := range warnings {
		shown := *w
		shown.ID = "warning " + w.ID
		fmt.Fprintln(std.Err, shown.Error())
	}
	for _, e := range problems {
		fmt.Fprintln(std.Err, e.Error())
	}
	options := plantest.Options{Only: onlyCases(f.only)}
	if f.keep != "" {
		options.Keep = keepLog(f.keep)
	}
	ctx, release := std.StopOnSignal(ctx)
	defer release()
	done, err := suite.Run(ctx, options)
	if err != nil && ctx.Err() != nil {
		return exitcode.With(exitcode.Failed, err)
	}
	if err != nil {
		return err
	}
	if f.only != "" && done.Cases() == 0 && len(problems) == 0 {
		return fmt.Errorf("no case is called anything like %q", f.only)
	}
	return reportTests(std, done, problems, warnings, f)
}

// reportTests prints and writes what became of the cases, and says so in the exit code.
func reportTests(std *terminal.Streams, done *plantest.Report, problems, warnings source.Errors, f *testFlags) error {
	code := exitcode.Succeeded
	if done.Failed() > 0 {
		code = exitcode.Failed
	}
	for _, c := range done.Coverage {
		if c.Percent() < f.minCoverage {
			code = exitcode.Failed
			fmt.Fprintf(std.Err, "%s%s: the tests exercise %d of %d parts, less than %g %%\n", readable.SimulatedMark, c.Plan, c.Exercised(), len(c.Items), f.minCoverage)
		}
	}
	if len(problems) > 0 {
		code = exitcode.Usage
	}
	if f.junit != "" {
		if err := writeJUnit(f.junit, done, problems); err != nil {
			return err
		}
	}
	if f.asJSON {
		if err := std.PrintJSON(done.Facts(code == exitcode.Succeeded, problems, warnings)); err != nil {
			return err
		}
	} else if err := done.WriteText(std.Out, f.verbose); err != nil {
		return err
	}
	return exitcode.Quiet(code)
}

// writeJUnit writes the report for a CI server.
func writeJUnit(path string, done *plantest.Report, problems source.Errors) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("the JUnit report cannot be written: %w", err)
	}
	if err := errors.Join(done.WriteJUnit(file, problems), file.Close()); err != nil {
		return fmt.Errorf("the JUnit report cannot be written: %w", err)
	}
	return nil
}

// readSuite reads test files and what they name.
func readSuite(tests []string) (*plantest.Suite, error) {
	return readSuiteOf(tests, func(path string) (*plan.Plan, error) {
		p, err := plan.Load(os.DirFS(filepath.Dir(path)), filepath.Base(path), path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("there is no " + path)
		}
		return p, err
	})
}

// readSuiteOf reads test files and the scenarios they name; where the plans come from is the caller's.
func readSuiteOf(tests []string, of func(path string) (*plan.Plan, error)) (*plantest.Suite, error) {
	suite := plantest.NewSuite(plantest.Sources{
		Plan: of,
		Scenario: func(path string) ([]byte, error) {
			info, err := os.Stat(path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil, errors.New("there is no " + path)
			case err == nil && info.Size() > simLimit:
				return nil, fmt.Errorf("%s is larger than %d MiB", path, simLimit>>20)
			}
			return os.ReadFile(path)
		},
	})
	for _, path := range tests {
		data, err := files.Read(path, "the test file", simLimit)
		if err != nil {
			return nil, err
		}
		suite.Add(path, data)
	}
	return suite, nil
}

// onlyCases matches names that hold the text, or that it matches as a regular expression. Nil matches all.
func onlyCases(text string) *regexp.Regexp {
	if text == "" {
		return nil
	}
	literal := regexp.QuoteMeta(text)
	if re, err := regexp.Compile(literal + "|(?:" + text + ")"); err == nil {
		return re
	}
	return regexp.MustCompile(literal)
}

// keepLog writes each night's audit log into a folder of its own: the test file's path, the case's number and name.
func keepLog(folder string) func(*plantest.File, int, *plantest.Case, []byte) error {
	return func(f *plantest.File, number int, c *plantest.Case, journal []byte) error {
		path := strings.TrimSuffix(filepath.ToSlash(filepath.Clean(f.File)), filepath.Ext(f.File))
		path = strings.TrimPrefix(strings.ReplaceAll(path, "..", "up"), "/")
		dir := filepath.Join(folder, filepath.FromSlash(path), fmt.Sprintf("%02d-%s", number, folderName(c.Name)))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("the audit log cannot be kept: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, "audit.jsonl"), journal, 0o600); err != nil {
			return fmt.Errorf("the audit log cannot be kept: %w", err)
		}
		return nil
	}
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// folderName is a case's name as part of a path.
func folderName(name string) string {
	const most = 60
	name = strings.Trim(notInNames.ReplaceAllString(strings.ToLower(name), "_"), "_")
	return name[:min(len(name), most)]
}
