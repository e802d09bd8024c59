package source

// Kind is what a node is.
type Kind int

// The kinds of node.
const (
	Null     Kind = iota // an empty value, ~ or null
	Scalar               // text
	Sequence             // a list
	Mapping              // keys and values
)

// String is the kind as messages call it.
func (k Kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

// A Node is one value of a file. Nodes are never changed after Parse; one that stands under an anchor is shared
// by all its uses and keeps the place where it was written.
type Node struct {
	Kind   Kind
	Pos    Pos     // of its first character; of a block mapping, its first key
	Value  string  // of a Scalar: its text, exactly
	Quoted bool    // in single or double quotes
	Block  bool    // a literal or folded block scalar: | or >
	Flow   bool    // a mapping or list in { } or [ ], or a scalar directly inside one
	Items  []*Node // of a Sequence
	Fields []Field // of a Mapping, in file order; merged ones last, each key once

	text *text // the file, for At
}

// A Field is one key of a mapping with its value.
type Field struct {
	Key    string
	KeyPos Pos
	Value  *Node
}

// Get returns the value of a key; nil when n is no mapping or has no such key. A nil n has none.
func (n *Node) Get(key string) *Node {
	if f := n.Field(key); f != nil {
		return f.Value
	}
	return nil
}

// Field returns the field with that key, or nil.
func (n *Node) Field(key string) *Field {
	if n == nil {
		return nil
	}
	for i := range n.Fields {
		if n.Fields[i].Key == key {
			return &n.Fields[i]
		}
	}
	return nil
}

// Is reports whether n is there and of that kind.
func (n *Node) Is(kind Kind) bool { return n != nil && n.Kind == kind }

// describe is the node as messages name it.
func (n *Node) describe() string {
	if n.Kind == Scalar {
		return quote(n.Value)
	}
	return n.Kind.String()
}
