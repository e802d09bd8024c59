package secret

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// minLength is the shortest secret a filter looks for, in bytes. A shorter one cannot be told from ordinary text:
// taking out every "a" would leave nothing to read, and still tell what it was.
const minLength = 4

// A Filter takes known secrets out of text, in every encoding they may have been put in: as they are, base64
// (both alphabets, also inside longer base64, as in Basic authorization), percent, hex, and the escapes of JSON,
// Go and HTML. Secrets of fewer than four bytes are not looked for. It is safe for use by many goroutines.
type Filter struct {
	mu    sync.Mutex // held by Add
	known map[string]bool
	index atomic.Pointer[index] // nil: nothing is known
}

// NewFilter makes a filter that knows values. Empty ones among them are passed over.
func NewFilter(values ...Value) *Filter {
	f := &Filter{known: map[string]bool{}}
	f.Add(values...)
	return f
}

// Add makes further secrets known, also to the writers made before.
func (f *Filter) Add(values ...Value) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.known)
	for _, v := range values {
		for _, needle := range encodings(v.Reveal()) {
			f.known[needle] = true
		}
	}
	if len(f.known) > before {
		f.index.Store(newIndex(f.known))
	}
}

// Clean is text with every secret replaced by "[redacted]". It is text itself when there is none in it. A nil
// Filter knows nothing.
func (f *Filter) Clean(text []byte) []byte {
	if f == nil {
		return text
	}
	out, _ := f.index.Load().clean(text, true)
	return out
}

// Writer is w behind the filter. A secret that is cut into several writes is found too: what may be the
// beginning of one is held back until more comes or Flush is called: nothing is after a newline, unless a secret
// holds one.
func (f *Filter) Writer(w io.Writer) *Writer { return &Writer{filter: f, to: w} }

// A Writer cleans what passes through it. It is safe for use by many goroutines.
type Writer struct {
	filter *Filter
	mu     sync.Mutex // guards the writes to to, and held
	to     io.Writer
	held   []byte
}

// Write cleans p and passes it on. It reports len(p) written unless the writer below failed.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := p
	if len(w.held) > 0 {
		text = append(w.held, p...)
		w.held = nil
	}
	out, rest := w.filter.index.Load().clean(text, false)
	if len(rest) > 0 {
		w.held = bytes.Clone(rest)
	}
	if len(out) == 0 {
		return len(p), nil
	}
	if _, err := w.to.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush passes on what is held back. Call it before the program ends.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.held) == 0 {
		return nil
	}
	out, _ := w.filter.index.Load().clean(w.held, true)
	w.held = nil
	_, err := w.to.Write(out)
	return err
}

// index finds needles by their first two bytes. It is never changed, so readers need no lock.
type index struct {
	pairs   [1 << 16 / 64]uint64 // one bit for each pair of bytes that begins a needle
	singles [256]bool            // the first bytes of needles
	needles map[uint16][]string  // the longest first
}

func newIndex(known map[string]bool) *index {
	x := &index{needles: map[uint16][]string{}}
	for needle := range known {
		at := pair(needle[0], needle[1])
		x.pairs[at/64] |= 1 << (at % 64)
		x.singles[needle[0]] = true
		x.needles[at] = append(x.needles[at], needle)
	}
	for _, list := range x.needles {
		slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	}
	return x
}

func pair(a, b byte) uint16 { return uint16(a)<<8 | uint16(b) }

// clean replaces needles in text, leftmost and longest first. Unless text is final, it stops where a needle
// may begin whose end has not come, and returns what follows from there as rest.
func (x *index) clean(text []byte, final bool) (out, rest []byte) {
	if x == nil {
		return text, nil
	}
	done := 0 // text[:done] is in out, or was replaced
	for i := 0; i < len(text); {
		needle, cut := x.at(text[i:], final)
		switch {
		case cut:
			return join(out, text[done:i]), text[i:]
		case needle == "":
			i++
		default:
			out = append(join(out, text[done:i]), Redacted...)
			i += len(needle)
			done = i
		}
	}
	return join(out, text[done:]), nil
}

// join appends b to out without a copy where out is empty. The result's spare room is never b's own.
func join(out, b []byte) []byte {
	if out == nil {
		return b[:len(b):len(b)]
	}
	return append(out, b...)
}

// at is the longest needle that text begins with. Cut is true when a longer one may still follow.
func (x *index) at(text []byte, final bool) (needle string, cut bool) {
	if len(text) == 1 {
		return "", !final && x.singles[text[0]]
	}
	p := pair(text[0], text[1])
	if x.pairs[p/64]&(1<<(p%64)) == 0 {
		return "", false
	}
	for _, n := range x.needles[p] {
		if len(n) > len(text) {
			if !final && strings.HasPrefix(n, string(text)) {
				return "", true
			}
		} else if string(text[:len(n)]) == n {
			return n, false
		}
	}
	return "", false
}
