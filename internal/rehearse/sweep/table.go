package sweep

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
)

// tableWidth is how wide a sweep's table may be, in characters, beside the mark of what is simulated.
const tableWidth = 100 - len(readable.SimulatedMark)

// columns are the heads of the table, two lines for each ending, in the order of Endings.
var columns = [][2]string{
	{"batch run", "failed"}, {"", "interrupted"}, {"", "hung"}, {"request", "refused"}, {"answer", "lost"}, {"scheduler", "down"},
	{"killed", "sent"}, {"after", "accepted"}, {"channel", "down"}, {"approval", "rejected"}, {"", "silence"}, {"sensor", "never"}, {"", "fails"},
}

// usualEndings are so many endings that the table has a column for whatever the plan does; of the others only where a step can meet them.
const usualEndings = 8

// shown reports whether the table has a column for an ending.
func (s *Result) shown(e Ending) bool {
	return slices.Index(Endings(), e) < usualEndings || slices.ContainsFunc(s.Rows, func(r *Row) bool { return r.Cell(e) != nil })
}

// WriteTable prints steps as rows and endings as columns: how each night ends, and when. Below stands what must not be.
func (s *Result) WriteTable(w io.Writer) error {
	var b strings.Builder
	s.head(&b)
	rows, notes := s.grid()
	rows.Write(&b, readable.Layout{Gap: 1, Width: tableWidth})
	codes, late := []exitcode.Code{exitcode.Succeeded, exitcode.Failed, exitcode.InDoubt, exitcode.Unreachable}, ""
	if s.ends(exitcode.Canceled) {
		codes = append(codes, exitcode.Canceled)
	}
	if s.own {
		late = ", > ends after the deadline"
	}
	if s.ends(exitcode.Late) {
		codes = append(codes, exitcode.Late)
	}
	fmt.Fprintf(&b, "\na cell is the exit code and the time of the night's end: %s;\n"+
		"- cannot happen to the step, ! must not be%s\n", legend(codes...), late)
	for _, note := range notes {
		b.WriteString(note + "\n")
	}
	s.foot(&b)
	return readable.WriteSimulated(w, b.String())
}

// ends reports whether any night ends with that code.
func (s *Result) ends(code exitcode.Code) bool {
	for _, r := range s.Rows {
		for _, c := range r.Cells {
			if c.Exit == code {
				return true
			}
		}
	}
	return s.Usual.Exit == code
}

// legend says in a word or two what some exit codes mean.
func legend(codes ...exitcode.Code) string {
	words := make([]string, len(codes))
	for i, c := range codes {
		row, _ := c.Row()
		words[i] = fmt.Sprintf("%d %s", c, row.Name)
	}
	return strings.Join(words, ", ")
}

// WriteCells prints a line for each cell.
func (s *Result) WriteCells(w io.Writer) error {
	var b strings.Builder
	s.head(&b)
	for _, r := range s.Rows {
		for _, c := range r.Cells {
			fmt.Fprintf(&b, "%s, %s: %s (exit code %d) at %s after %s, %s", r.Step, c.Ending.words(), readable.Words(c.Outcome), c.Exit,
				s.clock(c.Ended), c.took(), readable.Count(c.Requests, "request"))
			for _, list := range []struct {
				word  string
				steps []string
			}{{"failed", c.Failed}, {"blocked", c.Blocked}, {"in doubt", c.InDoubt}, {"repeated", c.Repeated}} {
				if len(list.steps) > 0 {
					fmt.Fprintf(&b, "; %s: %s", list.word, strings.Join(list.steps, " "))
				}
			}
			if c.Late && s.own {
				b.WriteString("; after the deadline")
			}
			fmt.Fprintf(&b, "; %s\n", c.how(r))
		}
	}
	b.WriteString("\n")
	s.foot(&b)
	return readable.WriteSimulated(w, b.String())
}

// how is what is not as usual in a cell.
func (c *Cell) how(r *Row) string {
	if r.Beside == nil {
		return c.Change
	}
	return fmt.Sprintf("%s, beside step %q, %s", c.Change, r.Beside.Step, r.Beside.Ending.words())
}

// words is an ending as people read it.
func (e Ending) words() string {
	return map[Ending]string{
		batchFails: "batch run fails", batchStops: "batch run is interrupted", batchHangs: "batch run never ends",
		refusal: "request is refused", lostAnswer: "answer is lost", schedulerDown: "scheduler is down",
		killedSent: "runner killed after the request", killedAccepted: "runner killed after the answer",
		channelDown:   "channel is down",
		personRejects: "the approval is rejected", nobodyAnswers: "nobody answers",
		neverComes: "what it waits for never comes", sensorFails: "what it waits for fails",
	}[e]
}

// head says what was played.
func (s *Result) head(b *strings.Builder) {
	fmt.Fprintf(b, "%s of plan %s (%s), times of %s\n", readable.Count(s.Nights(), "night"), s.Plan, s.File, s.zone)
	fmt.Fprintf(b, "as usual: %s at %s after %s, %s\n", readable.Words(s.Usual.Outcome), s.clock(s.Usual.Ended), s.Usual.took(), readable.Count(s.Usual.Requests, "request"))
	if len(s.LeftOut) > 0 {
		b.WriteString(readable.LeftOut(s.LeftOut) + "\n")
	}
	if !s.Deadline.IsZero() {
		fmt.Fprintf(b, "deadline: %s%s\n", s.clock(s.Deadline), s.missed())
	}
	b.WriteString("\n")
}

// missed counts the nights that miss the plan's own deadline. One that was asked for is no matter of counting.
func (s *Result) missed() string {
	if !s.own {
		return ""
	}
	n := 0
	if s.Usual.Late {
		n++
	}
	for _, r := range s.Rows {
		for _, c := range r.Cells {
			if c.Late {
				n++
			}
		}
	}
	return fmt.Sprintf(", missed by %d", n)
}

// foot says what must not be.
func (s *Result) foot(b *strings.Builder) {
	rows := map[string]*Row{}
	for _, r := range s.Rows {
		rows[r.Step] = r
	}
	broken := s.Broken()
	for _, c := range broken {
		if r := rows[c.Step]; r != nil {
			fmt.Fprintf(b, "%s: step %q, %s: %s\n", r.Pos, c.Step, c.Ending.words(), c.how(r))
		} else {
			fmt.Fprintf(b, "%s: as usual\n", s.File)
		}
		for _, text := range c.Broken {
			fmt.Fprintf(b, "\t%s\n", text)
		}
	}
	if len(broken) == 0 {
		but := ""
		if steps := s.repeated(); len(steps) > 0 {
			but = ", but for what the plan calls duplicate_safe: " + strings.Join(steps, ", ")
		}
		fmt.Fprintf(b, "every night comes to an end, and none triggers anything twice%s\n", but)
		return
	}
	fmt.Fprintf(b, "%s of %d must not be so\n", readable.Count(len(broken), "night"), s.Nights())
}

// Nights is how many nights were played, the usual one included.
func (s *Result) Nights() int {
	n := 1
	for _, r := range s.Rows {
		n += len(r.Cells)
	}
	return n
}

// repeated are the steps that some night repeated on the plan's word, in plan order.
func (s *Result) repeated() []string {
	found := map[string]bool{}
	for _, r := range s.Rows {
		for _, c := range r.Cells {
			for _, step := range c.Repeated {
				found[step] = true
			}
		}
	}
	var steps []string
	for _, r := range s.Rows {
		if found[r.Step] {
			steps = append(steps, r.Step)
		}
	}
	return steps
}

// grid is the table's cells as text, and what is to be said about rows.
func (s *Result) grid() (rows readable.Table, notes []string) {
	heads := [2][]string{{""}, {"step"}}
	for i, c := range columns {
		if !s.shown(Endings()[i]) {
			continue
		}
		heads[0], heads[1] = append(heads[0], c[0]), append(heads[1], c[1])
	}
	rows = append(rows, heads[0], heads[1])
	for _, r := range s.Rows {
		row := []string{r.Step}
		switch {
		case r.LeftOut: // said above
			continue
		case r.Idle:
			notes = append(notes, fmt.Sprintf("step %q does nothing in any of these nights", r.Step))
		case r.Beside != nil:
			row[0] += " *"
			notes = append(notes, fmt.Sprintf("* step %q works only beside another change, here: step %q, %s", r.Step, r.Beside.Step, r.Beside.Ending.words()))
		}
		for _, e := range Endings() {
			if !s.shown(e) {
				continue
			}
			text := "-"
			if c := r.Cell(e); c != nil {
				text = s.short(c)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return rows, notes
}

// short is a cell of the table.
func (s *Result) short(c *Cell) string {
	text := fmt.Sprintf("%d %s", c.Exit, c.Ended.In(s.zone).Format("15:04"))
	if days := s.days(c.Ended); days > 0 {
		text += fmt.Sprintf("+%d", days)
	}
	switch {
	case len(c.Broken) > 0:
		text = "!" + text
	case c.Late && s.own:
		text = ">" + text
	}
	return text
}

// days is how many midnights lie between the night's start and a time.
func (s *Result) days(t time.Time) int {
	day := func(t time.Time) time.Time {
		y, m, d := t.In(s.zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(day(t).Sub(day(s.start)) / (24 * time.Hour))
}

// clock is a time of the night as people in the plan's zone read it.
func (s *Result) clock(t time.Time) string {
	text := t.In(s.zone).Format("15:04:05")
	if days := s.days(t); days > 0 {
		text += fmt.Sprintf(" (%s later)", readable.Count(days, "day"))
	}
	return text
}

// took is how long the night was.
func (c *Cell) took() string {
	return readable.Elapsed(time.Duration(c.Took*1000) * time.Millisecond)
}
