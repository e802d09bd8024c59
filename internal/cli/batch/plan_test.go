package batch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cockroachdb/datadriven"
	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// through is what a value becomes on its way through a plan written for a batch command.
func through(t *testing.T, value string) (string, error) {
	t.Helper()
	what := source.Sparse{{Key: "batch", Value: literal("A")}}
	what.Filled("params", settings([]fact.Pair{{Name: "K", Value: value}}))
	p, err := plan.Parse(runner.CommandLine, callOptions{}.write("trigger", what))
	if err != nil {
		return "", err
	}
	r, err := p.Resolve(plan.Inputs{})
	if err != nil {
		return "", err
	}
	o, err := r.Order(r.Steps[0], fact.View{})
	if err != nil {
		return "", err
	}
	return o.Params[0].Value, nil
}

// run carries a command line out and collects what it prints.
func run(out io.Writer, args []string) {
	std := terminal.New(strings.NewReader(""), out, out)
	root := &cobra.Command{Use: "ofsplan", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(Command(std))
	root.SetArgs(args)
	if err := root.Execute(); err != nil && !exitcode.IsQuiet(err) {
		fmt.Fprintln(out, err)
	}
	std.Flush()
}

// The plan of a batch command is what its audit log pins, byte for byte.
func TestThePlanOfABatchCommandStandsInItsLog(t *testing.T) {
	datadriven.RunTest(t, "testdata/batch_plans", func(t *testing.T, d *datadriven.TestData) string {
		dir := t.TempDir()
		args := append([]string{"batch"}, strings.Split(d.Input, "\n")...)
		var out bytes.Buffer
		run(&out, append(args, "--target", "sim", "--state-dir", dir))
		logs, err := filepath.Glob(filepath.Join(dir, "simulated", "runs", "*", "audit.jsonl"))
		if err != nil || len(logs) != 1 {
			return out.String()
		}
		data, err := os.ReadFile(logs[0])
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range audit.Records(bytes.NewReader(data)) {
			if err != nil {
				t.Fatal(err)
			}
			var pinned runner.FilePinned
			if r.Type == pinned.Type() {
				if err := json.Unmarshal(r.Data, &pinned); err != nil {
					t.Fatal(err)
				}
				return pinned.Text
			}
		}
		return "nothing is pinned"
	})
}

func TestWhatIsTypedIsSentLiterally(t *testing.T) {
	for _, value := range []string{
		"", "EMEA", "0123", "no", "null", "2026-11-20", ` "quoted" \ `, "a: b # c", "${{ 1 + 1 }}", "${{", "x}}${{ y", "<&>", "é世界", "'", "~", "!tag", "*alias", "line\nline", "tab\t",
	} {
		if got, err := through(t, value); err != nil || got != value {
			t.Errorf("%q became %q (%v)", value, got, err)
		}
	}
}

func FuzzWhatIsTypedIsSentLiterally(f *testing.F) {
	f.Add("${{ params.x }}")
	f.Add(`"\u2028`)
	f.Fuzz(func(t *testing.T, value string) {
		if !utf8.ValidString(value) || strings.Contains(value, "$FICMISDATE$") {
			return
		}
		if got, err := through(t, value); err == nil && got != value {
			t.Errorf("%q became %q", value, got)
		}
	})
}
