package format

import (
	"strings"
	"unicode/utf8"

	"ofsplan/internal/source"
)

// A writer writes the pieces of a file one after the other, each behind the one before or on a line of its own as it
// stood, with the blanks that belong there.
type writer struct {
	in      *source.Tokens
	columns []int   // the new column of each of in.Columns
	next    []int32 // for each piece, the first from it on that is no comment; -1: none
	cursor
	page
}

// A cursor is where a writer is.
type cursor struct {
	at     place   // of the piece at hand
	first  place   // of the first piece on the line at hand
	open   []place // of the brackets that are open: of each, and of the first piece of its line
	oldEnd int     // the old column behind the last piece
	before int     // the last piece that was no comment; -1: none
	header string  // of the last block scalar
}

// A page is what has been written.
type page struct {
	buffer []byte // the code of all lines, without line feeds
	lines  []line
}

// A line is one line of output.
type line struct {
	begin   int    // of its code, in the buffer; it ends where that of the next one begins
	width   int    // of the code, in characters
	comment string // behind the code
	old     int    // the column in which the comment stood, from 0
	gap     int    // the blanks before it, at least 1; 0: it goes on under one that stands behind code
	aligned bool   // it has a comment that stands under others
}

// A place is where a piece stood in its line, and where it stands now. Columns count from 0.
type place struct{ old, new int }

// write is the whole text.
func (w *writer) write() string {
	w.buffer = make([]byte, 0, len(w.in.Text)+len(w.in.Text)/8)
	w.next, w.before = make([]int32, len(w.in.All)+1), -1
	w.next[len(w.in.All)] = -1
	for i := len(w.in.All) - 1; i >= 0; i-- {
		if w.next[i] = int32(i); w.in.All[i].Kind == source.TokenComment {
			w.next[i] = w.next[i+1]
		}
	}
	for i := range w.in.All {
		w.token(i)
		if w.in.All[i].Kind != source.TokenComment {
			w.before = i
		}
	}
	return w.text()
}

// token writes one piece.
func (w *writer) token(i int) {
	t := &w.in.All[i]
	breaks := w.advance(i)
	switch {
	case i == 0 || breaks > 0 && !w.joins(i):
		w.newLine(i, breaks)
	case t.Kind != source.TokenComment:
		w.blanks(w.gap(i))
	}
	w.at.new = w.last().width
	switch t.Kind {
	case source.TokenComment:
		w.comment(i, breaks)
	case source.TokenBlockBody:
		w.body(t)
	case source.TokenPlain, source.TokenSingle, source.TokenDouble:
		w.scalar(t)
	case source.TokenBlockHeader:
		w.header = w.in.Of(t)
		w.put(w.header)
	default:
		w.put(w.in.Of(t))
	}
	switch t.Kind {
	case source.TokenOpen:
		w.open = append(w.open, w.at, w.first)
	case source.TokenClose:
		w.open = w.open[:len(w.open)-2]
	}
}

// advance finds where a piece stands, and how many line ends there are before it. The lines of a block scalar follow their
// header at once.
func (w *writer) advance(i int) (breaks int) {
	t, begin := &w.in.All[i], 0
	if i > 0 {
		begin = w.in.All[i-1].End
	}
	between := w.in.Text[begin:t.Begin]
	breaks = strings.Count(between, "\n")
	if breaks > 0 {
		between = between[strings.LastIndexByte(between, '\n')+1:]
		w.oldEnd = 0
	}
	w.at.old = w.oldEnd + len(between)
	if t.Kind == source.TokenBlockBody {
		breaks = 1
	}
	piece := w.in.Of(t)
	if end := strings.LastIndexByte(piece, '\n'); end >= 0 {
		w.oldEnd = utf8.RuneCountInString(piece[end+1:])
	} else {
		w.oldEnd = w.at.old + utf8.RuneCountInString(piece)
	}
	return breaks
}

// joins reports whether a piece that stands on a line of its own goes behind the dash before it.
func (w *writer) joins(i int) bool {
	return w.in.All[i-1].Kind == source.TokenDash && w.in.All[i].Kind != source.TokenComment && w.in.All[i].Column >= 0 &&
		w.follows(i)
}

// follows reports whether a piece is what the dash before it holds, and not the next dash of the same list.
func (w *writer) follows(i int) bool {
	dash, t := &w.in.All[i-1], &w.in.All[i]
	return t.Column == dash.Column && !t.Entry || t.Column != dash.Column && w.in.Columns[t.Column].Parent == dash.Column
}

// newLine begins a line for a piece, under an empty one where there was at least one.
func (w *writer) newLine(i, breaks int) {
	t := &w.in.All[i]
	if breaks > 1 && i > 0 && t.Kind != source.TokenBlockBody {
		w.begin()
	}
	w.begin()
	if t.Kind == source.TokenComment || t.Kind == source.TokenBlockBody {
		return
	}
	w.first = place{w.at.old, w.column(t)}
	w.blanks(w.first.new)
}

// column is where a piece stands that is the first of its line.
func (w *writer) column(t *source.Token) int {
	switch {
	case t.Kind == source.TokenMarker:
		return 0
	case len(w.open) > 0:
		least := w.inside(t)
		if t.Kind == source.TokenClose {
			least = max(0, least-step)
		}
		return w.moved(w.at.old, w.open[len(w.open)-2], w.open[len(w.open)-1], least)
	case t.Entry:
		return w.columns[t.Column]
	}
	return w.inside(t)
}

// inside is the column of what stands in the innermost block around a piece, and is no key and no dash of it.
func (w *writer) inside(t *source.Token) int {
	if t.Column < 0 {
		return 0
	}
	return w.columns[t.Column] + step
}

// moved is the new column of a line that goes on with something, which began at a place, on a line that began at first. What was
// written under it stays so, and everything else moves with the line.
func (w *writer) moved(old int, began, first place, least int) int {
	by := first
	if old >= began.old {
		by = began
	}
	return max(least, old+by.new-by.old)
}

// gap is how many blanks stand before a piece on the line of the one before it.
func (w *writer) gap(i int) int {
	t, before := &w.in.All[i], &w.in.All[i-1]
	switch {
	case before.Kind == source.TokenColon:
		return 1 // also where the value is nothing: {a:} has no such key
	case t.Kind == source.TokenComma, t.Kind == source.TokenClose, before.Kind == source.TokenOpen:
		return 0
	case t.Kind == source.TokenColon && before.Kind != source.TokenAlias && before.Kind != source.TokenAnchor && before.Kind != source.TokenQuestion:
		return 0
	}
	return 1
}

// scalar writes a single value: in its quotes, and over as many lines as it stood on.
func (w *writer) scalar(t *source.Token) {
	text := w.in.Of(t)
	head, rest, more := strings.Cut(text, "\n")
	if !more {
		w.put(requoted(t.Kind, text))
		return
	}
	w.put(trimmed(t.Kind, head))
	began, first, least := w.at, w.first, w.inside(t)
	for one := range strings.SplitSeq(rest, "\n") {
		w.begin()
		shown := strings.TrimLeft(one, " \t")
		if shown == "" {
			continue
		}
		old := len(one) - len(shown)
		w.first = place{old, w.moved(old, began, first, least)}
		w.blanks(w.first.new)
		w.put(trimmed(t.Kind, shown))
	}
}

// trimmed is a line of a value that goes on below, without blanks at its end. Behind a backslash one is a part of the value.
func trimmed(kind source.TokenKind, text string) string {
	cut := strings.TrimRight(text, " \t")
	if kind == source.TokenDouble && strings.HasSuffix(cut, `\`) {
		return text
	}
	return cut
}

// body writes the lines of a block scalar, byte for byte behind their indentation.
func (w *writer) body(t *source.Token) {
	indent := w.bodyIndent(t)
	for i, one := range strings.Split(w.in.Of(t), "\n") {
		if i > 0 {
			w.begin()
		}
		if len(one) > int(t.Indent) {
			w.blanks(indent)
			w.put(one[t.Indent:])
		}
	}
}

// bodyIndent is how far the lines of a block scalar are indented: as its header says, or else by one step.
func (w *writer) bodyIndent(t *source.Token) int {
	around, now := 0, 0
	if t.Column >= 0 {
		around, now = w.in.Columns[t.Column].Col, w.columns[t.Column]
	}
	if strings.ContainsAny(w.header, "123456789") {
		return now + int(t.Indent) - around
	}
	return now + step
}

// last is the line at hand.
func (w *page) last() *line { return &w.lines[len(w.lines)-1] }

// begin begins a line.
func (w *page) begin() { w.lines = append(w.lines, line{begin: len(w.buffer)}) }

// put writes text into the line at hand.
func (w *page) put(text string) {
	w.buffer = append(w.buffer, text...)
	w.last().width += utf8.RuneCountInString(text)
}

// blanks writes so many blanks into the line at hand.
func (w *page) blanks(n int) {
	for range n {
		w.buffer = append(w.buffer, ' ')
	}
	w.last().width += n
}

// text puts the lines together, each comment where it belongs.
func (w *page) text() string {
	var b strings.Builder
	b.Grow(len(w.buffer) + len(w.buffer)/4 + 1)
	for i := 0; i < len(w.lines); {
		end, column := w.group(i)
		for ; i < end; i++ {
			l, stop := &w.lines[i], len(w.buffer)
			if i+1 < len(w.lines) {
				stop = w.lines[i+1].begin
			}
			b.Write(w.buffer[l.begin:stop])
			if l.aligned {
				b.WriteString(strings.Repeat(" ", column-l.width))
			}
			b.WriteString(l.comment + "\n")
		}
	}
	return b.String()
}
