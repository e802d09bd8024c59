package plans

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/format"
	"ofsplan/internal/readable"
	"ofsplan/internal/source"
)

// fmtFlags say what is done with what would change.
type fmtFlags struct {
	check bool
	diff  bool
}

func formatFiles(std *terminal.Streams) *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [FILE|FOLDER…]",
		Short: "Lays out YAML files: indentation, blanks, quotes, and nothing that they say",
		Long: `Lays out plans, tests, scenarios, targets and calendars: two blanks of indentation, lists one step inside what holds
them, one blank behind colons, commas and dashes, none inside brackets, double quotes where single ones do no more, one empty
line where there were several, one line feed at the end. Comments, empty lines, line breaks, order, anchors and the lines of
block scalars stay as they are.

What it writes reads as the same file, and is not changed by a second time; where that cannot be done, or a file cannot be read,
the file stays as it is, and the exit code is 2. Without arguments it lays out the files of ours in the working folder and
below; - is standard input. Files are replaced as a whole and keep their mode; one that is named through a link, or has a
second name, is refused.`,
		Example: `  ofsplan fmt
  ofsplan fmt plans/nightly.yaml scenarios
  ofsplan fmt --check plans
  ofsplan fmt --diff nightly.yaml
  ofsplan fmt - < nightly.yaml`,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			defer debug.SetGCPercent(debug.SetGCPercent(400))
			return f.all(std, args)
		},
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "change nothing, name the files that would change, and end with exit code 1 when there are any")
	cmd.Flags().BoolVar(&f.diff, "diff", false, "change nothing, and print what would change")
	return cmd
}

// all lays out every file that is meant. What is wrong with one does not keep the others from it.
func (f *fmtFlags) all(std *terminal.Streams, args []string) error {
	if len(args) == 1 && args[0] == "-" {
		return f.stdin(std)
	}
	paths, err := filesToFormat(std, args)
	if err != nil {
		return err
	}
	changed, refused := 0, 0
	for _, path := range paths {
		differs, err := f.one(std, path)
		if err != nil {
			refused++
			tell(std, path, err)
		}
		if differs {
			changed++
		}
	}
	switch {
	case refused > 0:
		fmt.Fprintf(std.Err, "%s of %s stayed as they were\n", readable.Count(refused, "file"), readable.Count(len(paths), "file"))
		return exitcode.Quiet(exitcode.Usage)
	case f.check && changed > 0:
		fmt.Fprintf(std.Err, "%s of %s would change: ofsplan fmt does it\n", readable.Count(changed, "file"), readable.Count(len(paths), "file"))
		return exitcode.Quiet(exitcode.Failed)
	}
	return nil
}

// tell prints what is wrong with a file, with its places.
func tell(std *terminal.Streams, path string, err error) {
	for _, e := range files.Problems(path, err) {
		if e.Line == 0 {
			fmt.Fprintln(std.Err, e.Msg) // it names the file itself
			continue
		}
		fmt.Fprintln(std.Err, e.Error())
	}
}

// one lays out a file, and reports whether that changes it, or would.
func (f *fmtFlags) one(std *terminal.Streams, path string) (differs bool, err error) {
	data, info, err := files.ReadPlain(path, "the file", simLimit)
	if err != nil {
		return false, err
	}
	out, err := format.File(path, data)
	if err != nil || string(out) == string(data) {
		return false, err
	}
	switch {
	case f.diff:
		_, err = std.Out.Write(patch(path, data, out))
	case f.check:
		_, err = fmt.Fprintln(std.Out, path)
	default:
		if err = files.Replace(path, info, out); err == nil {
			_, err = fmt.Fprintf(std.Out, "laid out %s\n", path)
		}
	}
	return true, err
}

// patch is what would change, as git apply takes it.
func patch(path string, data, out []byte) []byte {
	name := filepath.ToSlash(path)
	return diff.Diff("a/"+name, data, "b/"+name, out)
}

// stdin lays out standard input to standard output.
func (f *fmtFlags) stdin(std *terminal.Streams) error {
	in := std.In
	if in == nil {
		return errors.New("there is no standard input")
	}
	data, err := io.ReadAll(io.LimitReader(in, simLimit+1))
	if err != nil {
		return fmt.Errorf("standard input cannot be read: %w", err)
	}
	const name = "stdin"
	out, err := format.File(name, data)
	if err != nil {
		if all, ok := errors.AsType[source.Errors](err); ok {
			tell(std, name, all)
			return exitcode.Quiet(exitcode.Usage)
		}
		return err
	}
	differs := string(out) != string(data)
	switch {
	case f.diff:
		_, err = std.Out.Write(patch(name, data, out))
	case !f.check:
		err = std.Out.WriteFile(out)
	case differs:
		_, err = fmt.Fprintln(std.Out, name)
	}
	if err == nil && f.check && differs {
		return exitcode.Quiet(exitcode.Failed)
	}
	return err
}
