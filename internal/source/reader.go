package source

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Reader walks a tree with what a file format declares and collects every problem it meets, so that all of
// them are reported at once. The zero Reader is ready. Every method accepts a nil node, which is a value
// that is not there, and then says nothing: what must be there is asked for with [Map.Require].
type Reader struct {
	Errors
	// Synonyms are words people write for a key of ours: "depends_on" for "needs". They are only ever
	// suggested, and only where that key is known.
	Synonyms map[string]string
	// Advise says what to write for a key that is not known, among the known ones, where no other key of the same mapping is meant: a word
	// of another tool, or a key that belongs elsewhere. Empty: a key that is nearly written so may be suggested. Nil: it knows none.
	Advise func(key string, known []string) string
}

// A Map is a mapping being read: the node, what messages call it, and where problems go. The Map of something
// that is no mapping has no keys.
type Map struct {
	Node *Node  // nil when it is no mapping
	What string // as messages name it: `step "load"`
	r    *Reader
}

// Mapping reads n as a mapping with the known keys; a known key that ends in * stands for all that begin so.
// Unknown keys are reported with a suggestion, and so is anything that is no mapping.
func (r *Reader) Mapping(n *Node, what string, known ...string) Map {
	m := Map{What: what, r: r}
	if n == nil {
		return m
	}
	if n.Kind != Mapping {
		r.wrong(n, what, "a mapping")
		return m
	}
	m.Node = n
	for i := range n.Fields {
		if !knows(known, n.Fields[i].Key) {
			r.unknown(&n.Fields[i], what, known)
		}
	}
	return m
}

func knows(known []string, key string) bool {
	for _, k := range known {
		if k == key || strings.HasSuffix(k, "*") && strings.HasPrefix(key, k[:len(k)-1]) {
			return true
		}
	}
	return false
}

func (r *Reader) unknown(f *Field, what string, known []string) {
	e := r.Add(f.KeyPos, "unknown key %s in %s", quote(f.Key), what)
	better, advice := r.Synonyms[f.Key], strangeKey(f.Key)
	if advice == "" && (better == "" || !slices.Contains(known, better)) {
		if better = ""; r.Advise != nil {
			advice = r.Advise(f.Key, known)
		}
		if advice == "" {
			better = Suggest(f.Key, known)
		}
	}
	switch {
	case advice != "":
		e.Hint = advice
	case better != "":
		e.Hint = "did you mean " + quote(better) + "?"
	case f.Value.Kind == Null && f.Value.Flow:
		e.Hint = "inside { } a comma ends a value: quote the value when the comma belongs to it"
	}
}

// wrong reports a node that is not what the format wants. A null gets the words of its own.
func (r *Reader) wrong(n *Node, what, want string) *Error {
	if n.Kind == Null {
		return r.null(n, what)
	}
	return r.Add(n.Pos, "%s must be %s, not %s", what, want, n.describe())
}

func (r *Reader) null(n *Node, what string) *Error {
	e := r.Add(n.Pos, "%s has no value", what)
	e.Hint = "write one, or leave the key out"
	return e
}

// Scalar returns n when it is a single value, and reports it and returns nil when it is not.
func (r *Reader) Scalar(n *Node, what string) *Node {
	if n == nil || n.Kind == Scalar {
		return n
	}
	e := r.wrong(n, what, "a single value")
	if n.Kind == Mapping && n.Flow && strings.HasPrefix(n.raw(), "{{") || strings.HasPrefix(n.raw(), "{ {") {
		e.Hint = `an expression is written "${{ … }}"`
	}
	return nil
}

// List returns the items of n. A single value is a list of one; nothing but a list when strict.
func (r *Reader) List(n *Node, what string, strict bool) []*Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == Sequence:
		return n.Items
	case n.Kind == Scalar && !strict:
		return []*Node{n}
	}
	if e := r.wrong(n, what, "a list"); e.Hint == "" {
		e.Hint = listHint(n)
	}
	return nil
}

// listHint says how a list is written for what somebody wrote in its place.
func listHint(n *Node) string {
	switch {
	case n.Kind == Mapping && !n.Flow:
		return "begin each of its items with a dash: - …"
	case n.Kind == Mapping:
		return "write [{…}]"
	case n.Kind != Scalar || strings.Contains(n.Value, "${{"):
		return ""
	}
	items := strings.FieldsFunc(n.Value, func(r rune) bool { return r == ',' })
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
	}
	return "write [" + Short(strings.Join(items, ", ")) + "]"
}

// Read passes the text of a single value to a parse function such as [Duration], and reports its error at n.
// It returns the zero value when n is nil or wrong.
func Read[T any](r *Reader, n *Node, what string, parse func(string) (T, error)) T {
	var zero T
	if n = r.Scalar(n, what); n == nil {
		return zero
	}
	v, err := parse(n.Value)
	if err != nil {
		r.Add(n.Pos, "%s: %s", what, err)
		return zero
	}
	return v
}

// Optional reads a key's value as [Read] does; nil when the key is not there.
func Optional[T any](m Map, key string, parse func(string) (T, error)) *T {
	n := m.Get(key)
	if n == nil {
		return nil
	}
	v := Read(m.r, n, m.name(key), parse)
	return &v
}

// Has reports whether the key is there, with or without a value.
func (m Map) Has(key string) bool { return m.Node.Field(key) != nil }

// Get is the value of a key, or nil.
func (m Map) Get(key string) *Node { return m.Node.Get(key) }

// Fields are all keys with their values, in file order.
func (m Map) Fields() []Field {
	if m.Node == nil {
		return nil
	}
	return m.Node.Fields
}

// Require reports each of the keys that is not there, at the mapping's own place.
func (m Map) Require(keys ...string) {
	if m.Node == nil {
		return
	}
	for _, key := range keys {
		if !m.Has(key) {
			m.r.Add(m.Node.Pos, "%s has no %s", m.What, quote(key))
		}
	}
}

// name is what messages call a key's value.
func (m Map) name(key string) string { return quote(key) + " of " + m.What }

// Text is the text of a key; "" when it is not there. It is never guessed to be anything but text.
func (m Map) Text(key string) string {
	if n := m.r.Scalar(m.Get(key), m.name(key)); n != nil {
		return n.Value
	}
	return ""
}

// Enum is the text of a key that must be one of the values; "" when it is not there or another.
func (m Map) Enum(key string, values ...string) string {
	n := m.r.Scalar(m.Get(key), m.name(key))
	if n == nil || slices.Contains(values, n.Value) {
		if n == nil {
			return ""
		}
		return n.Value
	}
	m.r.Add(n.Pos, "%s cannot be %s: %s", m.name(key), quote(n.Value), oneOf(values)).Hint = Meant(n.Value, values)
	return ""
}

// Bool is a key's true or false; otherwise, when the key is not there.
func (m Map) Bool(key string, otherwise bool) bool {
	n := m.r.Scalar(m.Get(key), m.name(key))
	if n == nil {
		return otherwise
	}
	v, err := Bool(n.Value)
	if err != nil || n.Quoted {
		e := m.r.Add(n.Pos, "%s must be true or false, not %s", m.name(key), quote(n.Value))
		switch {
		case err == nil:
			e.Hint = "leave out the quotes"
		case slices.Contains([]string{"true", "yes", "on", "y"}, strings.ToLower(n.Value)):
			e.Hint = "write true"
		case slices.Contains([]string{"false", "no", "off", "n"}, strings.ToLower(n.Value)):
			e.Hint = "write false"
		}
		return otherwise
	}
	return v
}

// Int is a key's whole number; otherwise, when the key is not there or wrong.
func (m Map) Int(key string, otherwise int64) int64 { return mapRead(m, key, otherwise, Int) }

// Float is a key's decimal number; otherwise, when the key is not there or wrong.
func (m Map) Float(key string, otherwise float64) float64 { return mapRead(m, key, otherwise, Float) }

// Duration is a key's duration; otherwise, when the key is not there or wrong.
func (m Map) Duration(key string, otherwise time.Duration) time.Duration {
	return mapRead(m, key, otherwise, Duration)
}

func mapRead[T any](m Map, key string, otherwise T, parse func(string) (T, error)) T {
	n := m.Get(key)
	if n == nil {
		return otherwise
	}
	before := len(m.r.Errors)
	if v := Read(m.r, n, m.name(key), parse); len(m.r.Errors) == before {
		return v
	}
	return otherwise
}

// Mapping reads a key's value as a mapping with the known keys.
func (m Map) Mapping(key string, known ...string) Map {
	return m.r.Mapping(m.Get(key), m.name(key), known...)
}

// List is the items of a key's list; a single value counts as a list of one.
func (m Map) List(key string) []*Node { return m.r.List(m.Get(key), m.name(key), false) }

// oneOf lists words for a message: "a", "b" or "c".
func oneOf(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	if len(quoted) < 2 {
		return "it must be " + strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return "it must be " + strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// Meant is the hint at the word that [Suggest] finds, and "" when it finds none.
func Meant(word string, known []string) string {
	if better := Suggest(word, known); better != "" {
		return fmt.Sprintf("did you mean %q?", better)
	}
	return ""
}

// Suggest returns the known word that the given one is most likely a slip of the pen for, and "" when none is
// near: at most one wrong, missing, extra or swapped letter for every three, and one in a short word, whatever the case and the
// separators. Of equally near words the first known one is chosen.
func Suggest(word string, known []string) string {
	const longest = 64 // nobody mistypes more, and the comparison is quadratic
	if len(word) > longest {
		return ""
	}
	plain := strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(word))
	best, nearest := "", 0
	for _, k := range known {
		if k == "" || len(k) > longest {
			continue
		}
		lower := strings.ToLower(k)
		if lower == plain || strings.ReplaceAll(lower, "_", "") == strings.ReplaceAll(plain, "_", "") {
			return k
		}
		limit := (max(len(plain), len(lower)) + 2) / 3
		if min(len(plain), len(lower)) <= 4 {
			limit = 1
		}
		if min(len(plain), len(lower)) <= limit {
			continue // every letter could be wrong
		}
		d := distance(plain, lower)
		if d <= limit && (best == "" || d < nearest) {
			best, nearest = k, d
		}
	}
	return best
}

// distance counts the wrong, missing, extra and swapped letters between two words.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	previous, row := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next := make([]int, len(y)+1)
		next[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], previous[j-2]+1)
			}
		}
		previous, row = row, next
	}
	return row[len(y)]
}
