package format

import (
	"math"
	"strings"

	"ofsplan/internal/source"
)

// comment writes a comment: behind what stands on its line, under the comment that it goes on with, or on a line of its
// own.
func (w *writer) comment(i, breaks int) {
	text := w.in.Of(&w.in.All[i])
	l := w.last()
	l.comment, l.old = text, w.at.old
	if i > 0 && breaks == 0 {
		l.gap, l.aligned = max(1, w.in.All[i].Begin-w.in.All[i-1].End), true // between them are blanks, one byte each
		return
	}
	if i > 0 && breaks == 1 && len(w.lines) > 1 && w.in.All[i-1].Kind == source.TokenComment {
		if above := &w.lines[len(w.lines)-2]; above.aligned && above.old == l.old {
			l.aligned = true
			return
		}
	}
	w.blanks(w.commentColumn(i))
}

// commentColumn is where a comment on a line of its own stands: in the column of what it stood in the column of, and where
// it stood in none, in the next one to its left. What comes after it counts more than what came before.
func (w *writer) commentColumn(i int) int {
	old, least := w.at.old, w.inside(&w.in.All[i])
	if len(w.open) > 0 {
		return w.moved(old, w.open[len(w.open)-2], w.open[len(w.open)-1], least)
	}
	best := left{of: old, old: -1}
	if w.before >= 0 {
		w.around(w.in.All[w.before].Column, &best)
	}
	if w.next[i] < 0 || w.in.All[w.next[i]].Kind == source.TokenMarker {
		return best.new
	}
	next := &w.in.All[w.next[i]]
	w.around(next.Column, &best)
	if next.Entry {
		best.see(w.in.Columns[next.Column].Col, w.columns[next.Column])
	} else {
		best.see(next.Begin-strings.LastIndexByte(w.in.Text[:next.Begin], '\n')-1, w.inside(next))
	}
	return best.new
}

// left is the column nearest to the left of another, where it was and where it is now.
type left struct{ of, old, new int }

// see takes a column into account. Of equal ones the last counts.
func (l *left) see(old, now int) {
	if old <= l.of && old >= l.old {
		l.old, l.new = old, now
	}
}

// around takes a column and all around it into account.
func (w *writer) around(column int32, best *left) {
	for ; column >= 0; column = w.in.Columns[column].Parent {
		best.see(w.in.Columns[column].Col, w.columns[column])
	}
}

// group finds the lines from i on whose comments stood under one another, and the column in which they stand now: as far
// behind the longest line as before. A line without such a comment is a group by itself.
func (w *page) group(i int) (end, column int) {
	if !w.lines[i].aligned {
		return i + 1, 0
	}
	gap := math.MaxInt
	for end = i; end < len(w.lines) && w.lines[end].aligned && w.lines[end].old == w.lines[i].old; end++ {
		l := &w.lines[end]
		column = max(column, l.width)
		if l.gap > 0 {
			gap = min(gap, l.gap)
		}
	}
	return end, column + gap
}
