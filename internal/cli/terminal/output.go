package terminal

import (
	"io"
	"sync"

	"ofsplan/internal/secret"
)

// Output is a stream behind a filter for secrets, which takes out what is secret, and behind one that lets through only what can be
// printed. It is safe for the loop and its log to write to at once.
type Output struct {
	raw   io.Writer
	mu    sync.Mutex
	safe  *secret.Writer
	plain *printable
}

func newOutput(f *secret.Filter, raw io.Writer) *Output {
	plain := &printable{to: raw, color: colored(raw)}
	return &Output{raw: raw, safe: f.Writer(plain), plain: plain}
}

// Write cleans p and passes it on.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.safe.Write(p)
}

// WriteFile passes on the text of a file as it is, for another program or a file to take it. To a terminal it is cleaned.
func (o *Output) WriteFile(text []byte) error {
	if isTerminal(o.raw) {
		_, err := o.Write(text)
		return err
	}
	o.flush()
	o.mu.Lock()
	defer o.mu.Unlock()
	_, err := o.raw.Write(text)
	return err
}

// flush passes on what the filter keeps back. An error has nowhere to go: the output is where it would be
// printed, and how a run ended does not depend on it.
func (o *Output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.safe.Flush()
	_ = o.plain.flush()
}

// flushAtOnce is flush unless somebody is writing.
func (o *Output) flushAtOnce() {
	if !o.mu.TryLock() {
		return
	}
	defer o.mu.Unlock()
	_ = o.safe.Flush()
	_ = o.plain.flush()
}
