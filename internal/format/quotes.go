package format

import (
	"strings"

	"ofsplan/internal/source"
)

// requoted is a scalar of one line in the quotes that need the least in them: double ones, unless it holds double quotes
// itself. One that holds a backslash keeps its own, in which it means what it means.
func requoted(kind source.TokenKind, text string) string {
	if kind == source.TokenPlain {
		return text
	}
	inner := text[1 : len(text)-1]
	switch {
	case kind == source.TokenSingle && !strings.ContainsAny(inner, `"\\`):
		return `"` + strings.ReplaceAll(inner, "''", "'") + `"`
	case kind == source.TokenDouble && strings.Contains(inner, `\"`) && !strings.Contains(inner, "'"):
		if plain := strings.ReplaceAll(inner, `\"`, `"`); !strings.Contains(plain, `\`) {
			return "'" + plain + "'"
		}
	}
	return text
}
