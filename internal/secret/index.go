package secret

import (
	"bytes"
	"slices"
	"strings"
)

// index finds needles by their first two bytes. It is never changed, so readers need no lock.
type index struct {
	pairs   [1 << 16 / 64]uint64 // one bit for each pair of bytes that begins a needle
	singles [256]bool            // the first bytes of needles
	needles map[uint16][]needle  // the longest first
}

type needle struct {
	text string
	mark
}

func newIndex(known map[string]mark) *index {
	x := &index{needles: map[uint16][]needle{}}
	for text, m := range known {
		at := pair(text[0], text[1])
		x.pairs[at/64] |= 1 << (at % 64)
		x.singles[text[0]] = true
		x.needles[at] = append(x.needles[at], needle{text, m})
	}
	for _, list := range x.needles {
		slices.SortFunc(list, func(a, b needle) int { return len(b.text) - len(a.text) })
	}
	return x
}

func pair(a, b byte) uint16 { return uint16(a)<<8 | uint16(b) }

// begins reports whether a needle begins with that pair.
func (x *index) begins(p uint16) bool { return x.pairs[p/64]&(1<<(p%64)) != 0 }

// A pass is what is known of a text that is cleaned.
type pass struct {
	final bool // nothing follows it
	ours  bool // it is mostly our own words, so that ordinary needles are left in it
}

// clean replaces needles in text, leftmost and longest first. Unless text is final, it stops where a needle
// may begin whose end has not come, and returns what follows from there as rest. Before is what came before text.
func (x *index) clean(text, before []byte, p pass) (out, rest []byte) {
	if x == nil {
		return text, nil
	}
	done := 0 // text[:done] is in out, or was replaced
	for i := 0; i < len(text); {
		needle, cut := x.at(text, i, before, p)
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

// at is the longest needle at text[i:]. Cut is true when what follows text may still decide.
func (x *index) at(text []byte, i int, before []byte, p pass) (found string, cut bool) {
	rest, final := text[i:], p.final
	if len(rest) == 1 {
		return "", !final && x.singles[rest[0]]
	}
	opens := pair(rest[0], rest[1])
	if !x.begins(opens) {
		return "", false
	}
	for _, n := range x.needles[opens] {
		switch {
		case n.ordinary && p.ours:
		case len(n.text) > len(rest):
			if !final && strings.HasPrefix(n.text, string(rest)) {
				return "", true
			}
		case string(rest[:len(n.text)]) != n.text:
		case !n.wholeWord:
			return n.text, false
		case !startsWord(text[:i], before):
		case len(n.text) < len(rest):
			if !wordByte(rest[len(n.text)]) {
				return n.text, false
			}
		case final:
			return n.text, false
		default:
			return "", true
		}
	}
	return "", false
}

// holds reports whether a needle of a long secret is in text.
func (x *index) holds(text []byte) bool {
	if x == nil {
		return false
	}
	for i := range len(text) - 1 {
		if !x.begins(pair(text[i], text[i+1])) {
			continue
		}
		for _, n := range x.needles[pair(text[i], text[i+1])] {
			if n.long && bytes.HasPrefix(text[i:], []byte(n.text)) {
				return true
			}
		}
	}
	return false
}

// contextBytes is how many bytes before a name decide whether it stands alone: the longest escape.
const contextBytes = len(`\u0026`)

// lastBytes is the last contextBytes of text.
func lastBytes(text []byte) []byte { return text[max(0, len(text)-contextBytes):] }

// startsWord reports whether a word begins after text, which came after before: text ends with no letter, digit or underscore,
// or with one that is part of an escape.
func startsWord(text, before []byte) bool {
	if len(text) < contextBytes {
		text = append(bytes.Clone(before), text...)
	}
	n := len(text)
	switch {
	case n == 0 || !wordByte(text[n-1]):
		return true
	case n >= 2 && text[n-2] == '\\':
		return true
	case n >= 3 && text[n-3] == '%' && isHex(text[n-2:]):
		return true
	}
	return n >= 6 && string(text[n-6:n-4]) == `\u` && isHex(text[n-4:])
}

func isHex(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
}

func wordByte(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_'
}

// isWord reports whether text has no place where a word could end.
func isWord(text string) bool {
	for i := range len(text) {
		if !wordByte(text[i]) {
			return false
		}
	}
	return true
}
