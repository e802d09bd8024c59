package source

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// layoutHint knows the reasons for what YAML cannot read that show in the blanks of a line: one that is no blank, and an indentation
// that fits to no line above. It is empty when neither shows.
func layoutHint(t *text, number int, message string) string {
	for _, n := range []int{number, number - 1} {
		if n < 1 {
			continue
		}
		if column, name := strangeBlank(t.line(n)); column > 0 {
			place := fmt.Sprintf("in column %d", column)
			if n != number {
				place += fmt.Sprintf(" of line %d", n)
			}
			return fmt.Sprintf("%s stands %s, which YAML does not take for a blank: type one in its place", name, place)
		}
	}
	if !strings.Contains(message, "did not find expected") && !strings.Contains(message, "not allowed in this context") {
		return ""
	}
	return indentationHint(t, number)
}

// strangeBlanks are characters that look like a blank.
var strangeBlanks = map[rune]string{
	'\u00a0': "a no-break space", '\u2007': "a figure space", '\u202f': "a narrow no-break space", '\u3000': "an ideographic space",
	'\u2003': "an em space", '\u2002': "an en space", '\u2009': "a thin space",
}

// strangeBlank finds the first one on a line, by its column; 0: there is none.
func strangeBlank(line string) (column int, name string) {
	for _, r := range line {
		if column++; strangeBlanks[r] != "" {
			return column, strangeBlanks[r]
		}
	}
	return 0, ""
}

// strangeKey says which such character a key begins or ends with; empty: none.
func strangeKey(key string) string {
	for _, r := range key {
		if name := strangeBlanks[r]; name != "" && strings.TrimFunc(key, unicode.IsSpace) != key {
			return fmt.Sprintf("%s stands before or behind %s: type a blank in its place", name, quote(strings.TrimFunc(key, unicode.IsSpace)))
		}
	}
	return ""
}

// indentationHint says where a line begins, and where it could; empty when it begins where it may.
func indentationHint(t *text, number int) string {
	line := t.line(number)
	own := indentation(line)
	var columns []int
	lowest := len(line) + 1
	for n := number - 1; n >= 1 && lowest > 0; n-- {
		above := t.line(n)
		content := strings.TrimSpace(above)
		if content == "" || content[0] == '#' || indentation(above) >= lowest {
			continue
		}
		if len(columns) == 0 && own > indentation(above) && strings.HasSuffix(content, ":") {
			return "" // it begins a block, where it likes
		}
		lowest = indentation(above)
		for rest := above[lowest:]; strings.HasPrefix(rest, "- "); { // what stands behind a dash has a column of its own
			blanks := 1 + len(rest[1:]) - len(strings.TrimLeft(rest[1:], " "))
			rest = rest[blanks:]
			columns = append(columns, len(above)-len(rest))
		}
		columns = append(columns, lowest)
	}
	if strings.TrimSpace(line) == "" || len(columns) == 0 || slices.Contains(columns, own) {
		return ""
	}
	slices.Sort(columns)
	words := []string{}
	for _, c := range slices.Compact(columns) {
		words = append(words, fmt.Sprint(c+1))
	}
	where := words[len(words)-1]
	if len(words) > 1 {
		where = strings.Join(words[:len(words)-1], ", ") + " or " + where
	}
	return fmt.Sprintf("check the indentation: this line begins in column %d, and what stands above it in column %s", own+1, where)
}

// indentation is how many blanks a line begins with.
func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
