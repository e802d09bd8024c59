package source

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// A converter turns the library's nodes into ours.
type converter struct {
	text    *text
	errs    Errors
	done    map[*yaml.Node]*converted // what stands under an anchor; nil while it is being read
	written int                       // nodes read
	added   int                       // nodes that aliases and merge keys stand for
	last    mark                      // the node looked up last
	slab    []Node                    // nodes to come, allocated many at a time
	scratch Node                      // the key being read
}

// node returns a new node at that place.
func (c *converter) node(n *yaml.Node) *Node {
	const many = 128
	if len(c.slab) == 0 {
		c.slab = make([]Node, many)
	}
	out := &c.slab[0]
	c.slab = c.slab[1:]
	out.Pos, out.text = c.pos(n), c.text
	return out
}

// A mark is a place as line, column and byte. Nodes come in file order, so the next is found from the last:
// on a line of a megabyte, counting from its beginning each time would never end.
type mark struct{ line, col, offset int }

// offset is the byte a node begins at.
func (c *converter) offset(n *yaml.Node) int {
	if n.Line != c.last.line || n.Column < c.last.col {
		c.last = mark{n.Line, n.Column, c.text.offset(n.Line, n.Column)}
	} else {
		c.last.offset = skip(c.text.data, c.last.offset, n.Column-c.last.col)
		c.last.col = n.Column
	}
	return c.last.offset
}

// converted is a node with what it takes to walk it.
type converted struct {
	node   *Node
	size   int // nodes, with everything its aliases stand for; never past the budget by much
	height int // levels below and including it
}

// pos is where a node stands. The nothing behind a last "---" stands on a line that the file does not have.
func (c *converter) pos(n *yaml.Node) Pos {
	if n.Line > len(c.text.starts) {
		return c.text.pos(len(c.text.data))
	}
	return Pos{c.text.file, n.Line, n.Column}
}

// convert reads one node at that depth; flow says that it stands in { } or [ ].
func (c *converter) convert(n *yaml.Node, depth int, flow bool) converted {
	if n.Kind == yaml.AliasNode {
		return c.alias(n, depth)
	}
	c.written++
	if n.Anchor != "" {
		c.done[n] = nil
	}
	out := converted{node: c.node(n), size: 1, height: 1}
	out.node.Flow = flow || n.Style&yaml.FlowStyle != 0
	switch {
	case depth > maxNesting && n.Kind != yaml.ScalarNode:
		c.tooDeep(out.node.Pos)
	case n.Kind == yaml.ScalarNode:
		c.scalar(n, out.node)
	case n.Kind == yaml.SequenceNode:
		c.tag(n, out.node)
		out.node.Kind = Sequence
		out.node.Items = make([]*Node, 0, len(n.Content))
		for _, item := range n.Content {
			out.node.Items = append(out.node.Items, c.child(item, depth, &out))
		}
	case n.Kind == yaml.MappingNode:
		c.tag(n, out.node)
		out.node.Kind = Mapping
		c.mapping(n, depth, &out)
	}
	if n.Anchor != "" {
		c.done[n] = &out
	}
	return out
}

// child reads a node inside another and adds it to that one's measures.
func (c *converter) child(n *yaml.Node, depth int, parent *converted) *Node {
	in := c.convert(n, depth+1, parent.node.Flow)
	parent.size = min(parent.size+in.size, maxBytes*maxAddedRatio) // enough for any file, and far from overflow
	parent.height = max(parent.height, in.height+1)
	return in.node
}

func (c *converter) tooDeep(pos Pos) {
	c.errs.Add(pos, "more than %d levels of nesting", maxNesting).Hint = "nothing a file needs is so deep"
}

// alias stands for the node under its anchor.
func (c *converter) alias(n *yaml.Node, depth int) converted {
	target, known := c.done[n.Alias]
	empty := converted{node: c.node(n), size: 1, height: 1}
	switch {
	case !known, c.bomb(): // its anchor stands deeper than anything is read, or enough has been read
		return empty
	case target == nil:
		c.errs.Add(c.pos(n), "alias *%s stands inside its own anchor", n.Value)
		return empty
	case depth+target.height-1 > maxNesting && target.height > 1:
		c.tooDeep(c.pos(n))
		return empty
	}
	c.add(n, target.size)
	return *target
}

// bomb reports whether aliases have added more than they may.
func (c *converter) bomb() bool { return c.added > maxAdded+maxAddedRatio*c.written }

// add counts what an alias adds and reports a bomb once: afterwards no alias is followed.
func (c *converter) add(n *yaml.Node, size int) {
	c.added += size
	if c.bomb() {
		c.errs.Add(c.pos(n), "aliases make this file too large: *%s stands for %d values", n.Value, size).Hint =
			"write out what is meant, or use fewer aliases inside anchors"
	}
}

// scalar fills a node from a scalar.
func (c *converter) scalar(n *yaml.Node, out *Node) {
	out.Kind = Scalar
	out.Value = n.Value
	out.Quoted = n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	out.Block = n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if c.tag(n, out) {
		return
	}
	if !out.Quoted && !out.Block && isNull(n.Value) {
		out.Kind = Null
		return
	}
	if n.Style&yaml.DoubleQuotedStyle == 0 {
		return
	}
	for i, r := range n.Value {
		if unwanted(r) {
			unwantedAt(&c.errs, out.At(i), r)
			return // one is enough, and finding the place counts from the scalar's beginning
		}
	}
}

// isNull reports whether a plain scalar is YAML's nothing.
func isNull(text string) bool {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// tag reports a tag and puts its text back before the value, where most likely it was meant to be: in
// "if: !failed()" YAML takes the whole condition for a tag, and the value is empty.
func (c *converter) tag(n *yaml.Node, out *Node) bool {
	rest := c.text.data[c.offset(n):]
	for strings.HasPrefix(rest, "&") && strings.ContainsAny(rest, " \t\n") {
		rest = strings.TrimLeft(rest[strings.IndexAny(rest, " \t\n"):], " \t\n")
	}
	if !strings.HasPrefix(rest, "!") || n.Style&yaml.TaggedStyle == 0 && n.Kind != yaml.ScalarNode {
		return false
	}
	word := rest
	end := strings.IndexAny(rest, " \t\r\n,")
	if strings.HasPrefix(rest, "!<") {
		end = strings.Index(rest, ">") + 1 // a tag written out
	}
	if end > 0 {
		word = rest[:end]
	}
	e := c.errs.Add(out.Pos, "YAML takes %s for a tag, and tags are not allowed", quote(word))
	if strings.HasPrefix(word, "!!") || strings.HasPrefix(word, "!<") {
		e.Hint = "leave it out: a value is read as its key wants it"
		return false
	}
	e.Hint = "quote the value: " + `"` + strings.TrimRight(word, ",") + `"`
	if n.Kind == yaml.ScalarNode && !out.Quoted && !out.Block {
		e.Hint = "quote the value: " + `"` + strings.TrimSpace(word+" "+n.Value) + `"`
		out.Value = strings.TrimSpace(word + " " + n.Value)
	}
	return true
}

// mapping reads keys and values, each key once, and then what is merged.
func (c *converter) mapping(n *yaml.Node, depth int, out *converted) {
	var merges []Field
	fields := keyed{list: make([]Field, 0, len(n.Content)/2)}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		f := Field{KeyPos: c.pos(key)}
		var fine bool
		f.Key, fine = c.key(key)
		merge := fine && key.Tag == "!!merge"
		before := fields.find(f.Key)
		if merge {
			before = nil
			if len(merges) > 0 {
				before = &merges[0]
			}
		}
		if fine && before != nil {
			c.errs.Add(f.KeyPos, "duplicate key %s", quote(f.Key)).Hint =
				"it is first written at " + before.KeyPos.String() + "; keep one of them"
		}
		f.Value = c.child(n.Content[i+1], depth, out)
		switch {
		case !fine || before != nil:
		case merge:
			merges = append(merges, f)
		default:
			fields.add(f)
		}
	}
	for _, f := range merges {
		if c.bomb() {
			break // what is merged may be missing
		}
		c.merge(f.Value, &fields)
	}
	out.node.Fields = fields.list
}

// keyed are the fields of a mapping with a way to find one: by looking through them while they are few.
type keyed struct {
	list  []Field
	index map[string]int // nil while they are few
}

func (k *keyed) find(key string) *Field {
	if k.index != nil {
		if i, ok := k.index[key]; ok {
			return &k.list[i]
		}
		return nil
	}
	for i := range k.list {
		if k.list[i].Key == key {
			return &k.list[i]
		}
	}
	return nil
}

func (k *keyed) add(f Field) {
	const few = 16
	k.list = append(k.list, f)
	switch {
	case k.index != nil:
		k.index[f.Key] = len(k.list) - 1
	case len(k.list) > few:
		k.index = make(map[string]int, 2*len(k.list))
		for i := range k.list {
			k.index[k.list[i].Key] = i
		}
	}
}

// key is the text of a key.
func (c *converter) key(n *yaml.Node) (string, bool) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if n.Anchor != "" {
		under := c.node(n)
		under.Kind, under.Value = Scalar, n.Value
		c.done[n] = &converted{under, 1, 1}
	}
	if n.Kind != yaml.ScalarNode {
		c.errs.Add(c.pos(n), "a key must be plain text, not a list or a mapping").Hint = keyHint(c.text, n)
		return "", false
	}
	out := &c.scratch
	*out = Node{Pos: c.pos(n), text: c.text}
	c.scalar(n, out)
	if out.Kind == Null && n.Value == "" {
		c.errs.Add(c.pos(n), "a key is missing before \":\"")
		return "", false
	}
	return out.Value, true
}

// keyHint knows the usual reason for a key that is a mapping.
func keyHint(t *text, n *yaml.Node) string {
	if strings.Contains(t.line(n.Line), "{{") {
		return `an expression in a value is written "${{ … }}", in quotes; keys are always literal`
	}
	return ""
}

// merge adds the fields of a mapping, or of each mapping of a list, that are not there yet.
func (c *converter) merge(from *Node, fields *keyed) {
	sources := []*Node{from}
	if from.Kind == Sequence {
		sources = from.Items
	}
	for _, source := range sources {
		if source.Kind != Mapping {
			c.errs.Add(source.Pos, "only mappings can be merged with <<")
			continue
		}
		for _, f := range source.Fields {
			if fields.find(f.Key) == nil {
				fields.add(f)
			}
		}
	}
}
