package expr

import (
	"errors"
	"io"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"

	"ofsplan/internal/source"
)

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
				return nil, append(errs, translate(lexError, n.Value[begin:], placed, nil))
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
	if n.Cut() {
		last := errs[len(errs)-1]
		last.Hint = strings.TrimPrefix(last.Hint+"; ", "; ") +
			"YAML takes everything behind \" #\" for a comment: quote the whole value when it belongs to it"
	}
	return errs
}
