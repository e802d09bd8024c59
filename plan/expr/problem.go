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

// noExpression refuses the braces of other tools, which would be a mapping of mappings here.
func noExpression(text string, placed placer) *source.Error {
	at := leading(text)
	if !strings.HasPrefix(text[at:], "{{") {
		return nil
	}
	return &source.Error{Pos: placed(at), Msg: `"{{" begins no expression`, Hint: "an expression is written ${{ … }}, and in an if it may stand without them"}
}

// noComments refuses a comment, which the library passes over in silence, with all that stands in it.
func noComments(pos source.Pos) *source.Error {
	return &source.Error{
		Pos: pos, Msg: "there are no comments in expressions", FilesOnly: true,
		Hint: "what is meant as text stands in quotes; numbers are divided with /, and int(…) cuts off what stands behind the point",
	}
}

// comment is where a comment begins in an expression, or -1.
func comment(text string) int {
	for i := 0; i+1 < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\'' || c == '`':
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' && c != '`' {
					i++
				}
			}
		case c == '/' && (text[i+1] == '/' || text[i+1] == '*'):
			return i
		}
	}
	return -1
}

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
