package ofs

import (
	"strings"
	"unicode"
)

// maxText is the longest piece of a server's text we repeat, in bytes.
const maxText = 500

// plain makes a server's text safe to print and to keep: one line of valid UTF-8 without control characters or
// characters that turn the direction of writing, and not too long.
func plain(s string) string {
	cut := len(s) > 4*maxText
	if cut {
		s = s[:4*maxText]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) {
			return '\uFFFD'
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxText {
		s, cut = strings.ToValidUTF8(s[:maxText], ""), true
	}
	if cut {
		s += "…"
	}
	return s
}

// say is plain for text that may repeat one of our secrets.
func (c *Client) say(s string) string {
	return plain(string(c.cfg.Filter.Clean([]byte(s))))
}
