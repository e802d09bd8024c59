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

// mostShown is how many steps a summary names; show has them all.
const mostShown = 20

// Summary prints how a run ended: what happened, how long it took, every step that did not simply succeed,
// and the audit head. journal is the audit log's path, empty for one kept in memory.
func Summary(w io.Writer, style Style, r *fold.Run, journal string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", headline(r, style))
	var rows readable.Table
	var states []runner.State
	more := 0
	for _, s := range r.Steps {
		if s.State == runner.State(fact.Succeeded) && s.Mark == "" && s.Repeated == "" || s.State == runner.Waiting {
			continue
		}
		if len(rows) == mostShown {
			more++
			continue
		}
		rows = append(rows, row(s))
		states = append(states, s.State)
	}
	rows.Write(&b, layout("  ", func(row, col int, text string) string {
		if col == 1 {
			return style.paint(states[row], text)
		}
		return text
	}))
	if more > 0 {
		fmt.Fprintf(&b, "  and %d more: ofsplan show %s\n", more, r.ID)
	}
	fmt.Fprintf(&b, "run %s, from %s to %s\n", r.ID, readable.Stamp(r.StartedAt), readable.Stamp(r.UpdatedAt))
	if once := once(r); once != "" {
		fmt.Fprintf(&b, "once: %s\n", once)
	}
	b.WriteString(auditLine(r.Head, journal))
	return style.write(w, b.String())
}

// headline is the run in one line.
func headline(r *fold.Run, style Style) string {
	text := fmt.Sprintf("%s %s", audit.Printable(r.Started.Plan), style.paint(runner.State(r.State), runState(r)))
	text += " after " + r.Elapsed.String()
	if t := tally(r.Counts()); t != "" {
		text += ": " + t
	}
	if n := len(r.Steps) - total(r.Counts()); n > 0 {
		text += fmt.Sprintf(", %d not decided", n)
	}
	return text
}

// runState is the run's state as a verb of a sentence that begins with the plan's name.
func runState(r *fold.Run) string {
	switch r.State {
	case fold.Unended:
		return "has no end in its audit log,"
	case fold.Detached:
		return "was left running"
	case fold.State(fact.InDoubt):
		return "stopped in doubt"
	case fold.State(fact.Canceled):
		return "was canceled"
	}
	return readable.Words(r.State)
}

func total(counts map[fact.Outcome]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// row is a step as a summary shows it.
func row(s *fold.Step) []string {
	elapsed := ""
	if !s.StartedAt.IsZero() {
		elapsed = s.Elapsed.String()
	}
	why := reasons(s)
	if s.Attempts > 1 {
		why = strings.TrimSuffix(fmt.Sprintf("attempt %d, %s", s.Attempts, why), ", ")
	}
	return []string{audit.Printable(s.ID), verdict(s.State, s.Mark, s.By), elapsed, why}
}

// auditLine names the audit log and its head, which whoever keeps this output can compare with the file.
func auditLine(h audit.Head, journal string) string {
	if h.Count == 0 {
		return "audit log: no record is known to be durable\n"
	}
	where := ""
	if journal != "" {
		where = audit.Printable(journal) + ", "
	}
	return fmt.Sprintf("audit log: %s%d records, head %s\n", where, h.Count, h.Hash)
}
