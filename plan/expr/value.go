package expr

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"

	"ofsplan/internal/source"
)

// A Value is a scalar of the plan, with or without ${{ }} in it. It never changes.
type Value struct {
	text  string // as written
	pos   source.Pos
	parts []part // nil: the text stands for itself
	whole string // of one of a value's Parts: the text of that value, which messages cite
	// spread is set of one expression that stands for all of a list, and not for an item of one.
	spread bool
	bound  *Bound // nil: as it was written
}

// A part is a stretch of text or one expression.
type part struct {
	text   string      // of an expression, its source
	expr   *expression // nil: text
	sealed int         // its number, when it is sealed: see [Sealed]
}

// Literal is a value that stands for itself, whatever is written there.
func Literal(text string, pos source.Pos) *Value { return &Value{text: text, pos: pos} }

// Value compiles a single value. Its problems, if any, come in file order, and the value is nil then, unless all of them
// are [source.Error.FilesOnly].
func (s *Scope) Value(n *source.Node, at Place) (*Value, source.Errors) {
	if n.Kind != source.Scalar {
		var errs source.Errors
		errs.Add(n.Pos, "a single value is wanted here, not %s", n.Kind)
		return nil, errs
	}
	v := &Value{text: n.Value, pos: n.Pos}
	if !Has(n.Value) {
		return v, nil
	}
	pieces, errs := split(n)
	for _, p := range pieces {
		if !p.isExpr {
			v.parts = append(v.parts, part{text: p.text})
			continue
		}
		x, problems := s.compile(p.text, at, placedAt(n, p.offset))
		errs = append(errs, problems...)
		v.parts = append(v.parts, part{text: strings.TrimSpace(p.text), expr: x})
	}
	if errs = cutHint(n, errs); len(errs.Pinned()) > 0 {
		return nil, errs
	}
	for i := range v.parts {
		if x := v.parts[i].expr; x != nil && x.sealed {
			v.parts[i].sealed = s.seal(x, v.pos)
		}
	}
	return v, errs
}

// Literal returns the text when there is no expression in it.
func (v *Value) Literal() (string, bool) { return v.text, v.parts == nil }

// Pos is where it stands in the plan.
func (v *Value) Pos() source.Pos { return v.pos }

// String is the source text; of a part that is an expression, without ${{ }}.
func (v *Value) String() string { return v.text }

// cited is the text by which messages know v.
func (v *Value) cited() string { return cmp.Or(v.whole, v.text) }

// Kind is what the value is: of exactly one expression its type, text otherwise.
func (v *Value) Kind() Kind {
	if len(v.parts) == 1 && v.parts[0].expr != nil {
		return v.parts[0].expr.kind
	}
	return Text
}

// Spread is the value, which is one expression of kind [List], as all of a list.
func (v *Value) Spread() *Value {
	out := *v
	out.spread = true
	return &out
}

// Spreads reports whether the value stands for all of a list: see [Value.Spread].
func (v *Value) Spreads() bool { return v.spread }

// Parts are the texts and expressions that the value consists of, in order, each as a value of its own. A value without
// expressions has none.
func (v *Value) Parts() []*Value {
	all := make([]*Value, len(v.parts))
	for i, p := range v.parts {
		all[i] = &Value{text: p.text, pos: v.pos, whole: v.cited(), bound: v.bound}
		if p.expr != nil {
			all[i].parts = v.parts[i : i+1]
		}
	}
	return all
}

// Sealed is the number of the sealed expression that is all the value consists of, from 1; 0: it is anything else.
func (v *Value) Sealed() int {
	if len(v.parts) == 1 {
		return v.parts[0].sealed
	}
	return 0
}

// Sensitive reports whether a sensitive parameter goes into it.
func (v *Value) Sensitive() bool {
	return slices.ContainsFunc(v.parts, func(p part) bool { return p.sealed > 0 })
}

// Refs are the steps the value names.
func (v *Value) Refs() []Ref {
	var all []Ref
	for _, p := range v.parts {
		if p.expr != nil {
			all = append(all, v.bound.refs(p.expr.refs)...)
		}
	}
	return all
}

// Fixed reports whether the value is settled when the run starts: it reads no step and no batch run.
func (v *Value) Fixed() bool {
	return !slices.ContainsFunc(v.parts, func(p part) bool { return p.expr != nil && !p.expr.fixed() })
}

// Moves reports whether the value can differ from one run to the next, among what is settled when a run starts.
func (v *Value) Moves() bool {
	return slices.ContainsFunc(v.parts, func(p part) bool {
		return p.expr != nil && slices.ContainsFunc(p.expr.operands, func(o operand) bool { return o.root.moves })
	})
}

// opening begins an expression in a text.
const opening = "${{"

// Has reports whether there is an expression in the text.
func Has(text string) bool { return strings.Contains(text, opening) }

// A piece is a stretch of a template: text, or the source of an expression.
type piece struct {
	text   string
	offset int // of its first byte in the scalar's value
	isExpr bool
}

// split cuts a scalar into text and expressions. Where an expression ends is found by reading its tokens, so
// that }} in a quoted text ends nothing.
func split(n *source.Node) ([]piece, source.Errors) {
	var pieces []piece
	var errs source.Errors
	for at := 0; at < len(n.Value); {
		i := strings.Index(n.Value[at:], opening)
		if i < 0 {
			return append(pieces, piece{text: n.Value[at:], offset: at}), errs
		}
		if i > 0 {
			pieces = append(pieces, piece{text: n.Value[at : at+i], offset: at})
		}
		begin := at + i + len(opening)
		length, err := closing(n.Value[begin:])
		if err != nil {
			if lexError, ok := errors.AsType[*file.Error](err); ok {
				placed := func(offset int) source.Pos { return n.At(begin + offset) }
				return nil, append(errs, translate(lexError, n.Value[begin:], placed))
			}
			if in := comment(n.Value[begin:]); in >= 0 {
				e := noComments(n.At(begin + in))
				e.FilesOnly = false
				return nil, append(errs, e)
			}
			errs.Add(n.At(at+i), "${{ is not closed").Hint = "end the expression with }}"
			return nil, errs
		}
		pieces = append(pieces, piece{n.Value[begin : begin+length], begin, true})
		at = begin + length + len("}}")
	}
	return pieces, errs
}

var errUnclosed = errors.New("not closed")

// closing returns how many bytes stand before the }} that ends the expression at the beginning of text.
func closing(text string) (int, error) {
	l := lexer.New()
	l.Reset(file.NewSource(text))
	depth, characters, bytes := 0, 0, 0
	for {
		token, err := l.Next()
		switch {
		case errors.Is(err, io.EOF) || err == nil && token.Kind == lexer.EOF:
			return 0, errUnclosed
		case err != nil:
			return 0, err
		case token.Kind != lexer.Bracket:
			continue
		}
		bytes += byteOffset(text[bytes:], token.From-characters)
		characters = token.From
		switch {
		case token.Value == "{":
			depth++
		case token.Value == "}" && depth > 0:
			depth--
		case token.Value == "}" && strings.HasPrefix(text[bytes:], "}}"):
			return bytes, nil
		}
	}
}

// cutHint adds to the last of the problems of a value that YAML took the rest of the line for a comment, where it did, since
// most likely that is why the value makes no sense.
func cutHint(n *source.Node, errs source.Errors) source.Errors {
	if len(errs) > 0 && n.Cut() {
		last := errs[len(errs)-1]
		last.Hint = strings.TrimPrefix(last.Hint+"; ", "; ") +
			"YAML takes everything behind \" #\" for a comment: quote the whole value when it belongs to it"
	}
	return errs
}
