// Package format lays a YAML file out as our own files are laid out, and changes nothing that it says.
//
// It moves what stands in the file and writes nothing anew: indentation of two blanks, lists one step inside what holds
// them, one blank behind a colon, a comma and a dash, none inside brackets, double quotes where they are as good, one empty line where there
// were several, one line feed at the end. Comments, empty lines, anchors, order, line breaks and the lines of block scalars stay.
// What comes out is read again and held against what went in; where they differ, or where a file does not read without
// a problem, there is no output.
//
// It knows YAML as internal/source reads it, and nothing of plans. Start with [File].
package format

import (
	"bytes"
	"strings"

	"ofsplan/internal/source"
)

// File is the file laid out. It is the data itself when nothing is to be changed. The error has places: the file cannot be
// read, or cannot be laid out without changing what it says.
func File(name string, data []byte) ([]byte, error) {
	before, errs := source.Tokenize(name, data)
	if len(errs) > 0 {
		return nil, errs
	}
	w := &writer{in: before, columns: newColumns(before.Columns)}
	text := w.write()
	if endsOpen(before) {
		text = strings.TrimSuffix(text, "\n")
	}
	if crlf(data) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	out := []byte(text)
	if bytes.Equal(out, data) {
		return data, nil
	}
	if err := same(name, before, out); err != nil {
		return nil, err
	}
	return out, nil
}

// crlf reports whether every line of a file ends as on Windows. Then it stays so; a mixture becomes line feeds.
func crlf(data []byte) bool {
	n := bytes.Count(data, []byte("\r\n"))
	return n > 0 && n == bytes.Count(data, []byte("\n"))
}

// endsOpen reports whether the file ends within the last line of a block scalar: a line feed there would be a part of the
// value.
func endsOpen(t *source.Tokens) bool {
	last := len(t.All) - 1
	return last >= 0 && t.All[last].Kind == source.TokenBlockBody && t.All[last].End == len(t.Text)
}

// newColumns are the columns in which lists and mappings stand afterwards: two blanks inside the one around.
func newColumns(old []source.Column) []int {
	columns := make([]int, len(old))
	for i, c := range old { // the one around comes first
		if c.Parent >= 0 {
			columns[i] = columns[c.Parent] + step
		}
	}
	return columns
}

// step is how far what stands inside something is indented.
const step = 2
