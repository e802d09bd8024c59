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

// Runs prints a table of runs, in the order given.
func Runs(w io.Writer, style Style, runs []fold.Overview) error {
	rows := readable.Table{{"run", "state", "misdate", "target", "started", "elapsed", "steps"}}
	for i := range runs {
		o := &runs[i]
		row := []string{o.Run, overviewState(o), o.MISDate, audit.Printable(o.Target), "", "", overviewNote(o)}
		if !o.StartedAt.IsZero() {
			row[4], row[5] = readable.Stamp(o.StartedAt), o.Elapsed.String()
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

// overviewState is the state in one word or two. A run without an end goes on while a process has it locked, and was killed
// when none has.
func overviewState(o *fold.Overview) string {
	switch {
	case o.LockedBy != "":
		return "running"
	case o.State == fold.Unended:
		return "killed"
	}
	return readable.Words(o.State)
}

// overviewNote is what else there is to say about a run in a table.
func overviewNote(o *fold.Overview) string {
	switch {
	case o.Trouble != "":
		return audit.Printable(o.Trouble)
	case o.LockedBy != "":
		return audit.Printable(fmt.Sprintf("held by %s", o.LockedBy))
	}
	return tally(o.Steps)
}
