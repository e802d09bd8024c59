package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// errNoJSON refuses a payload that would make the journal unreadable.
var errNoJSON = errors.New("the payload is not one JSON value")

// unsafe reports characters that may not reach a terminal or a log line as they are: control characters,
// line and paragraph separators, and those that reorder or hide text.
func unsafe(r rune) bool {
	if r < utf8.RuneSelf {
		return r < 0x20 || r == 0x7f
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}

// plain reports whether every byte is printable ASCII.
func plain[T ~string | ~[]byte](s T) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// appendText appends s as a JSON string in which nothing unsafe stands bare. Invalid UTF-8 becomes U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	if plain(s) && strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\\') < 0 {
		b = append(b, s...)
		return append(b, '"')
	}
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case unsafe(r):
			b = appendEscape(b, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// appendPayload appends ,"name":raw. Bytes that JSON allows bare inside a string and a terminal would obey
// are escaped, so the value stays the same; invalid UTF-8 becomes U+FFFD; space between tokens goes when
// there is a line break in it.
func appendPayload(b []byte, name string, raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 {
		return b, nil
	}
	if !json.Valid(raw) {
		return nil, errNoJSON
	}
	raw = bytes.TrimSpace(raw)
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	if plain(raw) {
		return append(b, raw...), nil
	}
	if bytes.ContainsAny(raw, "\n\r\t") {
		var c bytes.Buffer
		if err := json.Compact(&c, raw); err != nil {
			return nil, errNoJSON
		}
		raw = c.Bytes()
	}
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		switch {
		case unsafe(r), r == utf8.RuneError && n == 1:
			b = appendEscape(b, r)
		default:
			b = append(b, raw[:n]...)
		}
		raw = raw[n:]
	}
	return b, nil
}

// appendEscape appends r as JSON escapes it, with a surrogate pair past the basic plane.
func appendEscape(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	unit := func(u rune) {
		b = append(b, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15])
	}
	if r > 0xffff {
		r -= 0x10000
		unit(0xd800 + r>>10)
		unit(0xdc00 + r&0x3ff)
		return b
	}
	unit(r)
	return b
}

// Printable is s as it may be shown to a person: valid UTF-8, one line, nothing a terminal would obey.
// Whatever came from a server or a file goes through it before it is printed.
func Printable(s string) string {
	if plain(s) {
		return s
	}
	var b []byte
	for _, r := range s {
		switch {
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, ' ')
		case unsafe(r):
			b = appendEscape(b, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// Quote makes a word safe for a shell to be typed as one.
func Quote(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:@%+,=", r)
	}
	s = Printable(s)
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
