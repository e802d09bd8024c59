package plans

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/incident"
	"ofsplan/plan"
)

// testFromFlags say what is written where.
type testFromFlags struct {
	state flags.State
	plan  string
	out   string
}

func testFrom(std *terminal.Streams) *cobra.Command {
	var f testFromFlags
	cmd := &cobra.Command{
		Use:   "from RUN",
		Short: "Writes a test that goes as a night did",
		Long: `Writes a test file with one case that reproduces a night: its parameters, its scenario, and what came of it, from a run's
audit log. RUN is a run id, the start of one, the word last, or an audit log's file. The test is run before it is
written, with the plan as it was that night; exit code 1 means that it does not go the same way, and what differs
is printed. What the log does not tell stands as a comment at the top.`,
		Example: `  ofsplan test from last -o plans/incident_test.yaml && ofsplan test plans/incident_test.yaml
  ofsplan test from 20261123T0200 --plan nightly.yaml > incident_test.yaml`,
		Args:              flags.OneArg("run"),
		ValidArgsFunction: f.state.RunIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return writeTest(std, cmd, args[0], &f)
		},
	}
	f.state.Register(cmd, true)
	cmd.Flags().StringVar(&f.plan, "plan", "", "the plan that the test is of (default: the file that was run)")
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "write to this new file in place of standard output")
	return cmd
}

// writeTest writes the test of a run's night.
func writeTest(std *terminal.Streams, cmd *cobra.Command, run string, f *testFromFlags) error {
	past, err := pastOf(&f.state, run)
	if err != nil {
		return err
	}
	name, err := planOf(std, past, f)
	if err != nil {
		return err
	}
	text, err := past.TestText(name)
	if errors.Is(err, incident.ErrUnended) {
		return fmt.Errorf("run %s has not ended, so there is nothing a test could expect\n\tresume it first, or take a scenario from it: ofsplan scenario from %s", past.RunID, past.RunID)
	}
	if err != nil {
		return err
	}
	ctx, release := std.StopOnSignal(cmd.Context())
	defer release()
	differs, err := past.TryTest(ctx, "the test", text)
	if err != nil {
		return err
	}
	if err := files.WriteNew(std, f.out, text); err != nil {
		return err
	}
	if differs != "" {
		fmt.Fprintln(std.Err, "the test fails, since a scenario cannot say all of that night:")
		if err := readable.WriteSimulated(std.Err, differs); err != nil {
			return err
		}
		return exitcode.Quiet(exitcode.Failed)
	}
	return nil
}

// sourcesOf are the files that a plan is read from as they are today; of one that is not valid any more, its own file alone.
func sourcesOf(path string) ([]plan.Source, error) {
	if p, err := files.Plan(path); err == nil {
		return p.Sources, nil
	}
	own, err := os.ReadFile(path)
	return []plan.Source{{Data: own}}, err
}

// planOf is the plan as the test file names it: by its way from there. It warns when the plan is not what it was.
func planOf(std *terminal.Streams, past *incident.Past, f *testFromFlags) (string, error) {
	path := f.plan
	if path == "" {
		path = past.Started.File
	}
	now, err := sourcesOf(path)
	switch {
	case err != nil && f.plan != "":
		return "", fmt.Errorf("the plan cannot be read: %w", err)
	case err != nil:
		fmt.Fprintf(std.Err, "warning: there is no %s here: name the plan with --plan\n", path)
		return path, nil
	case !slices.EqualFunc(now, past.Resolved.Sources, func(a, b plan.Source) bool { return bytes.Equal(a.Data, b.Data) }):
		fmt.Fprintf(std.Err, "warning: %s is not what it was in that night, so the test may fail\n", path)
	}
	if f.out == "" || filepath.IsAbs(path) {
		return path, nil
	}
	from, err := filepath.Abs(filepath.Dir(f.out))
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	way, err := filepath.Rel(from, to)
	return filepath.ToSlash(way), err
}
