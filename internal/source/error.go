package source

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file. The zero Pos is no place at all.
type Pos struct {
	File string `json:"file"`             // as it was given to Parse
	Line int    `json:"line,omitempty"`   // from 1
	Col  int    `json:"column,omitempty"` // from 1, in characters
}

// String is file:line:col; the file alone when there is no line.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// compare orders places by file, line and column.
func (p Pos) compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// An Error is one problem at one place.
type Error struct {
	Pos  `json:"at"`
	ID   string `json:"id,omitempty"`   // of a warning, such as "W012"; empty for an error
	Msg  string `json:"message"`        // what is wrong: lower case, no full stop, names in quotes
	Hint string `json:"hint,omitempty"` // what to do about it; may be empty
	// FilesOnly is set by a check that was added after logs with plans in them had been kept: it refuses a file, and
	// not what a log has pinned, which was accepted when its run began. What fails the check must be read all the same.
	FilesOnly bool `json:"-"`
}

// Error is the problem as a person reads it: place and message, and the hint on a line of its own.
func (e *Error) Error() string {
	text := e.Pos.String() + ": "
	if e.ID != "" {
		text += e.ID + ": "
	}
	text += e.Msg
	if e.Hint != "" {
		text += "\n\t" + e.Hint
	}
	return text
}

// String is the same as Error: the place alone, which embedding would give, is never what is meant.
func (e *Error) String() string { return e.Error() }

// Errors are all problems of one reading.
type Errors []*Error

// Error lists the problems, one after the other.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// MostProblems is how many problems are told of one reading.
const MostProblems = 1000

// unlisted stands in Errors for each problem beyond [MostProblems], so that their number grows and their size does not.
var unlisted = &Error{Msg: "there are more problems"}

// Add appends one problem and returns it, so that a hint can be put to it. Of problems beyond [MostProblems] only their number is kept.
func (e *Errors) Add(pos Pos, format string, args ...any) *Error {
	if len(*e) >= MostProblems {
		*e = append(*e, unlisted)
		return &Error{}
	}
	one := &Error{Pos: pos, Msg: format}
	if len(args) > 0 {
		one.Msg = fmt.Sprintf(format, args...)
	}
	*e = append(*e, one)
	return one
}

// Pinned returns the problems that also hold for what a log has pinned: all but those that are [Error.FilesOnly].
func (e Errors) Pinned() Errors {
	held := slices.DeleteFunc(slices.Clone(e), func(one *Error) bool { return one.FilesOnly })
	if !slices.ContainsFunc(held, func(one *Error) bool { return one != unlisted }) {
		return nil
	}
	return held
}

// Sort returns the problems in file order, each of them once: what stands under an anchor is read as often as
// it is used, and would be reported as often. Of more than [MostProblems] the last says that others are not listed.
func (e Errors) Sort() Errors {
	sorted := slices.DeleteFunc(slices.Clone(e), func(one *Error) bool { return one == unlisted })
	more := len(sorted) < len(e)
	slices.SortStableFunc(sorted, func(a, b *Error) int { return a.Pos.compare(b.Pos) })
	seen := make(map[Error]bool)
	sorted = slices.DeleteFunc(sorted, func(one *Error) bool {
		again := seen[*one]
		seen[*one] = true
		return again
	})
	if (more || len(sorted) > MostProblems+1) && len(sorted) > 0 { // of those that were sorted before, the last says so already
		sorted = sorted[:min(len(sorted), MostProblems)]
		last := sorted[len(sorted)-1]
		sorted = append(sorted, &Error{Pos: last.Pos, ID: last.ID, FilesOnly: last.FilesOnly, Msg: fmt.Sprintf("there are more problems than %d, and no others are listed", MostProblems)})
	}
	return sorted
}

// Err is the problems in file order as an error, and nil when there are none.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e.Sort()
}

// Short cuts a text that is shown in a message: to its first line, and that to 60 characters.
func Short(text string) string {
	text, more, _ := strings.Cut(text, "\n")
	const most = 60
	if r := []rune(text); len(r) > most || more != "" {
		return string(r[:min(most, len(r))]) + "…"
	}
	return text
}
