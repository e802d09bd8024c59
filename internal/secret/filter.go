package secret

import "io"

// A Filter takes known secrets out of text, in every encoding they may have been put in. It is safe for use by
// many goroutines.
type Filter struct{}

// NewFilter makes a filter that knows values. The zero Value among them is passed over.
func NewFilter(values ...Value) *Filter { panic("") }

// Add makes further secrets known, also to the writers made before.
func (f *Filter) Add(values ...Value) {}

// Clean is text with every secret replaced by "[redacted]". A nil Filter returns text as it is.
func (f *Filter) Clean(text []byte) []byte { panic("") }

// Writer is w behind the filter.
func (f *Filter) Writer(w io.Writer) *Writer { panic("") }

// A Writer cleans what passes through it.
type Writer struct{}

// Write cleans p and passes it on.
func (w *Writer) Write(p []byte) (int, error) { panic("") }

// Flush passes on what is held back.
func (w *Writer) Flush() error { panic("") }
