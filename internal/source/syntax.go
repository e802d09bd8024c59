package source

import (
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// syntax turns the library's error into one with a true place and, where the usual reason shows, a hint.
//
// The library names a line for some errors only, and for some a wrong one. But it reads no further than it
// must: so the file is read once more, line by line, to see where it stopped.
func syntax(t *text, err error) *Error {
	e := &Error{Msg: "not valid YAML: " + cause(err)}
	stopped := stop(t)
	switch {
	case strings.Contains(e.Msg, "exceeded max depth"):
		e.Msg, e.Hint = "more levels of nesting than any file needs", "check the brackets and the indentation"
		e.Pos = t.pos(stopped)
		return e
	case strings.Contains(e.Msg, "unknown anchor"):
		e.Pos = t.pos(alias(t, stopped, e.Msg))
		e.Hint = "define it with &name before it is used, or quote a value that begins with *"
		return e
	case strings.Contains(e.Msg, "unexpected end of stream"):
		e.Pos = t.pos(openQuote(t, context(t)))
		e.Msg, e.Hint = "the quote that opens here is never closed", "close it"
		return e
	case strings.Contains(e.Msg, "<document start>"):
		e.Pos = t.pos(behindEnd(t, stopped))
		e.Msg, e.Hint = "something stands behind the end of the document", "a file holds one: remove the ... line"
		return e
	case strings.Contains(e.Msg, "',' or"):
		bracket(t, e, stopped)
		return e
	}
	offset := narrow(t, stopped, cause(err))
	e.Pos = t.pos(offset)
	if e.Hint = layoutHint(t, e.Line, e.Msg); e.Hint == "" {
		e.Hint = syntaxHint(t.line(e.Line), e.Msg)
	}
	if glued := gluedKey().FindStringIndex(t.line(e.Line - 1)); glued != nil && strings.Contains(e.Msg, "mapping values") {
		e.Pos = Pos{t.file, e.Line - 1, glued[1]}
		e.Hint = "a blank is missing behind the colon: a key is followed by \": \" and its value"
	}
	if page().MatchString(t.data) {
		e.Hint = "this is a web page: get the file itself, perhaps by signing in first"
	}
	return e
}

var (
	// gluedKey is a key and its value without the blank that makes them so; it ends with the colon.
	gluedKey = Pattern(`^ *(- +)*[A-Za-z_][A-Za-z0-9_]*:\b`)
	// page is the beginning of a web page.
	page = Pattern(`^\s*<(!DOCTYPE|!doctype|html|HTML)\b`)
)

var linePrefix = Pattern(`^(yaml: )?(line [0-9]+: )?`)

// cause is the library's message without its line.
func cause(err error) string { return linePrefix().ReplaceAllString(err.Error(), "") }

// A dripper hands the file out in small sips and knows how much was taken.
type dripper struct {
	data  string
	taken int
	sip   func(rest string) int // how many bytes the next sip has, of those left
}

func (d *dripper) Read(p []byte) (int, error) {
	rest := d.data[d.taken:]
	if rest == "" {
		return 0, io.EOF
	}
	n := copy(p, rest[:d.sip(rest)])
	d.taken += n
	return n, nil
}

// consumed is how many bytes the library takes of the file, in such sips, before it gives up.
func consumed(data string, sip func(rest string) int) int {
	d := &dripper{data: data, sip: sip}
	decoder := yaml.NewDecoder(d)
	for {
		if _, err := decode(decoder); err != nil {
			return d.taken
		}
	}
}

// stop is the byte the library was at when it gave up: first to the line, then within it.
func stop(t *text) int {
	line := func(rest string) int {
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			return i + 1
		}
		return len(rest)
	}
	end := consumed(t.data, line)
	begin := strings.LastIndexByte(t.data[:max(end-1, 0)], '\n') + 1
	at := consumed(t.data, func(rest string) int {
		if done := len(t.data) - len(rest); done < begin {
			return begin - done
		}
		return 1
	})
	return min(at, len(t.data))
}

// The bounds of looking for the culprit, which reads the file's beginning a dozen times.
const (
	longest = 2000    // bytes of a line
	largest = 1 << 20 // bytes of a file
)

// narrow finds the byte an error is about, given where the library stopped: it has looked a little ahead. The
// shortest beginning of the line that already fails the same way ends with the culprit.
func narrow(t *text, stopped int, message string) int {
	begin := strings.LastIndexByte(t.data[:stopped], '\n') + 1
	fails := func(end int) bool {
		_, err := decode(yaml.NewDecoder(strings.NewReader(t.data[:end])))
		return err != nil && cause(err) == message
	}
	if len(t.data) > largest {
		if strings.TrimSpace(t.data[begin:stopped]) == "" { // only peeked at
			return max(0, len(strings.TrimRight(t.data[:begin], " \r\n"))-1)
		}
		return max(begin, stopped-1)
	}
	// Up to here the library may only have peeked; then what is wrong stands on a line before.
	for tries := 0; tries < 20 && begin > 0 && fails(begin); tries++ {
		stopped = begin
		begin = strings.LastIndexByte(t.data[:begin-1], '\n') + 1
		if strings.TrimSpace(t.data[begin:stopped]) != "" && !fails(begin) {
			break
		}
	}
	stopped = lineEnd(t.data, max(begin, stopped-1))
	if stopped-begin > longest || fails(begin) {
		return max(begin, stopped-1)
	}
	low, high := begin, stopped // fails(low) is false, fails(high) is taken to be true
	for high-low > 1 {
		if middle := (low + high) / 2; fails(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	if word := strings.TrimLeft(t.data[begin:low], " "); low < len(t.data) && t.data[low] == ':' && !strings.Contains(word, ":") &&
		strings.HasPrefix(message, "did not find expected") {
		low -= len(word) // the key that stands in the wrong place, rather than its colon
	}
	return min(low, len(t.data))
}

// lineEnd is where the line of that byte ends, its line feed included.
func lineEnd(data string, at int) int {
	if i := strings.IndexByte(data[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(data)
}

// alias finds the alias that names an unknown anchor, looking back from where the library stopped.
func alias(t *text, stopped int, message string) int {
	name := regexp.MustCompile(`'(.*)'`).FindStringSubmatch(message)
	if name == nil {
		return stopped
	}
	if i := strings.LastIndex(t.data[:lineEnd(t.data, max(0, stopped-1))], "*"+name[1]); i >= 0 {
		return i
	}
	return stopped
}

var yamlLine = Pattern(`line ([0-9]+): `)

// context is the line on which the construct begins that the library could not finish reading. It names that
// line, counted from 0, unless it is the first: so an empty line is put before the file.
func context(t *text) int {
	_, err := decode(yaml.NewDecoder(strings.NewReader("\n" + strings.TrimPrefix(t.data, bom))))
	if err == nil {
		return 1
	}
	number := 0
	if m := yamlLine().FindStringSubmatch(err.Error()); m != nil {
		number, _ = strconv.Atoi(m[1])
	}
	if strings.Contains(err.Error(), "unexpected end of stream") {
		number-- // of this one it counts from 1
	}
	return min(max(number, 1), len(t.starts))
}

// openQuote finds the quote on that line that is not closed on it.
func openQuote(t *text, number int) int {
	line := t.line(number)
	for i := 0; i < len(line); i++ {
		if opensQuote(line, i) {
			end := closingQuote(line, i+1, line[i])
			if end < 0 {
				return t.starts[number-1] + i
			}
			i = end
		}
	}
	return t.starts[number-1]
}

// opensQuote reports whether a quoted value may begin at that byte.
func opensQuote(text string, i int) bool {
	return (text[i] == '"' || text[i] == '\'') && (i == 0 || strings.IndexByte(" \t\n[{,:-", text[i-1]) >= 0)
}

// behindEnd is the line after the ... that ended the document.
func behindEnd(t *text, stopped int) int {
	if i := strings.LastIndex(t.data[:stopped], "\n..."); i >= 0 {
		return min(lineEnd(t.data, i+1), len(t.data))
	}
	return stopped
}

// bracket places an error inside { } or [ ]. The shortest beginning that cannot be completed by closing what is
// open ends with the culprit; when there is none, a bracket is not closed.
func bracket(t *text, e *Error, stopped int) {
	number := context(t)
	begin := t.starts[number-1]
	stopped = max(stopped, begin)
	fails := func(end int) bool {
		closed := t.data[:end] + closers(t.data[begin:end])
		_, err := decode(yaml.NewDecoder(strings.NewReader(closed)))
		return err != nil
	}
	if len(t.data) > largest || stopped-begin > longest || !fails(stopped) {
		e.Msg, e.Hint = "a { or [ on this line is not closed", "close it, or quote the value that holds it"
		e.Pos = Pos{t.file, number, 1 + len(t.line(number)) - len(strings.TrimLeft(t.line(number), " "))}
		return
	}
	low, high := begin, stopped
	for high-low > 1 {
		if middle := (low + high) / 2; fails(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	e.Pos = t.pos(low)
	switch line := t.line(e.Line); {
	case e.Line != number:
		e.Hint = "perhaps a { or [ on line " + strconv.Itoa(number) + " is not closed"
	case strings.Contains(line, "${{"):
		e.Hint = `inside { } and [ ] quote an expression: "${{ … }}"`
	default:
		e.Hint = "quote a value that holds \": \", a comma, a ? or a bracket"
	}
}

// closers are the brackets that close what is open at the end of a text.
func closers(text string) string {
	var open []byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case opensQuote(text, i):
			end := closingQuote(text, i+1, c)
			if end < 0 {
				open = append(open, c)
				i = len(text)
				break
			}
			i = end
		case c == '{':
			open = append(open, '}')
		case c == '[':
			open = append(open, ']')
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	slices.Reverse(open)
	return string(open)
}

// closingQuote finds the quote that closes a text, from that byte on; -1 when there is none on the line.
func closingQuote(line string, from int, quote byte) int {
	for i := from; i < len(line); i++ {
		switch {
		case quote == '"' && line[i] == '\\':
			i++
		case line[i] == quote && quote == '\'' && i+1 < len(line) && line[i+1] == quote:
			i++
		case line[i] == quote:
			return i
		}
	}
	return -1
}

// special are characters a plain value cannot begin with.
const special = "!&*@`%|>?{}[],#"

// syntaxHint knows the usual reasons for a line that YAML cannot read.
func syntaxHint(line, message string) string {
	value := plainValue(line)
	switch {
	case strings.Contains(message, "tab") || strings.HasPrefix(strings.TrimLeft(line, " "), "\t"):
		return "indent with blanks, not with tabs"
	case strings.Contains(message, "escape") || strings.Contains(message, "hexdecimal"):
		return `in double quotes \ is special: write \\, or use single quotes`
	case strings.Contains(message, "could not find expected ':'"):
		return "a key is followed by \": \" and its value"
	case value == "":
		return indentHint(message)
	case strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "'"):
		if closingQuote(value, 1, value[0]) < len(strings.TrimRight(value, " "))-1 {
			return "something stands behind a closing quote: quote all of the value"
		}
	case !strings.HasPrefix(value, "{") && !strings.HasPrefix(value, "[") && strings.ContainsRune(special, rune(value[0])):
		return "quote the value: it begins with " + quote(value[:1])
	case strings.Contains(value, ": ") || strings.HasSuffix(value, ":"):
		if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
			return "quote a value that holds \": \", a comma, a ? or a bracket"
		}
		return "quote the value: it holds \": \""
	case strings.HasPrefix(value, "{") || strings.HasPrefix(value, "["):
		return "quote a value that holds \": \", a comma, a ? or a bracket"
	}
	return indentHint(message)
}

func indentHint(message string) string {
	if strings.Contains(message, "did not find expected") || strings.Contains(message, "not allowed in this context") {
		return "check the indentation: what belongs together begins in the same column"
	}
	return ""
}

var keyForm = Pattern(`^\s*(- +)*("[^"]*"|'[^']*'|[^\s:"'#][^:#]*):\s+(.*)$`)

// plainValue is what stands behind the first key of a line, or behind the dashes of a list.
func plainValue(line string) string {
	if m := keyForm().FindStringSubmatch(line); m != nil {
		return m[3]
	}
	rest := strings.TrimLeft(line, " ")
	if item, ok := strings.CutPrefix(rest, "- "); ok {
		return strings.TrimLeft(item, " ")
	}
	return ""
}
