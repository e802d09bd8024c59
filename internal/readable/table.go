package readable

import (
	"strings"
	"unicode/utf8"
)

// A Table is rows of cells that stand under each other. Rows may differ in length.
type Table [][]string

// Layout says how a table is laid out. The zero value is columns two blanks apart, each as wide as its widest cell.
type Layout struct {
	Indent string // before every row

	// Gap is the number of blanks between two columns. Zero means two.
	Gap int

	// Cell is how wide a cell may make its column, in characters: one that is longer sticks out and keeps the others of
	// its column from being pushed away. Zero means as wide as it likes.
	Cell int

	// Width is how long a line may be without its indent, in characters: cells of the first column are cut in their
	// middle until it fits, to 8 characters at the least. Zero means as long as it likes.
	Width int

	// Screen is how long a line may be with its indent, in characters: of a row that is longer, the last cells stand on lines of their own
	// below it, broken between words. Zero means as long as it likes.
	Screen int

	// Paint adds what takes no room, such as colours, to the text of a cell. Nil means none.
	Paint func(row, col int, text string) string
}

// Write appends the table, each row as a line without blanks at its end.
func (t Table) Write(b *strings.Builder, l Layout) {
	gap := l.Gap
	if gap == 0 {
		gap = 2
	}
	width := t.widths(l, gap)
	for n, row := range t {
		b.WriteString(l.Indent)
		at := utf8.RuneCountInString(l.Indent)
		for i, cell := range row {
			if i == 0 && l.Width > 0 {
				cell = Shorten(cell, width[0])
			}
			if long := utf8.RuneCountInString(cell); l.Screen > 0 && i > 0 && at+long > l.Screen {
				if last := strings.Join(row[i+1:], "") == ""; last && l.Screen-at >= leastColumn {
					beside(b, cell, at, l.Screen)
				} else {
					below(b, row[i:], l)
				}
				break
			}
			text := cell
			if l.Paint != nil {
				text = l.Paint(n, i, cell)
			}
			b.WriteString(text)
			if strings.Join(row[i+1:], "") == "" {
				break
			}
			blanks := max(0, width[i]-utf8.RuneCountInString(cell)) + gap
			at += utf8.RuneCountInString(cell) + blanks
			b.WriteString(strings.Repeat(" ", blanks))
		}
		b.WriteByte('\n')
	}
}

// hang is how far what stands below a row is indented, and leastColumn how wide the last column has to be to have its text broken within it.
const (
	hang        = "      "
	leastColumn = 28
)

// beside writes the last cell of a row that does not fit into one line, broken within its column, which begins at that character.
func beside(b *strings.Builder, cell string, at, screen int) {
	for i, line := range broken(cell, screen-at) {
		if i > 0 {
			b.WriteString("\n" + strings.Repeat(" ", at))
		}
		b.WriteString(line)
	}
}

// below writes the cells of a row that do not fit beside the others on lines of their own, as many to a line as fit.
func below(b *strings.Builder, cells []string, l Layout) {
	kept := strings.TrimRight(b.String(), " ")
	b.Reset()
	b.WriteString(kept)
	width := max(l.Screen-len(l.Indent)-len(hang), 20)
	var lines []string
	for _, cell := range cells {
		if n := len(lines); n > 0 && cell != "" && utf8.RuneCountInString(lines[n-1])+2+utf8.RuneCountInString(cell) <= width {
			lines[n-1] += "  " + cell
			continue
		}
		lines = append(lines, broken(cell, width)...)
	}
	for _, line := range lines {
		b.WriteString("\n" + l.Indent + hang + line)
	}
}

// broken is a text in lines of at most that many characters, as far as its words are no longer.
func broken(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// widths are the widths of the columns, in characters.
func (t Table) widths(l Layout, gap int) []int {
	var width []int
	for _, row := range t {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			long := utf8.RuneCountInString(cell)
			if l.Cell > 0 {
				long = min(long, l.Cell)
			}
			width[i] = max(width[i], long)
		}
	}
	if l.Width > 0 && len(width) > 0 {
		rest := l.Width
		for _, w := range width[1:] {
			rest -= w + gap
		}
		width[0] = min(width[0], max(rest, 8))
	}
	return width
}

// Shorten cuts a text in its middle until it has at most that many characters: names that are alike differ at their
// ends.
func Shorten(text string, width int) string {
	r := []rune(text)
	if len(r) <= width {
		return text
	}
	half := (width - 1) / 2
	return string(r[:width-1-half]) + "…" + string(r[len(r)-half:])
}
