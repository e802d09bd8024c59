package flags

import (
	"github.com/spf13/cobra"

	"ofsplan/internal/view"
)

// Run are the flags of every command that makes a run.
type Run struct {
	Target Target
	State  State
	Log    Log
	JSON   bool
	DryRun bool
}

// Register adds them.
func (f *Run) Register(cmd *cobra.Command) {
	f.Target.Register(cmd)
	f.State.Register(cmd, false)
	f.Log.Register(cmd)
	cmd.Flags().BoolVar(&f.JSON, "json", false, "print the result as JSON")
	cmd.Flags().BoolVar(&f.DryRun, "dry-run", false, "print every request that would be sent, and send nothing")
}

// Repeat is what to repeat on a command line about the same run.
func (f *Run) Repeat() view.Repeat {
	return view.Repeat{StateDir: f.State.Dir, Config: f.Target.Config}
}

// formats are the forms that the operator's log comes in, the default first.
var formats = []string{"console", "json"}

// Log chooses the form of the operator's log.
type Log struct{ Format string }

// Register adds --log-format.
func (f *Log) Register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Format, "log-format", "console", "console: a line per change; json: an object per change")
	CompleteValues(cmd, "log-format", formats)
}

// Check refuses a value that is no format. No flag at all means console.
func (f *Log) Check() error {
	if f.Format == "" {
		f.Format = formats[0]
	}
	return OneOf("log-format", f.Format, formats)
}
