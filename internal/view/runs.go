package view

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A Glimpse is a run in one row: what its first and its last record tell.
type Glimpse struct {
	Run       string `json:"run"`
	Plan      string `json:"plan,omitempty"`
	MISDate   string `json:"misdate,omitempty"`
	Target    string `json:"target,omitempty"`
	Simulated bool   `json:"simulated,omitempty"`
	State     State  `json:"state"`
	Held      string `json:"held_by,omitempty"` // the process that writes it now, set by the caller
	Span
	Steps   map[fact.Outcome]int `json:"steps,omitempty"`   // by outcome, once the run has ended
	Trouble string               `json:"trouble,omitempty"` // why the journal cannot be read
}

// tailStep is how much of a journal's end is read at first to find its last record.
const tailStep = 64 << 10

// Glance reads the first and the last record of a journal of that size, so that a list of runs costs no more
// for long ones. What cannot be read is said in Trouble; the error is r's own.
func Glance(id string, r io.ReaderAt, size int64) (Glimpse, error) {
	g := Glimpse{Run: id, State: Unended}
	for rec, err := range audit.Records(io.NewSectionReader(r, 0, size)) {
		if _, bad := errors.AsType[*audit.LineError](err); bad {
			g.Trouble = "its first record cannot be read"
			return g, nil
		}
		if err != nil {
			return g, err
		}
		g.first(rec.Record)
		break
	}
	if g.StartedAt.IsZero() {
		g.Trouble = "it has no record"
		return g, nil
	}
	last, err := lastRecords(r, size)
	if err != nil {
		return g, err
	}
	for _, rec := range last {
		g.UpdatedAt = rec.Time
		if t, err := record.Read(rec); err == nil && !rec.Note {
			g.last(t)
		}
	}
	g.Elapsed = Seconds(g.UpdatedAt.Sub(g.StartedAt))
	return g, nil
}

// first takes what the first record tells.
func (g *Glimpse) first(rec audit.Record) {
	g.StartedAt, g.UpdatedAt = rec.Time, rec.Time
	t, err := record.Read(rec)
	e, ok := t.Event.(runner.RunStarted)
	if err != nil || !ok {
		g.Trouble = "it does not begin with the start of a run"
		return
	}
	g.Plan, g.MISDate, g.Target, g.Simulated = e.Plan, e.MISDate, e.Target.Name, e.Simulated
}

// last takes what one of the last turns tells about the run's end.
func (g *Glimpse) last(t record.Turn) {
	g.State, g.Steps, g.FinishedAt = Unended, nil, time.Time{}
	if _, ok := t.Event.(runner.RunDetached); ok {
		g.State, g.FinishedAt = Detached, t.At
	}
	if e := t.Decision.End; e != nil {
		g.State, g.Steps, g.FinishedAt = State(e.Outcome), e.Steps, t.At
	}
}

// lastRecords gives a journal's last records, in order, with at least one among them that is no note. Lines
// that cannot be read are passed over.
func lastRecords(r io.ReaderAt, size int64) ([]audit.Record, error) {
	for step := int64(tailStep); ; step *= 4 {
		from := max(0, size-step)
		b := make([]byte, size-from)
		if _, err := r.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if from > 0 {
			_, b, _ = bytes.Cut(b, []byte("\n"))
		}
		var recs []audit.Record
		turns := 0
		for line := range bytes.Lines(b) {
			rec, err := audit.Parse(bytes.TrimSuffix(line, []byte("\n")))
			if err != nil || !bytes.HasSuffix(line, []byte("\n")) {
				continue
			}
			recs = append(recs, rec)
			if !rec.Note {
				turns++
			}
		}
		if turns > 0 || from == 0 {
			return recs, nil
		}
	}
}

// Runs prints a table of runs, in the order given.
func Runs(w io.Writer, style Style, runs []Glimpse) error {
	rows := readable.Table{{"run", "state", "misdate", "target", "started", "elapsed", "steps"}}
	for _, g := range runs {
		row := []string{g.Run, g.state(), g.MISDate, audit.Printable(g.Target), "", "", g.note()}
		if !g.StartedAt.IsZero() {
			row[4], row[5] = readable.Stamp(g.StartedAt), g.Elapsed.String()
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	rows.Write(&b, layout("", func(row, col int, text string) string {
		if row > 0 && col == 1 {
			return style.paint(runner.State(runs[row-1].State), text)
		}
		return text
	}))
	return style.write(w, b.String())
}

// state is one word or two. A run without an end goes on when somebody holds it, and was killed when not.
func (g *Glimpse) state() string {
	switch {
	case g.Held != "":
		return "running"
	case g.State == Unended:
		return "killed"
	}
	return readable.Words(g.State)
}

// note is what else there is to say about a run in a table.
func (g *Glimpse) note() string {
	switch {
	case g.Trouble != "":
		return audit.Printable(g.Trouble)
	case g.Held != "":
		return audit.Printable(fmt.Sprintf("held by %s", g.Held))
	}
	return tally(g.Steps)
}
