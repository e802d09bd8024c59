package view

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// Show prints everything a person asks about a run first: what it was, how it ended, every step and why.
func Show(w io.Writer, style Style, r *fold.Run, journal string) error {
	var b strings.Builder
	head := facts(r)
	head.Write(&b, style.layout("", nil))
	for _, text := range r.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", text)
	}
	fmt.Fprintf(&b, "%s\n\n", headline(r, style))
	rows := readable.Table{{"step", "state", "started", "elapsed", "attempts", "batch run", "why"}}
	for _, s := range r.Steps {
		rows = append(rows, detail(r, s))
	}
	rows.Write(&b, style.layout("", style.column(1, 1, func(i int) runner.State { return r.Steps[i].State })))
	if len(r.Told) > 0 {
		b.WriteString("\nwhat people were told\n")
		remarkRows(r).Write(&b, style.layout("", nil))
	}
	if len(r.Messages) > 0 {
		b.WriteString("\nmessages to people\n")
		messageRows(r).Write(&b, style.layout("", nil))
	}
	if len(r.Said) > 0 {
		b.WriteString("\nwhat operators said\n")
		sayings(r).Write(&b, style.layout("", nil))
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
	if r.Due != nil {
		t = append(t, []string{"deadline", due(r)})
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
		[]string{"started", fmt.Sprintf("%s by %s on %s (%s, process %d)", readable.Stamp(r.StartedAt), audit.Printable(by.User), audit.Printable(by.Host), audit.Printable(by.Invoker), by.PID)},
		[]string{"updated", readable.Stamp(r.UpdatedAt)},
		[]string{"tool", audit.Printable(fmt.Sprintf("ofsplan %s, machine %d", e.Tool.Version, e.Tool.Machine))})
	if e.Reason != "" {
		t = append(t, []string{"reason", audit.Printable(e.Reason)})
	}
	return t
}

// param is a resolved parameter in one line.
func param(p runner.Param) string {
	if p.From == plan.FromUnset {
		return audit.Printable(p.Name + " is not set")
	}
	value := p.Value
	if len(p.Items) > 0 {
		value = strings.Join(p.Items, ",")
	}
	if p.Sensitive {
		value = "(sensitive)"
	}
	return audit.Printable(fmt.Sprintf("%s=%s (%s)", p.Name, value, p.From))
}

// sayings are what operators said, a row each.
func sayings(r *fold.Run) readable.Table {
	var rows readable.Table
	for _, said := range r.Said {
		w, _ := runner.StatementOf(said.Event)
		text := fmt.Sprintf("%s, on the word of %s: %s", Says(said.Event), w.By, w.Reason)
		text += approver(w.Approver)
		if w.Checked != "" {
			text += " (" + w.Checked + ")"
		}
		for _, l := range w.Looks {
			if text += fmt.Sprintf(" (batch run %s was %s)", l.BatchRunID, readable.Words(l.Status)); l.Unchecked() {
				text = strings.TrimSuffix(text, " was )") + " was not asked about)"
			}
		}
		number := ""
		if said.Record > 0 {
			number = fmt.Sprintf("record %d", said.Record)
		}
		rows = append(rows, []string{readable.Clock(said.At), number, audit.Printable(text)})
	}
	return rows
}

// approver is what is known of who said something, where an approval hangs on it.
func approver(a *runner.Approver) (text string) {
	if a == nil {
		return ""
	}
	if a.Name != "" {
		text += ", who is " + a.Name
	}
	if len(a.Groups) > 0 {
		text += ", of " + readable.List(a.Groups, 5)
	}
	if a.Unasked {
		text += ", of whom nobody asked who he is, since the run is simulated"
	}
	if len(a.Approves) > 0 {
		text += "; it approves " + readable.List(a.Approves, 5) + ", too"
	}
	return text
}

// detail is a step as show has it.
func detail(r *fold.Run, s *fold.Step) []string {
	why := reasons(s)
	if why == "" {
		why = waitsFor(r, s)
	}
	row := []string{audit.Printable(s.ID), verdict(s.State, s.Mark, s.By), "", "", "", audit.Printable(s.Batch.RunID), why}
	if !s.StartedAt.IsZero() {
		row[2], row[3] = readable.Clock(s.StartedAt), s.Elapsed.String()
	}
	if s.Attempts > 0 {
		row[4] = fmt.Sprint(s.Attempts)
	}
	return row
}

// waitsFor is what a step that waits waits for; empty: it does not, or nobody knows.
func waitsFor(r *fold.Run, s *fold.Step) string {
	if s.State != runner.Waiting || s.Def == nil || r.Plan == nil {
		return ""
	}
	if s.Def.Finally {
		return "finally: waits for all others"
	}
	open := make(map[int]bool)
	consider := func(i int) *fold.Step {
		need := r.Steps[i]
		if _, ended := need.State.Outcome(); !ended || need.State == runner.State(fact.InDoubt) {
			open[i] = true
		}
		return need
	}
	for i := range r.Plan.NeedsOf(s.Def) {
		if need := consider(i); need.State != runner.State(fact.Failed) || need.Batch.RunID == "" {
			continue
		}
		for _, h := range r.Plan.Steps[i].Healers {
			if s.Def.WaitsForHealer(r.Plan.Steps[h]) {
				consider(h)
			}
		}
	}
	if len(open) == 0 {
		return ""
	}
	var names []string
	for _, i := range slices.Sorted(maps.Keys(open)) {
		names = append(names, r.Steps[i].ID)
	}
	return "waits for " + audit.Printable(readable.List(names, 5))
}

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
		if s.Whole() || s.State == runner.State(fact.Succeeded) && s.Mark == "" && s.Repeated == "" || s.State == runner.Waiting {
			continue
		}
		if len(rows) == mostShown {
			more++
			continue
		}
		rows = append(rows, row(s))
		states = append(states, s.State)
	}
	rows.Write(&b, style.layout("  ", style.column(1, 0, func(i int) runner.State { return states[i] })))
	if more > 0 {
		fmt.Fprintf(&b, "  and %d more: ofsplan show %s\n", more, r.ID)
	}
	fmt.Fprintf(&b, "run %s, from %s to %s\n", r.ID, readable.Stamp(r.StartedAt), readable.Stamp(r.UpdatedAt))
	if once := once(r); once != "" {
		fmt.Fprintf(&b, "once: %s\n", once)
	}
	if r.Due != nil {
		fmt.Fprintf(&b, "deadline %s\n", due(r))
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
	if n := r.Undecided(); n > 0 {
		text += fmt.Sprintf(", %d not decided", n)
	}
	if r.Late() {
		text += "; " + style.paint(runner.State(fact.Failed), "late")
	}
	return text
}

// runState is the run's state as a verb of a sentence that begins with the plan's name.
func runState(r *fold.Run) string {
	switch r.State {
	case fold.Unended:
		return "has no end in its audit log,"
	case fold.Running:
		return "goes on"
	case fold.Killed:
		return "was killed, or its host went down,"
	case fold.Detached:
		return "was left running"
	case fold.State(fact.InDoubt):
		return "stopped in doubt"
	case fold.State(fact.Canceled):
		return "was canceled"
	}
	return readable.Words(r.State)
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
	return fmt.Sprintf("audit log: %s%d records, head %s\n", where, h.Count, h.Short())
}

// Runs prints a table of runs, in the order given.
func Runs(w io.Writer, style Style, runs []fold.Overview) error {
	rows := readable.Table{{"run", "state", "misdate", "target", "started", "elapsed", "steps"}}
	for i := range runs {
		o := &runs[i]
		row := []string{o.Run, readable.Words(o.State) + late(o), o.MISDate, audit.Printable(o.Target), "", "", overviewNote(o)}
		if !o.StartedAt.IsZero() {
			row[4], row[5] = readable.Stamp(o.StartedAt), o.Elapsed.String()
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	rows.Write(&b, style.layout("", style.column(1, 1, func(i int) runner.State { return runner.State(runs[i].State) })))
	return style.write(w, b.String())
}

// overviewNote is what else there is to say about a run in a table.
func overviewNote(o *fold.Overview) string {
	switch {
	case o.LockedBy != "":
		by, _, _ := strings.Cut(o.LockedBy, " (boot")
		return audit.Printable("held by " + by)
	case o.Trouble != "":
		return audit.Printable(o.Trouble)
	}
	return tally(o.Steps)
}
