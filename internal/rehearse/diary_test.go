package rehearse

import (
	"fmt"
	"strings"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A diary is what befell a night beside its turns, in order.
type diary struct {
	play    *playing // the night
	entries []diaryEntry
}

// A diaryEntry is one thing, after so many turns.
type diaryEntry struct {
	turns int
	at    time.Time
	text  string
}

// add takes something in; a diary that is nil takes nothing.
func (d *diary) add(turns int, at time.Time, format string, args ...any) {
	if d != nil {
		d.entries = append(d.entries, diaryEntry{turns, at, fmt.Sprintf(format, args...)})
	}
}

// night is a night as somebody reads it who wants to know what happened: its turns, and what befell it in between.
func (d *diary) night(r Result) string {
	var b strings.Builder
	if len(r.Turns) == 0 && d.play != nil { // it was broken off
		r = d.play.result
		r.Carried = d.play.scheduler.Carried()
	}
	befell := d.entries
	for i, t := range r.Turns {
		for ; len(befell) > 0 && befell[0].turns <= i; befell = befell[1:] {
			fmt.Fprintf(&b, "\n%s        * %s", readable.Micros(befell[0].at), befell[0].text)
		}
		if _, look := t.Event.(runner.BatchObserved); look && t.Decision.Empty() {
			continue
		}
		fmt.Fprintf(&b, "\n%s %s %s %s", readable.Micros(t.At), t.Event.Type(), t.Event.Subject(), about(t.Event))
		for _, m := range t.Decision.Moves {
			fmt.Fprintf(&b, "\n\t%s: %s -> %s (%s) %s", m.Step, m.From, m.To, m.Why, m.Mark)
		}
		for _, o := range t.Decision.Commands {
			fmt.Fprintf(&b, "\n\torder %s %s", o.Key, o.About().Code)
			if o.Permit != nil {
				fmt.Fprintf(&b, " (%s)", o.Permit.Text)
			}
		}
		for _, k := range t.Decision.Drops {
			fmt.Fprintf(&b, "\n\tdrop %s", k)
		}
		for _, n := range t.Decision.Notices {
			fmt.Fprintf(&b, "\n\t%s: notice %s: %s", n.Step, n.Kind, n.Message)
		}
		if end := t.Decision.End; end != nil {
			fmt.Fprintf(&b, "\n\tthe run ends: %s", end.Outcome)
		}
	}
	for _, e := range befell {
		fmt.Fprintf(&b, "\n%s        * %s", readable.Micros(e.at), e.text)
	}
	b.WriteString("\ncarried out:")
	for _, c := range r.Carried {
		fmt.Fprintf(&b, "\n%s %s of %s: %s %s -> %s", readable.Micros(c.At), c.Op, c.Code, c.Mark[strings.IndexByte(c.Mark, '/')+1:], c.From, c.RunID)
	}
	return b.String()
}

// about is what an event tells beside whom it is about.
func about(e runner.Event) string {
	switch e := e.(type) {
	case runner.RequestSent:
		return "(" + e.Permit.Text + ")"
	case runner.RequestAccepted:
		return "as " + e.BatchRunID
	case runner.RequestRefused:
		return fmt.Sprintf("http %d, code %s: %s", e.HTTP, e.Code, e.Summary)
	case runner.RequestInDoubt:
		return e.Message
	case runner.RequestNotSent:
		return e.Message
	case runner.LookFailed:
		return e.Summary
	case runner.BatchObserved:
		return fmt.Sprintf("%s is %s%s", e.RunID, e.Status, parts(e.Tasks)+parts(e.Members))
	case runner.RunDetached:
		return e.Reason
	case runner.OperatorResolved:
		return fmt.Sprintf("%s as %s %s", e.ID, e.As, e.BatchRunID)
	case runner.OperatorAdopted:
		return e.ID + " " + e.BatchRunID
	case runner.OperatorMarked:
		return fmt.Sprintf("%s as %s", e.ID, e.As)
	case runner.OperatorCanceled:
		return fmt.Sprintf("%s, interrupt %t", e.ID, e.Interrupt)
	}
	if w, ok := runner.StatementOf(e); ok {
		return w.ID
	}
	return ""
}

// parts are the tasks or members of a batch run that say something.
func parts(all []fact.Part) string {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, ", %s %s", p.Code, p.Status)
	}
	return b.String()
}
