package secret

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"sync/atomic"
)

// MinLength is the shortest secret a filter looks for, in bytes. A shorter one cannot be told from ordinary text:
// taking out every "a" would leave nothing to read, and still tell what it was.
const MinLength = 4

// A Filter takes known secrets out of text, in every encoding they may have been put in: as they are, base64
// (both alphabets, also inside longer base64, as in Basic authorization), percent, hex, the escapes of JSON, Go, HTML and of
// tools that escape quotes alone, and the UTF-16 of Windows. Each line of 8 bytes or more of a secret of several lines is a secret too.
// Secrets of fewer than four bytes are not looked for. It is safe for use by many goroutines.
//
// [Filter.Clean] is for what comes from outside: it takes out every secret. [Filter.Writer] stands before what we print, which
// is mostly our own words, and leaves what may be one of them: somebody's password is "secret".
type Filter struct {
	mu        sync.Mutex // guards what follows, but for index and due
	variables []string   // see HideVariables
	orders    []order    // what was made known since the filter was last used
	known     map[string]mark
	passing   [][]string            // the needles of the last calls of Renew
	index     atomic.Pointer[index] // nil: nothing is known
	due       atomic.Bool           // there are orders
}

// An order is one call of Add, AddNames or Renew. Its encodings are made when the filter is used next, which for many
// a filter is never.
type order struct {
	values         []Value
	names, passing bool
}

// A mark is what is known of a needle, which is one secret in one encoding.
type mark struct {
	wholeWord bool // it is taken out only where it stands alone
	long      bool // the secret is too long to be met by chance
	ordinary  bool // it may be a word or number of ours
	uses      int  // by how many secrets it was brought
}

// Bounds of what is looked for.
const (
	longSecret = 16 // bytes; see Holds
	longNeedle = 16 // bytes; a name is found inside a word too once it is so long
	shortWord  = 8  // bytes; below that anything may be a word of ours
	renewals   = 32 // so many calls of Renew are remembered
)

// NewFilter makes a filter that knows values. Empty ones among them are passed over.
func NewFilter(values ...Value) *Filter {
	f := &Filter{known: map[string]mark{}}
	f.Add(values...)
	return f
}

// Add makes further secrets known, also to the writers made before.
func (f *Filter) Add(values ...Value) { f.enqueue(order{values: values}) }

// AddNames makes known who we are, rather than what proves it: the name of a user or client. It may be an everyday
// word or number, so it is taken out only where it stands alone, and not out of a code or id that holds it.
func (f *Filter) AddNames(values ...Value) { f.enqueue(order{values: values, names: true}) }

// Renew is Add for secrets that replace each other, such as tokens: those of 32 calls ago, long dead, are
// forgotten, so that a run of weeks does not gather them all. A call without a secret replaces nothing.
func (f *Filter) Renew(values ...Value) { f.enqueue(order{values: values, passing: true}) }

func (f *Filter) enqueue(o order) {
	o.values = slices.DeleteFunc(slices.Clone(o.values), Value.Empty)
	if len(o.values) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders = append(f.orders, o)
	waiting := 0
	for _, o := range f.orders {
		if o.passing {
			waiting++
		}
	}
	if waiting > renewals {
		oldest := slices.IndexFunc(f.orders, func(o order) bool { return o.passing })
		f.orders = slices.Delete(f.orders, oldest, oldest+1)
	}
	f.due.Store(true)
}

// current is the index of everything known.
func (f *Filter) current() *index {
	if f.due.Load() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.carryOut()
		if len(f.known) > 0 {
			f.index.Store(newIndex(f.known))
		}
		f.due.Store(false)
	}
	return f.index.Load()
}

// carryOut makes the needles of what was made known since the filter was last used. Its caller has locked mu.
func (f *Filter) carryOut() {
	for _, o := range f.orders {
		var needles []string
		for _, v := range o.values {
			needles = append(needles, f.addNeedles(v, o.names)...)
		}
		if !o.passing {
			continue
		}
		f.passing = append(f.passing, needles)
		if len(f.passing) > renewals {
			for _, n := range f.passing[0] {
				f.removeNeedle(n)
			}
			f.passing = slices.Delete(f.passing, 0, 1)
		}
	}
	f.orders = nil
}

// addNeedles takes a secret in and returns its needles. Its caller has locked mu.
func (f *Filter) addNeedles(v Value, name bool) []string {
	var all []string
	for _, text := range parts(v.Reveal()) {
		needles := encodings(text)
		for _, n := range needles {
			old, had := f.known[n]
			m := mark{
				wholeWord: name && len(n) < longNeedle && isWord(n), long: !name && len(text) >= longSecret,
				ordinary: isOrdinary(n), uses: old.uses + 1,
			}
			if had {
				m.wholeWord, m.long = m.wholeWord && old.wholeWord, m.long || old.long
			}
			f.known[n] = m
		}
		all = append(all, needles...)
	}
	return all
}

// isOrdinary reports whether a needle may stand in our own words: a short one, one that is a word or a code without digits, and a
// number, a date or a time.
func isOrdinary(n string) bool {
	if len(n) < shortWord || len(n) >= longNeedle {
		return len(n) < shortWord
	}
	letters, digits := false, false
	for _, c := range []byte(n) {
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			letters = true
		case '0' <= c && c <= '9':
			digits = true
		case c == '_':
			letters = true
		case c == '-' || c == ':' || c == '.':
			digits = true
		default:
			return false
		}
	}
	return !(letters && digits)
}

// removeNeedle undoes learn for one needle. Its caller has locked mu.
func (f *Filter) removeNeedle(needle string) {
	m := f.known[needle]
	if m.uses--; m.uses > 0 {
		f.known[needle] = m
		return
	}
	delete(f.known, needle)
}

// Holds reports whether there is a secret in text, in any encoding: one of at least 16 bytes, so that a code or id
// that holds a short password by chance is not taken for a leak. Names are no secrets here. A nil Filter knows nothing.
func (f *Filter) Holds(text string) bool {
	if f == nil {
		return false
	}
	return f.current().holds([]byte(text))
}

// Clean is text with every secret replaced by "[redacted]". It is text itself when there is none in it. A nil
// Filter knows nothing.
func (f *Filter) Clean(text []byte) []byte {
	if f == nil {
		return text
	}
	out, _ := f.current().clean(text, nil, pass{final: true})
	return out
}

// Writer is w behind the filter, but for what may be a word of ours: short secrets, and those that are words or numbers, are
// cleaned out of foreign text where it comes in, and pass here. A secret that is cut into several writes is found too: what may be the
// beginning of one is held back until more comes or Flush is called: nothing is after a newline, unless a secret
// holds one.
func (f *Filter) Writer(w io.Writer) *Writer { return &Writer{filter: f, to: w, ours: true} }

// A Writer cleans what passes through it. It is safe for use by many goroutines.
type Writer struct {
	filter  *Filter
	ours    bool       // words of ours pass
	mu      sync.Mutex // guards what follows
	to      io.Writer
	pending []byte // not passed on yet
	before  []byte // the last that was, as it came
}

// Write cleans p and passes it on. It reports len(p) written unless the writer below failed.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := p
	if len(w.pending) > 0 {
		text = append(w.pending, p...)
		w.pending = nil
	}
	out, rest := w.filter.current().clean(text, w.before, pass{ours: w.ours})
	w.pass(text[:len(text)-len(rest)])
	if len(rest) > 0 {
		w.pending = bytes.Clone(rest)
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
	if len(w.pending) == 0 {
		return nil
	}
	out, _ := w.filter.current().clean(w.pending, w.before, pass{ours: w.ours, final: true})
	w.pass(w.pending)
	w.pending = nil
	_, err := w.to.Write(out)
	return err
}

// pass keeps as much of what goes through as tells whether a name that follows stands alone.
func (w *Writer) pass(text []byte) {
	w.before = append([]byte(nil), lastBytes(append(w.before, lastBytes(text)...))...)
}
