package source

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// The bounds of a file.
const (
	maxBytes   = 16 << 20 // of the file
	maxNesting = 64       // mappings and lists inside one another, anchors followed
	// What anchors may add: so many nodes, and so many for each that is written out.
	maxAdded      = 100_000
	maxAddedRatio = 10
	// maxCharacters is how many unwanted characters are reported one by one: a binary file is full of them.
	maxCharacters = 20
)

// bom may open a file; editors put it there and do not show it.
const bom = "\uFEFF"

// Parse reads one YAML document. It returns its root, and every problem in file order; the root is nil when
// nothing useful could be read. Aliases and merge keys are followed, so the tree a caller walks holds none.
// The time it takes is linear in the size of the file.
func Parse(file string, data []byte) (*Node, Errors) {
	root, _, errs := parse(file, data)
	return root, errs
}

// parse is Parse with the library's own tree, which has anchors and aliases in it; nil when there is none.
func parse(file string, data []byte) (*Node, *yaml.Node, Errors) {
	var errs Errors
	start := Pos{file, 1, 1}
	if len(data) > maxBytes {
		errs.Add(start, "the file is larger than 16 MiB").Hint = "split it, or check that it is the right file"
		return nil, nil, errs
	}
	clean, ok := characters(file, data, &errs)
	if !ok {
		return nil, nil, errs
	}
	t := newText(file, clean)
	decoder := yaml.NewDecoder(strings.NewReader(clean))
	doc, err := decode(decoder)
	switch {
	case errors.Is(err, io.EOF):
		errs.Add(start, "the file is empty")
		return nil, nil, errs
	case err != nil:
		errs = append(errs, syntax(t, err))
		return nil, nil, errs.Sort()
	}
	if second, err := decode(decoder); err == nil {
		errs.Add(Pos{file, second.Line, second.Column}, "a second document begins here").Hint =
			"a file holds one: remove the --- line, or split the file"
	} else if !errors.Is(err, io.EOF) {
		errs = append(errs, syntax(t, err))
	}
	c := converter{text: t, errs: errs, done: make(map[*yaml.Node]*converted)}
	root := c.convert(doc.Content[0], 1, false)
	if c.bomb() {
		return nil, nil, c.errs.Sort()
	}
	return root.node, doc.Content[0], c.errs.Sort()
}

// decode reads one document as nodes. The library reports problems as errors; were it ever to panic, that is
// an error of this file too, and not the end of a night.
func decode(d *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("yaml: the file cannot be read")
		}
	}()
	doc = new(yaml.Node)
	if err := d.Decode(doc); err != nil {
		return nil, err
	}
	return doc, nil
}

// characters reports what is no UTF-8 and what nobody can see, and returns the text with a blank in place of
// each such character, so that the rest can still be read. It returns false when the rest means nothing.
func characters(file string, data []byte, errs *Errors) (string, bool) {
	if !utf8.Valid(data) {
		line, col := 1, 1
		rest := bytes.TrimPrefix(data, []byte(bom))
		for len(rest) > 0 {
			r, width := utf8.DecodeRune(rest)
			if r == utf8.RuneError && width == 1 {
				break
			}
			if col++; r == '\n' {
				line, col = line+1, 1
			}
			rest = rest[width:]
		}
		errs.Add(Pos{file, line, col}, "the file is not UTF-8 from here on").Hint = "save it as UTF-8"
		return "", false
	}
	whole := string(data)
	if !strings.ContainsFunc(strings.TrimPrefix(whole, bom), suspicious) {
		return whole, true
	}
	var clean strings.Builder
	clean.Grow(len(whole))
	if strings.HasPrefix(whole, bom) {
		clean.WriteString(bom)
	}
	line, col, found := 1, 1, 0
	body := strings.TrimPrefix(whole, bom)
	for i, r := range body {
		if unwanted(r) || r == '\r' && !strings.HasPrefix(body[i+1:], "\n") {
			if found++; found <= maxCharacters {
				unwantedAt(errs, Pos{file, line, col}, r)
			}
			r = ' '
		}
		clean.WriteRune(r)
		if col++; r == '\n' {
			line, col = line+1, 1
		}
	}
	return clean.String(), true
}

// CheckText holds a text that comes from elsewhere, such as a command line, to what the text of a file is held to: UTF-8,
// without characters that cannot be seen or that change the direction of what stands around them. Line ends and tabs are
// text.
func CheckText(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("it is not UTF-8")
	}
	for i, r := range text {
		lone := r == '\r' && !strings.HasPrefix(text[i+1:], "\n")
		if !lone && !unwanted(r) {
			continue
		}
		var errs Errors
		unwantedAt(&errs, Pos{}, r)
		return errors.New(errs[0].Msg)
	}
	return nil
}

func unwantedAt(errs *Errors, pos Pos, r rune) {
	e := errs.Add(pos, "character %U is not allowed: it cannot be seen", r)
	switch {
	case r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
		e.Msg = "character " + strings.TrimPrefix(e.Msg[:strings.Index(e.Msg, " is")], "character ") +
			" is not allowed: it changes the direction of the text around it"
		e.Hint = "remove it: what is shown would not be what is run"
	case r == '\r':
		e.Msg, e.Hint = "a carriage return without a line feed is not allowed", "end lines with a line feed"
	default:
		e.Hint = "remove it"
	}
}

// suspicious is true for every unwanted character and for the carriage return, which needs a look.
func suspicious(r rune) bool { return r == '\r' || unwanted(r) }

// unwanted reports whether a character cannot be seen, hides what is written, or ends a line for YAML and
// for no editor.
func unwanted(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\n' && r != '\t' && r != '\r'
	case r < 0x7F:
		return false
	case r <= 0x9F:
		return true
	}
	switch {
	case r >= 0x2028 && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF, r == 0xFFFE, r == 0xFFFF:
		return true
	}
	return false
}
