package view

import (
	"fmt"
	"io"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// mostCards is how many steps a card describes at length.
const mostCards = 5

// A Repeat is what a person must repeat on the command line to mean the same run and target.
type Repeat struct {
	StateDir string // as it was given; empty: the default
	Config   string // likewise
}

// Here repeats the state folder, where it was named.
func (s Repeat) Here() string {
	if s.StateDir == "" {
		return ""
	}
	return " --state-dir " + Quote(s.StateDir)
}

// flags are Here, and with it the targets file for a command that talks to the scheduler.
func (s Repeat) flags() (here, there string) {
	here = s.Here()
	there = here
	if s.Config != "" {
		there += " --config " + Quote(s.Config)
	}
	return here, there
}

// A Command is something a person can type now.
type Command struct {
	Line string `json:"command"`
	Does string `json:"does"`
}

// itemOfBlocked reports whether a step is one item of a foreach step that did not run as a whole, which is named instead.
func itemOfBlocked(r *fold.Run, s *fold.Step) bool {
	return s.Def != nil && s.Def.Parent != nil && r.Steps[s.Def.Parent.Index].State == s.State
}

// Card prints the card for whoever is called at two in the morning: what went wrong in plain words, what the plan's author wrote for this
// moment, and the commands that are valid now, each with what it does. A run that succeeded has none.
func Card(w io.Writer, style Style, r *fold.Run, repeat Repeat) error {
	if r.State == fold.State(fact.Succeeded) {
		return nil
	}
	var b strings.Builder
	var bad []*fold.Step
	var blocked []string
	for _, s := range r.Steps {
		switch {
		case s.Bad():
			bad = append(bad, s)
		case s.State == runner.State(fact.Blocked) && !itemOfBlocked(r, s):
			blocked = append(blocked, s.ID)
		}
	}
	heading(&b, "what happened")
	for i, s := range bad {
		if i == mostCards {
			fmt.Fprintf(&b, "and %d more steps failed\n", len(bad)-mostCards)
			break
		}
		stepCard(&b, style, s)
	}
	for i, s := range r.Awaiting() {
		if i == mostCards {
			fmt.Fprintf(&b, "and %d more wait for a person's word\n", len(r.Awaiting())-mostCards)
			break
		}
		wordCard(&b, style, r, s)
	}
	if len(blocked) > 0 {
		fmt.Fprintf(&b, "did not run because of it: %s\n", readable.List(blocked, 10))
	}
	if text := situation(r); text != "" {
		fmt.Fprintf(&b, "%s\n", text)
	}
	if text := goingOn(r); text != "" {
		fmt.Fprintf(&b, "%s\n", text)
	}
	if n := r.OutOfContact(); n != nil {
		fmt.Fprintf(&b, "said at %sZ, and not taken back since: %s\n", readable.Clock(n.At), audit.Printable(n.Message))
	}
	advise(&b, Commands(r, repeat))
	return style.write(w, b.String())
}

// Advise prints commands, each with what it does, as the end of a card.
func Advise(w io.Writer, commands []Command) error {
	var b strings.Builder
	advise(&b, commands)
	_, err := io.WriteString(w, b.String())
	return err
}

func advise(b *strings.Builder, commands []Command) {
	if len(commands) == 0 {
		return
	}
	heading(b, "what you can do now")
	for _, c := range commands {
		fmt.Fprintf(b, "  %s\n      %s\n", c.Line, c.Does)
	}
}

// heading draws a heading.
func heading(b *strings.Builder, title string) {
	fmt.Fprintf(b, "-- %s %s\n", title, strings.Repeat("-", 60-len(title)))
}

// situation says what else a person must know about a run that did not end well.
func situation(r *fold.Run) string {
	if r.End != nil && r.End.NothingStarted {
		return "no request of this run was carried out: nothing was started at the scheduler"
	}
	switch r.State {
	case fold.Detached:
		return detachReason(r) + "; nothing new is started"
	case fold.Running:
		return "the run goes on, and what is said to it now reaches it"
	case fold.Killed:
		return "no end is recorded, and no process has the run: its runner was killed, or its host went down; batch runs that were started go on"
	case fold.Unended:
		return "no end is recorded: when no process runs it any more, which ofsplan runs tells, its runner was killed or could not go on; batch runs that were started go on either way"
	case fold.State(fact.Canceled):
		return "an operator canceled the run: what had not begun was not started"
	case fold.State(fact.InDoubt):
		return "what waits for a step in doubt was not started; do not trigger it again before you know that it was not carried out"
	}
	return ""
}

// goingOn names the batch runs that may go on at the scheduler while nobody watches them, as far as the records tell.
func goingOn(r *fold.Run) string {
	if r.State == fold.Running {
		return ""
	}
	var all []string
	for _, s := range r.GoingOn() {
		ref, stand := r.Newest(s)
		text := audit.Printable(s.ID + ": " + ref.RunID)
		if stand.Status != "" {
			text += " (" + readable.Words(stand.Status) + ")"
		}
		all = append(all, text)
	}
	if len(all) == 0 {
		return ""
	}
	return "what may go on at the scheduler: " + readable.List(all, 10)
}

// detachReason says why the runner left, and what becomes of the batch runs.
func detachReason(r *fold.Run) string {
	for i := len(r.Told) - 1; i >= 0; i-- {
		if n := &r.Told[i]; n.Kind == fold.RemarkDetached {
			return audit.Printable(n.Message)
		}
	}
	return "the runner left"
}

// stepCard describes one step.
func stepCard(b *strings.Builder, style Style, s *fold.Step) {
	where := ""
	if s.Def != nil {
		where = fmt.Sprintf(" (%s:%d)", audit.Printable(s.Def.Pos.File), s.Def.Pos.Line)
	}
	if fact.Outcome(s.State) == fact.InDoubt {
		fmt.Fprintf(b, "%s%s is %s since %sZ: %s\n", s.ID, where, style.paint(s.State, "in doubt"), readable.Clock(s.FinishedAt), audit.Printable(s.Why))
		when := "that time"
		for i, a := range s.Unsettled {
			what := "the request"
			if i > 0 {
				what, when = "its repeat", "one of those times"
			}
			fmt.Fprintf(b, "  %s left at %s and carries %s in its User-Agent\n", what, readable.Stamp(a.At), a.Key)
		}
		fmt.Fprintf(b, "  look at the scheduler's monitor: did %s %s start at about %s?\n", s.Batch.Object, audit.Printable(s.Batch.Code), when)
		if s.Answered != "" {
			fmt.Fprintf(b, "  the answer named batch run %s: give that id only if the monitor shows it as what this request started\n", audit.Printable(s.Answered))
		}
	} else {
		fmt.Fprintf(b, "%s%s %s at %sZ", s.ID, where, style.paint(s.State, "failed"), readable.Clock(s.FinishedAt))
		if !s.StartedAt.IsZero() {
			fmt.Fprintf(b, ", %s after it began", s.Elapsed)
		}
		if s.Attempts > 1 {
			fmt.Fprintf(b, ", on attempt %d", s.Attempts)
		}
		b.WriteByte('\n')
		if f := s.Failure; f != nil {
			fmt.Fprintf(b, "  %s (%s)\n", audit.Printable(f.Message), f.Kind)
		}
		if s.Batch.RunID != "" {
			fmt.Fprintf(b, "  %s %s, batch run %s\n", s.Batch.Object, audit.Printable(s.Batch.Code), audit.Printable(s.Batch.RunID))
		}
	}
	for _, line := range s.Log {
		fmt.Fprintf(b, "  tried: %s\n", audit.Printable(line))
	}
	if s.Def != nil && s.Def.Runbook != "" {
		b.WriteString("  runbook:\n")
		for line := range strings.Lines(strings.TrimSpace(s.Def.Runbook)) {
			fmt.Fprintf(b, "    %s\n", audit.Printable(strings.TrimRight(line, "\r\n")))
		}
	}
}

// Quote makes a word safe for a shell to be typed as one.
func Quote(s string) string { return audit.Quote(s) }
