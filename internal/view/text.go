package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"ofsplan/audit"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// Style says how text is written. The zero value is plain text of a real run.
type Style struct {
	Color     bool // with ANSI colour codes
	Simulated bool // every line says so
}

// simulatedMark begins every line about a run against a simulated scheduler.
const simulatedMark = "simulated: "

// colours of the words that tell how something ended.
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

// write writes text, each line of it marked when the run is simulated.
func (s Style) write(w io.Writer, text string) error {
	if s.Simulated {
		lines := strings.SplitAfter(text, "\n")
		for i, line := range lines {
			switch line {
			case "":
			case "\n":
				lines[i] = strings.TrimSpace(simulatedMark) + line
			default:
				lines[i] = simulatedMark + line
			}
		}
		text = strings.Join(lines, "")
	}
	_, err := io.WriteString(w, text)
	return err
}

// MarshalJSON writes the seconds as a number, to the millisecond.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(s).Round(time.Millisecond).Seconds())
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	var n float64
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*s = Seconds(time.Duration(n * float64(time.Second)).Round(time.Millisecond))
	return nil
}

// String is the duration as people say it: 850ms, 4.2s, 40m12s, 2h31m12s.
func (s Seconds) String() string {
	d := time.Duration(s)
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// clock is a time of day, UTC.
func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// stamp is a date and time, UTC.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// words is a state as people read it.
func words[S ~string](s S) string { return strings.ReplaceAll(string(s), "_", " ") }

// verdict is the outcome with what qualifies it, which belongs to it wherever it is shown.
func (s *Step) verdict() string {
	text := words(s.State)
	switch {
	case strings.HasSuffix(s.Mark, "_by") && s.By != "":
		return fmt.Sprintf("%s (%s %s)", text, words(s.Mark), s.By)
	case s.Mark != "" && s.By != "":
		return fmt.Sprintf("%s (%s by %s)", text, words(s.Mark), s.By)
	case s.Mark != "":
		return fmt.Sprintf("%s (%s)", text, words(s.Mark))
	}
	return text
}

// bad reports whether the step is one a person must hear of: failed and not made good, or in doubt.
func (s *Step) bad() bool {
	switch fact.Outcome(s.State) {
	case fact.Failed:
		return s.Mark != "healed" && s.Mark != "allowed"
	case fact.InDoubt:
		return true
	}
	return false
}

// reasons are why a step stands where it stands, and that its request was made again on the plan's word.
func (s *Step) reasons() string {
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
			continue // a condition that held explains no outcome; show --json has it
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
			parts = append(parts, fmt.Sprintf("%d %s", n, words(o)))
		}
	}
	return strings.Join(parts, ", ")
}

// count counts the run's steps by outcome, as they stand now.
func (r *Run) count() map[fact.Outcome]int {
	counts := map[fact.Outcome]int{}
	for _, s := range r.Steps {
		if out, ended := s.State.Outcome(); ended {
			counts[out]++
		}
	}
	return counts
}

// list puts a few names into one line and counts the rest.
func list(names []string, most int) string {
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// A table is rows of cells, padded so that they stand under each other. The last cell of a row is not.
type table [][]string

// maxCell keeps one long name from pushing everything else off the screen.
const maxCell = 44

// write appends the table, indented.
func (t table) write(b *strings.Builder, indent string, paint func(row, col int, text string) string) {
	var width []int
	for _, row := range t {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], min(utf8.RuneCountInString(cell), maxCell))
		}
	}
	for n, row := range t {
		b.WriteString(indent)
		for i, cell := range row {
			text := cell
			if paint != nil {
				text = paint(n, i, cell)
			}
			b.WriteString(text)
			if i < len(row)-1 && strings.Join(row[i+1:], "") != "" {
				b.WriteString(strings.Repeat(" ", max(0, width[i]-utf8.RuneCountInString(cell))+2))
			}
		}
		b.WriteByte('\n')
	}
}
