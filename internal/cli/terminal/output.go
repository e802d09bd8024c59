package terminal

import (
	"io"
	"sync"

	"ofsplan/internal/secret"
)

// Output is a stream behind a filter for secrets. It is safe for the loop and its log to write to at once.
type Output struct {
	raw  io.Writer
	mu   sync.Mutex
	safe *secret.Writer
}

func newOutput(f *secret.Filter, raw io.Writer) *Output {
	return &Output{raw: raw, safe: f.Writer(raw)}
}

// Write cleans p and passes it on.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.safe.Write(p)
}

// flush passes on what the filter keeps back. An error has nowhere to go: the output is where it would be
// printed, and how a run ended does not depend on it.
func (o *Output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.safe.Flush()
}

// flushAtOnce is flush unless somebody is writing.
func (o *Output) flushAtOnce() {
	if !o.mu.TryLock() {
		return
	}
	defer o.mu.Unlock()
	_ = o.safe.Flush()
}
