package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"

	"ofsplan/internal/source"
	"ofsplan/plan"
)

// loadPlan reads a plan from the file system. Its folder is all the plan can reach. Most of what loading makes
// stays, so that collecting garbage as often as usual meanwhile would cost a sixth of the time for nothing.
func loadPlan(path string) (*plan.Plan, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	p, err := plan.Load(os.DirFS(filepath.Dir(path)), filepath.Base(path), path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such plan\n\tcheck the name; the working folder is %s", path, workingFolder())
	}
	return p, err
}

// problemsOf splits an error into problems with positions; one without a position has only the file.
func problemsOf(path string, err error) source.Errors {
	if err == nil {
		return nil
	}
	if all, ok := errors.AsType[source.Errors](err); ok {
		return all
	}
	return source.Errors{{Pos: source.Pos{File: path}, Msg: err.Error()}}
}

// isPlanName tells a plan's file name from the word for a run.
func isPlanName(arg string) bool {
	return filepath.Ext(arg) == ".yaml" || filepath.Ext(arg) == ".yml"
}

// planArg is the rule for commands that take exactly one plan.
var planArg = oneArg("plan")

// planFiles completes names of plans.
func planFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}
