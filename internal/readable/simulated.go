package readable

import (
	"io"
	"strings"
)

// SimulatedMark begins every line about what did not really happen: a night in virtual time, or a run against the
// simulated scheduler. Nobody shall take one for a real one.
const SimulatedMark = "simulated: "

// Simulated is the text with the mark before each line.
func Simulated(text string) string { return Marked(text, SimulatedMark) }

// Marked is the text with a mark before each line, which ends in a blank.
func Marked(text, mark string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line == "\n" {
			b.WriteString(strings.TrimSpace(mark))
		} else {
			b.WriteString(mark)
		}
		b.WriteString(line)
	}
	return b.String()
}

// WriteSimulated writes the text with the mark before each line.
func WriteSimulated(w io.Writer, text string) error {
	_, err := io.WriteString(w, Simulated(text))
	return err
}
