package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/runner"
)

// How many characters the whole run is wide where nobody looks at a screen, and at the least and at the most on one.
const barWidth, leastBar, mostBar = 32, 26, 120

// Timeline prints a timeline: every step with its bar, the critical path, and where its time went.
func Timeline(w io.Writer, style Style, t *fold.Timeline) error {
	var b strings.Builder
	bars(&b, style, t)
	if len(t.Critical) > 0 {
		path(&b, style, t)
	}
	return style.write(w, b.String())
}

// Print writes a text, each line of it marked when the run is simulated.
func (s Style) Print(w io.Writer, text string) error { return s.write(w, text) }

// Remarks prints what people were told while the run went on; nothing when there were no remarks.
func Remarks(w io.Writer, style Style, r *fold.Run) error {
	if len(r.Told) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("\nwhat people were told\n")
	remarkRows(r).Write(&b, style.layout("  ", nil))
	return style.write(w, b.String())
}

// remarkRows are the remarks, a row each.
func remarkRows(r *fold.Run) readable.Table {
	var rows readable.Table
	for _, n := range r.Told {
		rows = append(rows, []string{readable.Clock(n.At), audit.Printable(orRun(n.Step)), audit.Printable(n.Message)})
	}
	return rows
}

// Messages prints what people were told by channels, and what became of it; nothing when there was nothing to tell.
func Messages(w io.Writer, style Style, r *fold.Run) error {
	if len(r.Messages) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("\nmessages to people\n")
	messageRows(r).Write(&b, style.layout("  ", nil))
	return style.write(w, b.String())
}

// messageRows are the messages to people, a row each.
func messageRows(r *fold.Run) readable.Table {
	var rows readable.Table
	for _, m := range r.Messages {
		state := string(m.State)
		switch m.State {
		case fold.MessageOpen:
			state = "not sent yet"
		case fold.MessageFailed, fold.MessageWithheld:
			state += ", " + m.Why
		}
		rows = append(rows, []string{readable.Clock(m.At), audit.Printable(m.Channel), audit.Printable(m.Text), audit.Printable(state)})
	}
	return rows
}

// bars draws one line for each step:
//
//	load   02:00:00  40m12s  |###############.                |  succeeded
func bars(b *strings.Builder, style Style, t *fold.Timeline) {
	width := barOf(style, t)
	rows := readable.Table{{"step", "began", "took", "|" + fmt.Sprintf("%-*s", width, scale(t, width)) + "|", "state"}}
	for _, s := range t.Steps {
		began, took := "", ""
		if !s.StartedAt.IsZero() {
			began, took = clockOf(t, s.StartedAt), s.Elapsed.String()
		}
		state := verdict(s.State, s.Mark, s.By)
		if s.Attempts > 1 {
			state += fmt.Sprintf(", %d attempts", s.Attempts)
		}
		rows = append(rows, []string{audit.Printable(s.ID), began, took, "|" + bar(t, s, width) + "|", state})
	}
	rows.Write(b, style.layout("", style.column(4, 1, func(i int) runner.State { return t.Steps[i].State })))
}

// barOf is how wide bars are: what the screen leaves beside the other columns.
func barOf(style Style, t *fold.Timeline) int {
	if style.Width == 0 {
		return barWidth
	}
	id, state := len("step"), len("succeeded")
	for _, s := range t.Steps {
		id = max(id, min(len(s.ID), 44))
	}
	others := len(clockOf(t, t.StartedAt)) + len("2h31m12s") + len("||") + 4*2
	return min(max(style.room()-others-id-state, leastBar), mostBar)
}

// scale is what stands above the bars: the beginning and the end of the run.
func scale(t *fold.Timeline, width int) string {
	from, to := clockOf(t, t.StartedAt), clockOf(t, t.FinishedAt)
	return from + strings.Repeat(" ", max(width-len(from)-len(to), 1)) + to
}

// clockOf is a time of day, and with it the weekday when the run goes on into another day.
func clockOf(t *fold.Timeline, at time.Time) string {
	if t.StartedAt.UTC().Format(time.DateOnly) == t.FinishedAt.UTC().Format(time.DateOnly) {
		return readable.Clock(at)
	}
	return at.UTC().Format("Mon ") + readable.Clock(at)
}

// bar draws a step: a dot where it waits for a slot, # from its beginning to its end, a dash where a closed window holds it back.
func bar(t *fold.Timeline, s *fold.StepBar, width int) string {
	line := []byte(strings.Repeat(" ", width))
	end := s.FinishedAt
	if end.IsZero() {
		end = t.FinishedAt
	}
	draw(t, line, s.ReadyAt, s.StartedAt, '.')
	draw(t, line, s.StartedAt, end, '#')
	for _, shut := range s.Closed {
		draw(t, line, shut.From, shut.To, '-')
	}
	return string(line)
}

// draw fills the columns from one time to another. What has begun has one column at least.
func draw(t *fold.Timeline, line []byte, from, to time.Time, with byte) {
	if from.IsZero() || to.IsZero() || to.Before(from) || with == '.' && !from.Before(to) {
		return
	}
	at := func(moment time.Time) int {
		if t.Elapsed <= 0 {
			return 0
		}
		return int(moment.Sub(t.StartedAt) * time.Duration(len(line)) / time.Duration(t.Elapsed))
	}
	first := min(at(from), len(line)-1)
	for i := first; i < max(first+1, min(at(to), len(line))); i++ {
		line[i] = with
	}
}

// path prints the critical path, and where its time went.
func path(b *strings.Builder, style Style, t *fold.Timeline) {
	b.WriteString("\ncritical path\n")
	var rows readable.Table
	for _, leg := range t.Critical {
		rows = append(rows, []string{clockOf(t, leg.From), audit.Printable(leg.Step), fold.Seconds(leg.To.Sub(leg.From)).String(), spentOn(leg.Spent, 0)})
	}
	rows.Write(b, style.layout("  ", nil))
	fmt.Fprintf(b, "where its time went: %s\n", spentOn(t.Spent, t.Elapsed))
}

// spentOn lists what took any time, the parts of a whole with their share.
func spentOn(s fold.Spent, whole fold.Seconds) string {
	var parts []string
	for _, one := range []struct {
		what string
		took fold.Seconds
	}{
		{"batches", s.Batch}, {"waiting for polls", s.Polls}, {"delays", s.Delays}, {"awaited", s.Awaited}, {"closed windows", s.Closed}, {"queue", s.Queue},
		{"requests", s.Requests}, {"nobody was there", s.Other},
	} {
		switch {
		case one.took == 0:
		case whole > 0:
			parts = append(parts, fmt.Sprintf("%s %s (%d%%)", one.what, one.took, (one.took*100+whole/2)/whole))
		default:
			parts = append(parts, one.what+" "+one.took.String())
		}
	}
	if len(parts) == 0 {
		return "nothing took any time"
	}
	return strings.Join(parts, ", ")
}
