package source

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// DurationText writes a duration as Duration reads it: 2h30m, 4s250ms, 0s. It is cut to milliseconds, and a negative
// one is written as 0s, since none can be read.
func DurationText(d time.Duration) string {
	if d < time.Millisecond {
		return "0s"
	}
	var b strings.Builder
	for _, u := range units {
		if n := d / u.size; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + u.letter)
			d -= n * u.size
		}
	}
	return b.String()
}

// plainForm is text that YAML reads as that text wherever it stands.
var plainForm = Pattern(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// Quote writes a text as a YAML scalar that reads as exactly that text, in one line, also as a key and inside { } and
// [ ]: plain where that is safe, else in double quotes. Words that YAML itself takes for something else, such
// as true, null and no, are quoted.
func Quote(text string) string {
	if plainForm().MatchString(text) && len(text) <= 128 {
		switch strings.ToLower(text) {
		case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		default:
			return text
		}
	}
	return quoted(text)
}

// quoted is a text in double quotes.
func quoted(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text always encodes, and a Builder takes everything
	return strings.TrimSuffix(b.String(), "\n")
}

// key writes a key. Words such as on, which are keys of our own files, stand plain.
func (p Pair) key() string {
	if p.Raw != "" {
		return p.Raw
	}
	switch p.Key {
	case "on", "off", "yes", "no", "y", "n":
		return p.Key
	}
	return Quote(p.Key)
}

// An Item is a piece of YAML to be written: a scalar, a list or a mapping.
type Item struct {
	Text  string // of a scalar: as it is to stand there, quoted where that is needed
	List  []Item
	Pairs []Pair
	Kind  Kind // Scalar, Sequence or Mapping
	Layout
}

// Layout says whether a list or a mapping stands in one line. The zero Layout is: when it fits.
type Layout int

// The layouts that do not ask whether it fits.
const (
	Block Layout = iota + 1 // over several lines, unless there is nothing in it
	Flow                    // in one line, unless something in it is a Block
)

// In is the item in a layout.
func (it Item) In(l Layout) Item {
	it.Layout = l
	return it
}

// A Pair is one key of a mapping to be written.
type Pair struct {
	Key   string // quoted where that is needed, unless Raw says how it stands
	Raw   string
	Value Item
	Note  string // a comment above it; may be empty, and of several lines
}

// Text is a scalar that reads as exactly that text.
func Text(text string) Item { return Item{Kind: Scalar, Text: Quote(text)} }

// Quoted is Text that stands in quotes also where none are needed.
func Quoted(text string) Item { return Item{Kind: Scalar, Text: quoted(text)} }

// Plain is a scalar that needs no quotes: a number, a duration, true.
func Plain(text string) Item { return Item{Kind: Scalar, Text: text} }

// List is a list.
func List(items ...Item) Item { return Item{Kind: Sequence, List: items} }

// Pairs is a mapping.
func Pairs(pairs ...Pair) Item { return Item{Kind: Mapping, Pairs: pairs} }

// Texts is a list of texts.
func Texts(all []string) Item {
	items := make([]Item, len(all))
	for i, text := range all {
		items[i] = Text(text)
	}
	return List(items...)
}

// A Sparse collects the keys of a mapping and leaves out what has its zero value.
type Sparse []Pair

// Add adds a key whose value is made only when it is there.
func (s *Sparse) Add(key string, there bool, value func() Item) {
	if there {
		*s = append(*s, Pair{Key: key, Value: value()})
	}
}

// Text adds a text that is not empty.
func (s *Sparse) Text(key, value string) {
	s.Add(key, value != "", func() Item { return Text(value) })
}

// Number adds a number that is not 0.
func (s *Sparse) Number(key string, n int) {
	s.Add(key, n != 0, func() Item { return Plain(strconv.Itoa(n)) })
}

// Flag adds what is true.
func (s *Sparse) Flag(key string, is bool) {
	s.Add(key, is, func() Item { return Plain("true") })
}

// Duration adds a duration that is not 0.
func (s *Sparse) Duration(key string, d time.Duration) {
	s.Add(key, d != 0, func() Item { return Plain(DurationText(d)) })
}

// Filled adds a list or a mapping that is not empty.
func (s *Sparse) Filled(key string, it Item) {
	s.Add(key, len(it.List)+len(it.Pairs) > 0, func() Item { return it })
}

// Texts adds a list that is not empty.
func (s *Sparse) Texts(key string, all []string) {
	s.Add(key, len(all) > 0, func() Item { return Texts(all) })
}

// lineWidth is how long a line may become by writing lists and mappings in { } and [ ].
const lineWidth = 100

// Write writes YAML that Parse reads: what fits into a line stands in { } and [ ], unless its layout says otherwise or a
// comment belongs into it.
func Write(it Item) []byte {
	var b strings.Builder
	it.block(&b, 0)
	return []byte(b.String())
}

// block writes an item over several lines.
func (it Item) block(b *strings.Builder, indent int) {
	space := strings.Repeat(" ", indent)
	switch it.Kind {
	case Mapping:
		for _, p := range it.Pairs {
			if p.Note != "" {
				for line := range strings.Lines(p.Note) {
					b.WriteString(space + "# " + strings.TrimRight(line, "\n") + "\n")
				}
			}
			p.Value.after(b, space+p.key()+":", indent)
		}
	case Sequence:
		for _, one := range it.List {
			if flow, fits := one.flow(lineWidth - indent - 2); fits {
				b.WriteString(space + "- " + flow + "\n")
				continue
			}
			var inner strings.Builder
			one.block(&inner, indent+2)
			b.WriteString(space + "- " + strings.TrimPrefix(inner.String(), space+"  "))
		}
	default:
		b.WriteString(space + it.Text + "\n")
	}
}

// after writes a value behind its key, in the same line when it fits.
func (it Item) after(b *strings.Builder, key string, indent int) {
	if flow, fits := it.flow(lineWidth - len(key) - 1); fits {
		b.WriteString(key + " " + flow + "\n")
		return
	}
	b.WriteString(key + "\n")
	it.block(b, indent+2)
}

// flow is the item in one line; false when it is longer than room, must not stand in one, or has a comment in it.
func (it Item) flow(room int) (string, bool) {
	switch {
	case it.Layout == Flow:
		room = math.MaxInt
	case it.Layout == Block && len(it.List)+len(it.Pairs) > 0:
		return "", false
	}
	var parts []string
	open, shut := "[", "]"
	switch it.Kind {
	case Mapping:
		open, shut = "{", "}"
		for _, p := range it.Pairs {
			text, fits := p.Value.flow(room)
			if !fits || p.Note != "" {
				return "", false
			}
			parts = append(parts, p.key()+": "+text)
		}
	case Sequence:
		for _, one := range it.List {
			text, fits := one.flow(room)
			if !fits {
				return "", false
			}
			parts = append(parts, text)
		}
	default:
		return it.Text, true // a scalar cannot be broken
	}
	text := open + strings.Join(parts, ", ") + shut
	return text, utf8.RuneCountInString(text) <= room
}
