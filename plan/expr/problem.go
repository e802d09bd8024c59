package expr

import (
	"errors"
	"strings"

	"github.com/expr-lang/expr/file"

	"ofsplan/internal/source"
)

// translate turns an error of the expression library into one in our words, with a hint where the
// reason is known.
func translate(err error, text string, placed placer) *source.Error {
	problem, ok := errors.AsType[*file.Error](err)
	if !ok {
		return &source.Error{Pos: placed(leading(text)), Msg: "the expression cannot be read: " + err.Error()}
	}
	from := byteOffset(text, problem.From)
	out := &source.Error{Pos: placed(from), Msg: problem.Message}
	switch number := numberForm().FindStringSubmatch(out.Msg); {
	case number != nil:
		numberProblem(out, text, number[1], from, placed)
	default:
		syntaxProblem(out)
	}
	return out
}

var (
	tokenForm   = source.Pattern(`^unexpected token (\w+)(?:\("(.*)"\))?$`)
	numberForm  = source.Pattern(`^bad number syntax: "(.*)"$`)
	timeUnit    = source.Pattern(`^[0-9]+(ms|[smhd])`)
	dayForm     = source.Pattern(`^[0-9]{4}-[0-9]{2}-[0-9]{2}`)
	literalForm = source.Pattern(`^[0-9A-Za-z_]+`)
)

// syntaxProblem rewords an error of the lexer or the parser.
func syntaxProblem(e *source.Error) {
	token := tokenForm().FindStringSubmatch(e.Msg)
	switch {
	case token != nil && token[1] == "EOF":
		e.Msg = "the expression ends too early"
	case token != nil:
		e.Msg = "unexpected \"" + token[2] + "\" in the expression"
		e.Hint = tokenHint(token[2])
	case e.Msg == "literal not terminated":
		e.Msg = "a text is not closed: its quote is missing"
	case strings.HasPrefix(e.Msg, "compilation failed: expression exceeds maximum"):
		e.Msg = "the expression is too large"
	case strings.HasPrefix(e.Msg, "invalid "):
		e.Msg, _, _ = strings.Cut(e.Msg, ":")
	default:
		e.Msg = "the expression cannot be read: " + e.Msg
	}
}

func tokenHint(token string) string {
	switch token {
	case "=":
		return "to compare, write =="
	case "#":
		return "there are no predicates and no comments in expressions"
	case "let", "if":
		return "an expression is one value: there is no " + token + "; a ? b : c chooses"
	case "&", "|":
		return "write " + token + token
	}
	return ""
}

// numberProblem rewords a number with letters behind it: from is its last character that was read.
func numberProblem(e *source.Error, text, number string, from int, placed placer) {
	e.Msg = "\"" + number + "\" is no number"
	begin := max(0, from+1-len(number))
	if !strings.HasPrefix(text[begin:], number) {
		return
	}
	e.Pos = placed(begin)
	literal := literalForm().FindString(text[begin:])
	e.Msg = "\"" + literal + "\" is no number"
	if timeUnit().MatchString(literal) {
		e.Hint = "write duration(\"" + literal + "\")"
	}
}
