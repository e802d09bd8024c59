package view

import (
	"fmt"
	"io"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/runner"
)

// Show prints everything a person asks about a run first: what it was, how it ended, every step and why.
func Show(w io.Writer, style Style, r *fold.Run, journal string) error {
	var b strings.Builder
	head := facts(r)
	head.Write(&b, layout("", nil))
	fmt.Fprintf(&b, "%s\n\n", headline(r, style))
	rows := readable.Table{{"step", "state", "started", "elapsed", "attempts", "batch run", "why"}}
	for _, s := range r.Steps {
		rows = append(rows, detail(s))
	}
	rows.Write(&b, layout("", func(row, col int, text string) string {
		if row > 0 && col == 1 {
			return style.paint(r.Steps[row-1].State, text)
		}
		return text
	}))
	if len(r.Told) > 0 {
		b.WriteString("\nwhat people were told\n")
		remarkRows(r).Write(&b, layout("", nil))
	}
	for _, text := range r.Warnings {
		fmt.Fprintf(&b, "\nwarning: %s\n", text)
	}
	b.WriteString("\n" + auditLine(r.Head, journal))
	return style.write(w, b.String())
}

// facts are who, what and where.
func facts(r *fold.Run) readable.Table {
	e := r.Started
	file := audit.Printable(e.File)
	if g := e.Git; g != nil {
		file += ", commit " + audit.Printable(g.Commit)
		if g.Dirty {
			file += " with changes that are not committed"
		}
	}
	t := readable.Table{{"run", r.ID}, {"plan", fmt.Sprintf("%s (%s)", audit.Printable(e.Plan), file)}}
	if e.MISDate != "" {
		t = append(t, []string{"misdate", e.MISDate})
	}
	if once := once(r); once != "" {
		t = append(t, []string{"once", once})
	}
	for _, p := range e.Params {
		t = append(t, []string{"param", param(p)})
	}
	t = append(t, []string{"target", audit.Printable(e.Target.Name + "  " + e.Target.URL)})
	for _, text := range e.Target.Warnings {
		t = append(t, []string{"warning", audit.Printable(text)})
	}
	by := e.By
	t = append(t,
		[]string{"started", fmt.Sprintf("%s by %s on %s (%s, process %d)", readable.Stamp(r.StartedAt), audit.Printable(by.User), audit.Printable(by.Host), by.Invoker, by.PID)},
		[]string{"updated", readable.Stamp(r.UpdatedAt)},
		[]string{"tool", audit.Printable(fmt.Sprintf("ofsplan %s, machine %d", e.Tool.Version, e.Tool.Machine))})
	if e.Reason != "" {
		t = append(t, []string{"reason", audit.Printable(e.Reason)})
	}
	return t
}

// param is a resolved parameter in one line.
func param(p runner.Param) string {
	value := p.Value
	if len(p.Items) > 0 {
		value = strings.Join(p.Items, ",")
	}
	if p.Sensitive {
		value = "(sensitive)"
	}
	return audit.Printable(fmt.Sprintf("%s=%s (%s)", p.Name, value, p.From))
}

// detail is a step as show has it.
func detail(s *fold.Step) []string {
	row := []string{audit.Printable(s.ID), verdict(s.State, s.Mark, s.By), "", "", "", audit.Printable(s.Batch.RunID), reasons(s)}
	if !s.StartedAt.IsZero() {
		row[2], row[3] = readable.Clock(s.StartedAt), s.Elapsed.String()
	}
	if s.Attempts > 0 {
		row[4] = fmt.Sprint(s.Attempts)
	}
	return row
}
