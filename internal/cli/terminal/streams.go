// Package terminal is what a command reads from and prints to: standard input, the two outputs behind a filter for secrets,
// the question for a secret where a person sits, and the signals by which a person or a service manager stops it.
//
// It knows no command and no run. Start with [New], which the whole of one invocation shares.
package terminal

import (
	"encoding/json"
	"io"
	"os"

	"golang.org/x/term"

	"ofsplan/internal/secret"
	"ofsplan/internal/view"
)

// Streams are those of one invocation of the program, and the way out of it.
type Streams struct {
	In       io.Reader
	Out, Err *Output        // results, and everything else
	Secrets  *secret.Filter // before both outputs: whoever learns a secret adds it
	left     chan struct{}  // closed by the second signal
}

// New puts a filter, which knows no secret yet, before two outputs.
func New(in io.Reader, out, err io.Writer) *Streams {
	f := secret.NewFilter()
	return &Streams{In: in, Out: newOutput(f, out), Err: newOutput(f, err), Secrets: f, left: make(chan struct{})}
}

// Left is closed when a second signal came: whoever waits for the command returns without waiting for anything.
func (s *Streams) Left() <-chan struct{} { return s.left }

// Flush passes on what the filter keeps back. Call it when the command is over.
func (s *Streams) Flush() {
	s.Out.flush()
	s.Err.flush()
}

// FlushAtOnce is Flush for who leaves at once: an output to which somebody is writing, perhaps to a pipe that nobody
// empties, is passed over.
func (s *Streams) FlushAtOnce() {
	s.Out.flushAtOnce()
	s.Err.flushAtOnce()
}

// OnTerminal reports whether a person started the command: it reads from a terminal or complains to one.
func (s *Streams) OnTerminal() bool { return isTerminal(s.In) || isTerminal(s.Err.raw) }

// Style is how text is written to one of the outputs: on a terminal as wide as that is, and in colour unless NO_COLOR says otherwise.
func (s *Streams) Style(o *Output, simulated bool) view.Style {
	return view.Style{Width: width(o.raw), Color: colored(o.raw), Simulated: simulated}
}

// PrintJSON prints a value as the result, as indented JSON with a newline.
func (s *Streams) PrintJSON(v any) error {
	enc := json.NewEncoder(s.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// colored reports whether text is written to a stream in colour.
func colored(stream any) bool {
	return isTerminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// isTerminal reports whether a stream is one a person looks at.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is how many characters a line of a terminal has; 0 of anything else, and of one that does not say.
func width(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}
