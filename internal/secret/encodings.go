package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// lineLength is the shortest line of a secret of several lines that is looked for by itself, in bytes without blanks at its ends.
const lineLength = 8

// parts are what is looked for of a secret: all of it, and when it has several lines, each of them, and all of it with the
// newlines made blanks or left out, as logs do. PEM's armour, the same in every key, is no secret.
func parts(text string) []string {
	all := []string{text}
	unified := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	pem := strings.Contains(text, armour)
	if pem { // a variable often holds a key in one line
		unified = strings.ReplaceAll(unified, `\n`, "\n")
	}
	unified = strings.Trim(unified, "\n")
	lines := strings.Split(unified, "\n")
	if len(lines) == 1 {
		return all
	}
	var kept []string
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if pem && strings.HasPrefix(line, armour) {
			continue
		}
		if kept = append(kept, line); len(line) >= lineLength {
			all = append(all, line)
		}
	}
	return append(all, unified, strings.Join(kept, "\n"), strings.Join(kept, " "), strings.Join(kept, ""), strings.ReplaceAll(unified, "\n", " "), strings.ReplaceAll(unified, "\n", ""))
}

// armour begins the first and the last line of PEM.
const armour = "-----"

// encodings are the ways in which text may come out somewhere, text itself among them. It is empty for text
// too short to look for. None of them is shorter than MinLength.
func encodings(text string) []string {
	if len(text) < MinLength {
		return nil
	}
	all := []string{text}
	if trimmed := strings.TrimSpace(text); trimmed != text {
		all = append(all, encodings(trimmed)...)
	}
	all = append(all, base64s(text)...)
	all = append(all, base64s(url.QueryEscape(text))...) // OAuth puts the form encoding under Basic authorization
	all = append(all, percents(text)...)
	for _, b := range base64s(text) {
		all = append(all, url.QueryEscape(b))
	}
	all = append(all, hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))))
	for _, escaped := range jsons(text) {
		all = append(all, escaped)
		all = append(all, jsons(escaped)...) // JSON inside a JSON string, as in dynamicParamList
	}
	all = append(all, inside(strconv.Quote(text)), inside(strconv.QuoteToASCII(text)))
	all = append(all, quotes(text)...)
	for _, wide := range utf16s(text) {
		all = append(all, wide, hex.EncodeToString([]byte(wide)), strings.ToUpper(hex.EncodeToString([]byte(wide))))
		all = append(all, base64s(wide)...)
	}
	for _, escaped := range htmls(text) {
		all = append(all, escaped)
		all = append(all, jsons(escaped)...)
	}

	seen := map[string]bool{}
	kept := all[:0]
	for _, s := range all {
		if len(s) >= MinLength && !seen[s] {
			seen[s] = true
			kept = append(kept, s)
		}
	}
	return kept
}

// quotes are the ways of tools that escape quotes and nothing else: with a backslash, by doubling them, and as a shell does.
func quotes(text string) []string {
	if !strings.ContainsAny(text, `"'`) {
		return nil
	}
	return []string{
		strings.ReplaceAll(text, `"`, `\"`), strings.ReplaceAll(text, `'`, `\'`), strings.NewReplacer(`"`, `\"`, `'`, `\'`).Replace(text),
		strings.ReplaceAll(text, `"`, `""`), strings.ReplaceAll(text, `'`, `''`), strings.ReplaceAll(text, `'`, `'\''`),
		strings.ReplaceAll(text, `'`, `'"'"'`),
	}
}

// utf16s are text in the encoding of Windows and Java, the low byte first and the high byte first. The third is the first behind
// another character, in which the second would be found too and leave its last byte.
func utf16s(text string) []string {
	units := utf16.Encode([]rune(text))
	little, big := make([]byte, 0, 2*len(units)), make([]byte, 0, 2*len(units))
	for _, u := range units {
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
	}
	return []string{string(little), string(big), "\x00" + string(little)}
}

// base64s are the whole encodings and, for text that stands inside something longer, the characters that text
// alone decides, for each of the three positions it can have in a group.
func base64s(text string) []string {
	var all []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		all = append(all, enc.EncodeToString([]byte(text)), enc.WithPadding(base64.NoPadding).EncodeToString([]byte(text)))
		for before, shared := range []int{0, 2, 3} {
			whole := enc.EncodeToString(append(make([]byte, before), text...))
			all = append(all, whole[shared:(before+len(text))*8/6])
		}
	}
	return all
}

// percents are the encodings of forms and paths, and the one that spares nothing.
func percents(text string) []string {
	query := url.QueryEscape(text)
	path := url.PathEscape(text)
	var every, others strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&every, "%%%02X", text[i])
		if c := text[i]; c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			others.WriteByte(c)
		} else {
			fmt.Fprintf(&others, "%%%02X", c)
		}
	}
	all := []string{query, strings.ReplaceAll(query, "+", "%20"), path, every.String(), others.String(), url.QueryEscape(query)}
	for _, s := range all {
		all = append(all, lowerPercents(s))
	}
	return all
}

// lowerPercents writes the digits after each % in lower case.
func lowerPercents(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], strings.ToLower(s[i:i+3]))
		}
	}
	return string(b)
}

// jsons are the insides of JSON strings that hold text: as Go writes them with and without its care for HTML,
// with and without escaped slashes, and with or without characters past ASCII.
func jsons(text string) []string {
	careful, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	var plain strings.Builder
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return nil
	}
	all := []string{inside(string(careful)), inside(strings.TrimSuffix(plain.String(), "\n"))}
	for _, s := range all {
		all = append(all, strings.ReplaceAll(s, "/", `\/`))
	}
	for _, s := range all {
		all = append(all, ascii(s, `\u%04x`), ascii(s, `\u%04X`))
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// ascii writes every character past ASCII as JSON's \uXXXX, its digits as format has them.
func ascii(s, format string) string {
	if !beyondASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&b, format+format, hi, lo)
		default:
			fmt.Fprintf(&b, format, r)
		}
	}
	return b.String()
}

// htmls are the ways of HTML: with the quotes by name or by number, and with or without characters past ASCII.
func htmls(text string) []string {
	ours := html.EscapeString(text)
	named := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(text)
	all := []string{ours, named}
	for _, quote := range []string{"&#39;", "&#039;", "&#x27;", "&apos;"} {
		all = append(all, strings.ReplaceAll(named, "'", quote))
	}
	for _, s := range all {
		all = append(all, numbered(s, "&#%d;"), numbered(s, "&#x%x;"), numbered(s, "&#x%X;"))
	}
	return all
}

// numbered writes every character past ASCII by its number.
func numbered(s, format string) string {
	if !beyondASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, format, r)
		}
	}
	return b.String()
}

func beyondASCII(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// inside is a quoted string without its quotes.
func inside(quoted string) string { return quoted[1 : len(quoted)-1] }
