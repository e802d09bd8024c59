package view

import (
	"fmt"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
)

// An approval is shown with all that it asks, whatever else there is no room for: who decides has to have read it.

// wordsOf are the commands that decide approvals which a person is asked for.
func wordsOf(r *fold.Run, repeat Repeat) (out []Command) {
	for i, s := range r.Awaiting() {
		if i == mostCards {
			break
		}
		out = append(out, words(r, s, repeat)...)
	}
	return out
}

// withheld are the commands that give the approvals for which nobody was asked, since what they need went wrong: while they are not
// given, another attempt of that would pass them.
func withheld(r *fold.Run, here string) []Command {
	var out []Command
	for _, s := range r.Steps {
		switch outcome, _ := s.State.Outcome(); {
		case s.Def == nil || s.Def.Approval() == nil || len(out) == mostCards:
		case outcome == fact.Blocked || outcome == fact.Canceled:
			out = append(out, Command{"ofsplan approve " + r.ID + " " + Quote(s.ID) + ` --reason "WHY"` + here, s.ID + " counts as succeeded, although nobody was asked: what failed above it can be tried again then"})
		}
	}
	return out
}

// words are the commands that decide one.
func words(r *fold.Run, s *fold.Step, repeat Repeat) []Command {
	rest := " " + r.ID + " " + Quote(s.ID) + ` --reason "WHY"` + repeat.Here()
	if r.Started.Simulated {
		rest += " --simulated"
	}
	return []Command{
		{"ofsplan approve" + rest, "gives it: what needs " + s.ID + " starts"},
		{"ofsplan reject" + rest, s.ID + " fails, and what needs it does not run"},
	}
}

// wordCard describes a step that waits for a person's word.
func wordCard(b *strings.Builder, style Style, r *fold.Run, s *fold.Step) {
	where, until := "", ""
	if s.Def != nil {
		where = fmt.Sprintf(" (%s:%d)", audit.Printable(s.Def.Pos.File), s.Def.Pos.Line)
		if s.Def.Timeout > 0 {
			until = ", until " + readable.Stamp(s.Since.Add(s.Def.Timeout))
		}
	}
	fmt.Fprintf(b, "%s%s %s since %s%s\n", audit.Printable(s.ID), where, style.paint(s.State, "waits for a word"), readable.Stamp(s.Since), until)
	if s.Def == nil || s.Def.Approval() == nil {
		return
	}
	for line := range strings.Lines(s.Def.Approval().Message) {
		fmt.Fprintf(b, "    %s\n", audit.Printable(strings.TrimRight(line, "\r\n")))
	}
	fmt.Fprintf(b, "  it is given %s\n", audit.Printable(s.Def.Approval().By()))
	if misdate := r.Started.MISDate; misdate != "" {
		fmt.Fprintf(b, "  MIS date %s\n", misdate)
	}
}
