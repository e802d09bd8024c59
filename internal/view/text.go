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

// Style says how text is written. The zero value is plain text of a real run.
type Style struct {
	Color     bool   // with ANSI colour codes
	Simulated bool   // every line says so
	Width     int    // of the screen, in characters; 0: nobody looks at one, and lines are as long as they like
	Label     string // begins every line: which of several runs it is about; empty: it is about the only one
}

// colours of the states in which something ended.
var colours = map[runner.State]string{
	runner.State(fact.Succeeded): "\x1b[32m",
	runner.State(fact.Failed):    "\x1b[31m",
	runner.State(fact.InDoubt):   "\x1b[35m",
	runner.State(fact.Blocked):   "\x1b[33m",
	runner.State(fact.Canceled):  "\x1b[33m",
	runner.State(fact.Skipped):   "\x1b[2m",
}

// paint colours a text that says how something stands, where colours are asked for.
func (s Style) paint(state runner.State, text string) string {
	code := colours[state]
	if !s.Color || code == "" {
		return text
	}
	return code + text + "\x1b[0m"
}

// write writes text, each line of it marked when the run is simulated or one of several.
func (s Style) write(w io.Writer, text string) error {
	if s.Label != "" {
		text = readable.Marked(text, s.Label+": ")
	}
	if s.Simulated {
		text = readable.Simulated(text)
	}
	_, err := io.WriteString(w, text)
	return err
}

// verdict is the outcome with what qualifies it, which belongs to it wherever it is shown.
func verdict(state runner.State, mark, by string) string {
	text, by := readable.Words(state), audit.Printable(by)
	switch {
	case strings.HasSuffix(mark, "_by") && by != "":
		return fmt.Sprintf("%s (%s %s)", text, readable.Words(mark), by)
	case mark != "" && by != "":
		return fmt.Sprintf("%s (%s by %s)", text, readable.Words(mark), by)
	case mark != "":
		return fmt.Sprintf("%s (%s)", text, readable.Words(mark))
	}
	return text
}

// reasons are why a step stands where it stands, and that its request was made again because the plan permits it.
func reasons(s *fold.Step) string {
	why := because(s.Why, s.Evidence)
	if s.Repeated == "" {
		return why
	}
	again := fmt.Sprintf("a request in doubt was made again, duplicate_safe: %s", audit.Printable(s.Repeated))
	if why == "" {
		return again
	}
	return why + "; " + again
}

// because is why a step stands where it stands, with the values its condition was judged on.
func because(why string, evidence []fact.Evidence) string {
	var b strings.Builder
	b.WriteString(why)
	for _, e := range evidence {
		if e.Holds {
			continue // a condition that was true explains no outcome; show --json has it
		}
		fmt.Fprintf(&b, ": %s", e.Expr)
		for i, v := range e.Values {
			sep := ", "
			if i == 0 {
				sep = ", with "
			}
			fmt.Fprintf(&b, "%s%s = %s", sep, v.Name, v.Value)
		}
	}
	return audit.Printable(b.String())
}

// tally counts steps by outcome: "5 succeeded, 1 failed".
func tally(counts map[fact.Outcome]int) string {
	var parts []string
	for _, o := range []fact.Outcome{fact.Succeeded, fact.Failed, fact.InDoubt, fact.Blocked, fact.Canceled, fact.Skipped} {
		if n := counts[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, readable.Words(o)))
		}
	}
	return strings.Join(parts, ", ")
}

// column paints that column of a table, below so many rows of heads: state tells how what stands in a row below them stands.
func (s Style) column(col, heads int, state func(row int) runner.State) func(row, col int, text string) string {
	return func(row, at int, text string) string {
		if row < heads || at != col {
			return text
		}
		return s.paint(state(row-heads), text)
	}
}

// layout is how tables are printed: one long name does not push everything else off the screen, and what does not fit beside the
// rest stands below it.
func (s Style) layout(indent string, paint func(row, col int, text string) string) readable.Layout {
	return readable.Layout{Indent: indent, Cell: 44, Screen: s.room(), Paint: paint}
}

// room is how much of the screen is left for a line beside its marks; 0: as much as it likes.
func (s Style) room() int {
	if s.Width == 0 {
		return 0
	}
	left := s.Width
	if s.Simulated {
		left -= len(readable.SimulatedMark)
	}
	if s.Label != "" {
		left -= len(s.Label) + 2
	}
	return max(left, 40)
}
