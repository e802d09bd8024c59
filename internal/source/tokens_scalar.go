package source

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// scalar cuts a single value that begins here.
func (c *cutter) scalar(n *yaml.Node) {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		c.quoted(TokenDouble, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		c.quoted(TokenSingle, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		c.blockScalar()
	default:
		c.plain(n.Value)
	}
}

// quoted adds a scalar in quotes, over as many lines as it stands on.
func (c *cutter) quoted(kind TokenKind, quote byte) {
	if c.here() != quote {
		c.stuck = true
		return
	}
	if i := closingQuote(c.out.Text, c.at+1, quote); i >= 0 {
		c.add(kind, i+1)
		return
	}
	c.stuck = true
}

// plain adds a scalar without quotes. YAML folds its blanks; every other character is written once and in order.
func (c *cutter) plain(value string) {
	end := c.at
	for _, want := range value {
		if blank(want) {
			continue
		}
		r, width := utf8.DecodeRuneInString(c.out.Text[end:])
		for blank(r) {
			end += width
			r, width = utf8.DecodeRuneInString(c.out.Text[end:])
		}
		if r != want {
			c.stuck = true
			return
		}
		end += width
	}
	if end == c.at {
		c.stuck = true
		return
	}
	c.add(TokenPlain, end)
}

// blockScalar adds the header of a block scalar, the comment behind it, and its lines when it has any.
func (c *cutter) blockScalar() {
	end := c.at
	for end < len(c.out.Text) && strings.IndexByte("|>+-0123456789", c.out.Text[end]) >= 0 {
		end++
	}
	header := c.out.Text[c.at:end]
	if header == "" || c.here() != '|' && c.here() != '>' {
		c.stuck = true
		return
	}
	c.add(TokenBlockHeader, end)
	for c.here() == ' ' || c.here() == '\t' {
		c.at++
	}
	if c.here() == '#' {
		c.add(TokenComment, len(strings.TrimRight(c.out.Text[:c.lineEnd()], " \t")))
	}
	c.at = c.lineEnd()
	if c.at == len(c.out.Text) {
		return
	}
	c.at++
	least := 1 // blanks that a line of the value begins with
	if c.column >= 0 {
		least = c.out.Columns[c.column].Col + 1
	}
	indent := 0
	if i := strings.IndexAny(header, "123456789"); i >= 0 {
		indent = int(header[i] - '0')
		if c.column >= 0 {
			indent += c.out.Columns[c.column].Col
		}
	}
	if indent == 0 {
		indent = c.indentOfBody(least)
	}
	c.body(indent, strings.Contains(header, "+"))
}

// indentOfBody is how far the lines are indented that begin here: as far as the first that is not empty, and as the
// emptiest-looking above it.
func (c *cutter) indentOfBody(least int) int {
	indent := least
	for at := c.at; at < len(c.out.Text); {
		blanks := 0
		for at+blanks < len(c.out.Text) && c.out.Text[at+blanks] == ' ' {
			blanks++
		}
		indent = max(indent, blanks)
		if at += blanks; at < len(c.out.Text) && c.out.Text[at] != '\n' {
			return indent
		}
		at++
	}
	return indent
}

// body adds the lines of a block scalar. Empty ones behind them are a part of it only when they are kept.
func (c *cutter) body(indent int, keep bool) {
	text := c.out.Text
	end := -1
	at := c.at
	for at < len(text) {
		stop := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			stop = at + i
		}
		line := text[at:stop]
		blanks := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case blanks < len(line) && blanks < indent: // what comes next
			stop = -1
		case len(line) > indent || keep:
			end = stop
		}
		if stop < 0 {
			break
		}
		at = stop + 1
	}
	if end < 0 {
		return
	}
	begin := len(c.out.All)
	c.add(TokenBlockBody, end)
	c.out.All[begin].Indent = int32(indent)
}
