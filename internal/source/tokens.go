package source

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A TokenKind is what a piece of a file is.
type TokenKind int

// The kinds of pieces.
const (
	TokenComment     TokenKind = iota // from its # to the end of its line
	TokenMarker                       // ---, ... or a line that begins with %
	TokenDash                         // of an item of a list
	TokenQuestion                     // of a key that is written out with ?
	TokenColon                        // between a key and its value
	TokenComma                        // inside { } and [ ]
	TokenOpen                         // { or [
	TokenClose                        // } or ]
	TokenAnchor                       // &name
	TokenAlias                        // *name
	TokenPlain                        // a scalar without quotes, of one line or several
	TokenSingle                       // in single quotes
	TokenDouble                       // in double quotes
	TokenBlockHeader                  // | or > and what belongs to it
	TokenBlockBody                    // the lines of a block scalar, without the last line feed
)

// A Token is one piece of a file, as it is written.
type Token struct {
	Kind       TokenKind
	Entry      bool  // it begins an item or a key, and so stands in that column
	Begin, End int   // bytes of the text
	Column     int32 // the innermost column that it stands in or behind; -1: none
	Flow       int32 // how many brackets stand around it; of a bracket, around the pair
	Indent     int32 // of a BlockBody: the blanks that each of its lines begins with and that are no part of the value
}

// A Column is a list or a mapping over several lines: its items, or keys, begin in one column.
type Column struct {
	Parent int32 // the one around it; -1: none
	Col    int   // from 0, in characters
}

// Tokens are a file cut into the pieces it is written with. All that stands between them is blanks and line ends.
type Tokens struct {
	Root    *Node
	Text    string // the file without byte order mark, its lines ended by line feeds alone
	All     []Token
	Columns []Column
}

// Of is the text of a piece.
func (t *Tokens) Of(piece *Token) string { return t.Text[piece.Begin:piece.End] }

// Pos is the place of the piece at that index.
func (t *Tokens) Pos(file string, i int) Pos { return newText(file, t.Text).pos(t.All[i].Begin) }

// Tokenize reads a file as [Parse] does, and cuts it into its pieces. They are nil when there is any problem: also
// where the pieces of a file that is fine cannot be told apart, which is a problem with the place.
func Tokenize(file string, data []byte) (*Tokens, Errors) {
	root, doc, errs := parse(file, data)
	if len(errs) > 0 {
		return nil, errs
	}
	whole := strings.ReplaceAll(strings.TrimPrefix(string(data), bom), "\r\n", "\n")
	c := cutter{out: Tokens{Root: root, Text: whole}, column: -1, outside: true}
	c.out.All = make([]Token, 0, len(whole)/5+8)
	c.value(doc)
	c.outside = true
	c.trivia()
	if c.stuck || c.at < len(whole) {
		t := newText(file, whole)
		errs.Add(t.pos(min(c.at, len(whole))), "the layout cannot be followed from here on").Hint = "write this more plainly"
		return nil, errs
	}
	return &c.out, nil
}

// A cutter goes through a file with the tree that was read from it, so that it knows what comes next. What stands in
// its way is where it is stuck.
type cutter struct {
	out     Tokens
	at      int // the byte it stands at
	column  int32
	flow    int32
	outside bool // before or behind the root, where markers stand
	entry   bool // the next piece begins an item or a key
	stuck   bool
}

// add adds the piece from here to that byte, and goes there.
func (c *cutter) add(kind TokenKind, end int) {
	t := Token{Kind: kind, Begin: c.at, End: end, Column: c.column, Flow: c.flow}
	if kind != TokenComment && kind != TokenMarker {
		t.Entry, c.entry = c.entry, false
		c.outside = false
	}
	c.out.All = append(c.out.All, t)
	c.at = end
}

// here is the byte at hand; 0 at the end.
func (c *cutter) here() byte {
	if c.at < len(c.out.Text) {
		return c.out.Text[c.at]
	}
	return 0
}

// lineEnd is where the line at hand ends, without its line feed.
func (c *cutter) lineEnd() int {
	if i := strings.IndexByte(c.out.Text[c.at:], '\n'); i >= 0 {
		return c.at + i
	}
	return len(c.out.Text)
}

// trivia goes past blanks, line ends, comments and markers.
func (c *cutter) trivia() {
	for c.at < len(c.out.Text) {
		switch b := c.here(); {
		case b == ' ' || b == '\t' || b == '\n':
			c.at++
		case b == '#':
			c.add(TokenComment, len(strings.TrimRight(c.out.Text[:c.lineEnd()], " \t")))
		case c.outside && c.marker():
			c.add(TokenMarker, len(strings.TrimRight(c.out.Text[:c.markerEnd()], " \t")))
		default:
			return
		}
	}
}

// marker reports whether --- or ... or a directive stands here.
func (c *cutter) marker() bool {
	text := c.out.Text
	if c.at > 0 && text[c.at-1] != '\n' {
		return false
	}
	if text[c.at] == '%' {
		return true
	}
	rest := text[c.at:c.lineEnd()]
	return (strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "...")) && (len(rest) == 3 || rest[3] == ' ' || rest[3] == '\t')
}

// markerEnd is where the marker at hand ends; a directive is a line.
func (c *cutter) markerEnd() int {
	if c.here() == '%' {
		return c.lineEnd()
	}
	return c.at + 3
}

// expect adds a piece of one byte, which must stand here.
func (c *cutter) expect(kind TokenKind, bytes string) bool {
	c.trivia()
	if c.stuck || c.here() == 0 || strings.IndexByte(bytes, c.here()) < 0 {
		c.stuck = true
		return false
	}
	c.add(kind, c.at+1)
	return true
}

// nothing reports whether a node is a value that is not written at all.
func nothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0
}

// value cuts one node.
func (c *cutter) value(n *yaml.Node) {
	if c.stuck {
		return
	}
	if n.Kind == yaml.AliasNode {
		c.trivia()
		c.word(TokenAlias, '*', n.Value)
		return
	}
	if n.Anchor != "" {
		c.trivia()
		c.word(TokenAnchor, '&', n.Anchor)
	}
	if nothing(n) {
		return
	}
	c.trivia()
	switch {
	case n.Kind == yaml.ScalarNode:
		c.scalar(n)
	case n.Style&yaml.FlowStyle != 0 && n.Kind == yaml.SequenceNode:
		c.flowList(n)
	case n.Style&yaml.FlowStyle != 0:
		c.flowMapping(n)
	case n.Kind == yaml.SequenceNode:
		c.within(func() {
			for _, item := range n.Content {
				c.entry = true
				c.expect(TokenDash, "-")
				c.value(item)
			}
		})
	default:
		c.within(func() {
			for i := 0; i+1 < len(n.Content); i += 2 {
				c.pair(n.Content[i], n.Content[i+1])
			}
		})
	}
}

// within cuts what stands in a block of its own, which begins here.
func (c *cutter) within(cut func()) {
	around := c.column
	line := strings.LastIndexByte(c.out.Text[:c.at], '\n') + 1
	c.out.Columns = append(c.out.Columns, Column{Parent: around, Col: utf8.RuneCountInString(c.out.Text[line:c.at])})
	c.column = int32(len(c.out.Columns) - 1)
	cut()
	c.column = around
}

// pair cuts a key and its value of a block mapping.
func (c *cutter) pair(key, value *yaml.Node) {
	c.trivia()
	c.entry = true
	written := c.here() == '?' && c.blankAfter()
	if written {
		c.add(TokenQuestion, c.at+1)
	}
	c.value(key)
	if written {
		if c.trivia(); c.here() != ':' && nothing(value) {
			return
		}
		c.entry = true
	}
	c.expect(TokenColon, ":")
	c.value(value)
}

func (c *cutter) blankAfter() bool {
	rest := c.out.Text[c.at+1:]
	return rest == "" || strings.IndexByte(" \t\n", rest[0]) >= 0
}

// word adds an anchor or an alias.
func (c *cutter) word(kind TokenKind, sign byte, name string) {
	if c.here() != sign || !strings.HasPrefix(c.out.Text[c.at+1:], name) {
		c.stuck = true
		return
	}
	c.add(kind, c.at+1+len(name))
}

func (c *cutter) flowList(n *yaml.Node) {
	if !c.expect(TokenOpen, "[") {
		return
	}
	c.flow++
	for i, item := range n.Content {
		if i > 0 {
			c.expect(TokenComma, ",")
		}
		if c.trivia(); item.Kind == yaml.MappingNode && item.Style&yaml.FlowStyle != 0 && item.Anchor == "" && c.here() != '{' && len(item.Content) == 2 {
			c.flowPair(item.Content[0], item.Content[1]) // [key: value]
			continue
		}
		c.value(item)
	}
	c.shut("]")
}

func (c *cutter) flowMapping(n *yaml.Node) {
	if !c.expect(TokenOpen, "{") {
		return
	}
	c.flow++
	for i := 0; i+1 < len(n.Content); i += 2 {
		if i > 0 {
			c.expect(TokenComma, ",")
		}
		c.flowPair(n.Content[i], n.Content[i+1])
	}
	c.shut("}")
}

// flowPair cuts a key and its value inside brackets, where the value may be left out with its colon.
func (c *cutter) flowPair(key, value *yaml.Node) {
	c.trivia()
	if c.here() == '?' && c.blankAfter() {
		c.add(TokenQuestion, c.at+1)
	}
	c.value(key)
	if c.trivia(); c.here() != ':' && nothing(value) && value.Anchor == "" {
		return
	}
	c.expect(TokenColon, ":")
	c.value(value)
}

// shut ends a list or a mapping in brackets, behind whose last item a comma may stand.
func (c *cutter) shut(bracket string) {
	if c.trivia(); c.here() == ',' {
		c.add(TokenComma, c.at+1)
	}
	c.flow--
	if c.trivia(); !c.stuck && c.here() == bracket[0] {
		c.add(TokenClose, c.at+1)
		return
	}
	c.stuck = true
}
