package foreground

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/operate"
	"ofsplan/internal/view"
)

// A Refusal is why a run is not begun, as facts: the newest run that counts as the same, and what follows.
type Refusal struct {
	ExitCode exitcode.Code  `json:"exit_code"`
	Once     string         `json:"once"`
	Run      string         `json:"run,omitempty"` // empty: a process is about to begin or to take up one
	State    fold.OnceState `json:"state"`
	LeftOut  []string       `json:"left_out,omitempty"` // steps that its start left out
	LockedBy string         `json:"held_by,omitempty"`
	Journal  string         `json:"journal,omitempty"`
	Found    string         `json:"found"`    // for people
	Commands []view.Command `json:"commands"` // what a person can type now
	about    string         // what counts as the same
}

// NewRefusal is the refusal for what was found; repeat is what a command line about it has to say again.
func NewRefusal(f *operate.Found, repeat view.Repeat) *Refusal {
	r := &Refusal{
		ExitCode: f.Code(), Once: f.Once, Run: f.Run, State: f.State, LeftOut: f.LeftOut(), Journal: f.Journal, Found: f.String(),
		Commands: []view.Command{}, about: f.About,
	}
	switch {
	case f.State == operate.Running:
		r.LockedBy = f.By.String()
		if f.Run != "" {
			r.Commands = append(r.Commands, view.Command{
				Line: "ofsplan show " + f.Run + repeat.Here(), Does: "shows how it stands; speak to it with ofsplan resolve, adopt and cancel",
			})
		}
	case f.State == operate.Lost:
		line := "ofsplan audit verify"
		if !f.Loss.Gone {
			line += " " + f.Run
		}
		r.Commands = append(r.Commands, view.Command{Line: line + repeat.Here(), Does: f.Loss.Do})
	default:
		r.Commands = view.Remedies(f.Past, repeat)
	}
	return r
}

// Advise prints what can be typed now about the run that is in the way.
func (r *Refusal) Advise(w io.Writer) {
	_ = view.Advise(w, r.Commands)
}

// Refuse says what kept a run from beginning, and what to do. The error has nothing more to say than the exit code.
func Refuse(std *terminal.Streams, found *operate.Found, f *flags.Run) error {
	r := NewRefusal(found, f.Repeat())
	deed := "nothing was started"
	switch r.State {
	case fold.OnceDone:
		deed = "nothing was done"
	case operate.Running:
		deed = "already running: nothing was started"
	}
	fmt.Fprintf(std.Err, "%s: %s: %s\n", deed, r.about, r.Found)
	if f.JSON {
		if err := std.PrintJSON(r); err != nil {
			return exitcode.With(r.ExitCode, err)
		}
	}
	if r.State == fold.OnceDone {
		fmt.Fprint(std.Err, "\tto run it again all the same: the same command with --again --reason \"WHY\"\n")
		return exitcode.Quiet(r.ExitCode)
	}
	advice := r.Commands
	if r.State != operate.Running && !found.MayGoOn() {
		does := "starts all of it anew, as another run: what has been started before is started again"
		if r.State == fold.OnceInPart {
			does += "; add --only or --skip to run what was left out"
		}
		advice = append(slices.Clone(advice), view.Command{Line: `the same command with --again --reason "WHY"`, Does: does})
	}
	return errors.Join(view.Advise(std.Err, advice), exitcode.Quiet(r.ExitCode))
}
