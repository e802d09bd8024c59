package source

import (
	"strings"
	"unicode/utf8"
)

// text is one file as characters: what nodes look back into to find a place within them.
type text struct {
	file   string
	data   string
	starts []int // byte offset of each line
}

// newText indexes the lines. Lines end with a line feed alone: everything else YAML takes for one is refused.
func newText(file, data string) *text {
	t := &text{file: file, data: data, starts: make([]int, 1, strings.Count(data, "\n")+1)}
	for at := 0; ; {
		i := strings.IndexByte(data[at:], '\n')
		if i < 0 {
			return t
		}
		at += i + 1
		t.starts = append(t.starts, at)
	}
}

// offset is the byte at which the place stands; the end of the text for a place beyond it.
func (t *text) offset(line, col int) int {
	if line < 1 || line > len(t.starts) {
		return len(t.data)
	}
	at := t.starts[line-1]
	if line == 1 && strings.HasPrefix(t.data, bom) {
		at += len(bom)
	}
	return skip(t.data, at, col-1)
}

// skip goes that many characters on from a byte.
func skip(data string, at, characters int) int {
	for ; characters > 0 && at < len(data); characters-- {
		if data[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, width := utf8.DecodeRuneInString(data[at:])
		at += width
	}
	return at
}

// pos is the place of a byte; of one inside a character, that character's.
func (t *text) pos(offset int) Pos {
	for offset > 0 && offset < len(t.data) && !utf8.RuneStart(t.data[offset]) {
		offset--
	}
	low, high := 0, len(t.starts)
	for high-low > 1 {
		if middle := (low + high) / 2; t.starts[middle] <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	before := strings.TrimPrefix(t.data[t.starts[low]:offset], bom)
	return Pos{t.file, low + 1, utf8.RuneCountInString(before) + 1}
}

// line is the text of one line, from 1, without its end.
func (t *text) line(number int) string {
	if number < 1 || number > len(t.starts) {
		return ""
	}
	line, _, _ := strings.Cut(t.data[t.starts[number-1]:], "\n")
	return strings.TrimSuffix(line, "\r")
}

// At is the place in the file of the character at that byte offset of a scalar's Value, whether it stands plain,
// in quotes, behind escapes or in a block. An offset at a blank, or at the end, is the place right behind the
// character before it.
//
// YAML folds and unfolds blanks, but every other character of a value is written once and in order: so
// they are counted.
func (n *Node) At(offset int) Pos {
	if n.Kind != Scalar || n.text == nil {
		return n.Pos
	}
	offset = min(max(offset, 0), len(n.Value))
	solid := 0
	for _, r := range n.Value[:offset] {
		if !blank(r) {
			solid++
		}
	}
	next, _ := utf8.DecodeRuneInString(n.Value[offset:])
	at := n.text.walk(n, solid, offset < len(n.Value) && !blank(next))
	return n.text.pos(at)
}

// Cut reports whether a comment follows a plain scalar on its last line: where YAML cut off what was perhaps
// meant to be part of the value.
func (n *Node) Cut() bool {
	if n.Kind != Scalar || n.Quoted || n.Block || n.text == nil {
		return false
	}
	rest := n.text.data[n.text.offset(n.At(len(n.Value)).Line, n.At(len(n.Value)).Col):]
	line, _, _ := strings.Cut(rest, "\n")
	trimmed := strings.TrimLeft(line, " \t")
	return len(trimmed) < len(line) && strings.HasPrefix(trimmed, "#")
}

// raw is the file from the node's first character to the end of that line.
func (n *Node) raw() string {
	if n.text == nil {
		return ""
	}
	line, _, _ := strings.Cut(n.text.data[n.text.offset(n.Pos.Line, n.Pos.Col):], "\n")
	return line
}

// walk goes past that many solid characters of the scalar n and returns the byte it stands on then: the next
// solid character when ahead, else right behind the last.
func (t *text) walk(n *Node, solid int, ahead bool) int {
	at := t.skipProperties(t.offset(n.Pos.Line, n.Pos.Col))
	quote := byte(0)
	switch {
	case at >= len(t.data):
		return len(t.data)
	case n.Block:
		end := strings.IndexByte(t.data[at:], '\n')
		if end < 0 {
			return len(t.data)
		}
		at += end + 1
	case n.Quoted:
		quote = t.data[at]
		at++
	}
	behind := at
	for at < len(t.data) {
		r, width := t.character(at, quote)
		if !blank(r) {
			if solid == 0 {
				break
			}
			solid--
			behind = at + width
		}
		at += width
	}
	if ahead {
		return min(at, len(t.data))
	}
	return behind
}

// character reads one character of a scalar and how many bytes it is written with.
func (t *text) character(at int, quote byte) (rune, int) {
	rest := t.data[at:]
	switch {
	case quote == '\'' && strings.HasPrefix(rest, "''"):
		return '\'', 2
	case quote == '"' && len(rest) > 1 && rest[0] == '\\':
		width := 2
		switch rest[1] {
		case 'x':
			width = 4
		case 'u':
			width = 6
		case 'U':
			width = 10
		}
		if strings.IndexByte("nrtvLPN \t\r\n", rest[1]) >= 0 {
			return ' ', width
		}
		return 'x', width // which one does not matter: it is no blank
	}
	return utf8.DecodeRuneInString(rest)
}

// skipProperties goes past the anchor and the tag before a scalar.
func (t *text) skipProperties(at int) int {
	for at < len(t.data) && (t.data[at] == '&' || t.data[at] == '!') {
		for at < len(t.data) && !blank(rune(t.data[at])) {
			at++
		}
		for at < len(t.data) && blank(rune(t.data[at])) {
			at++
		}
	}
	return at
}

// blank reports whether YAML may fold the character away, or an escape may stand for it.
func blank(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\v', 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}
