package plan

import (
	"errors"
	"reflect"
	"regexp"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"ofsplan/internal/source"
)

// translate turns an error of the expression library into one in our words, with a hint where the
// reason is known. tree is what was checked; nil when nothing could be parsed.
func translate(err error, text string, place placer, tree ast.Node) *source.Error {
	problem, ok := errors.AsType[*file.Error](err)
	if !ok {
		return &source.Error{Pos: place(leading(text)), Msg: "the expression cannot be read: " + err.Error()}
	}
	from := byteOffset(text, problem.From)
	out := &source.Error{Pos: place(from), Msg: problem.Message}
	if tree != nil {
		typeProblem(out, problem, tree)
		return out
	}
	syntaxProblem(out, text, from)
	return out
}

var (
	tokenForm  = regexp.MustCompile(`^unexpected token (\w+)(?:\("(.*)"\))?$`)
	numberForm = regexp.MustCompile(`^bad number syntax: "(.*)"$`)
	timeUnit   = regexp.MustCompile(`^[0-9]+(ms|[smhd])`)
	dayForm    = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}`)
)

// syntaxProblem words an error of the lexer or the parser.
func syntaxProblem(e *source.Error, text string, from int) {
	if m := tokenForm.FindStringSubmatch(e.Msg); m != nil {
		if m[1] == "EOF" {
			e.Msg = "the expression ends too early"
			return
		}
		e.Msg = "unexpected \"" + m[2] + "\" in the expression"
		switch m[2] {
		case "=":
			e.Hint = "to compare, write =="
		case "#":
			e.Hint = "there are no predicates and no comments in expressions"
		case "let", "if":
			e.Hint = "an expression is one value: there is no " + m[2] + "; a ? b : c chooses"
		case "&", "|":
			e.Hint = "write " + m[2] + m[2]
		}
		return
	}
	switch m := numberForm.FindStringSubmatch(e.Msg); {
	case m != nil:
		begin := strings.LastIndex(text[:min(len(text), from+1)], trimLast(m[1]))
		e.Msg = "\"" + m[1] + "\" is no number"
		if begin >= 0 && timeUnit.MatchString(text[begin:]) {
			literal := regexp.MustCompile(`^[0-9a-z]+`).FindString(text[begin:])
			e.Msg = "a duration must be written in quotes, as in duration(\"" + literal + "\")"
			e.Hint = "write duration(\"" + literal + "\")"
		}
	case e.Msg == "literal not terminated":
		e.Msg = "a text is not closed: its quote is missing"
	case strings.HasPrefix(e.Msg, "compilation failed: expression exceeds maximum"):
		e.Msg = "the expression is too large"
	case strings.HasPrefix(e.Msg, "unrecognized character"):
		e.Msg = "the expression cannot be read: " + e.Msg
	}
}

func trimLast(text string) string {
	if text == "" {
		return ""
	}
	return text[:len(text)-1]
}

var (
	argumentForm = regexp.MustCompile(`^cannot use (.+) as argument \(type (.+)\) to call (\w+)`)
	countForm    = regexp.MustCompile(`^(not enough|too many) arguments to call (\w+)`)
)

// typeProblem words an error of the type check.
func typeProblem(e *source.Error, problem *file.Error, tree ast.Node) {
	switch n := nodeAt(tree, problem.From).(type) {
	case *ast.BinaryNode:
		left, right := kindOf(n.Left.Type()), kindOf(n.Right.Type())
		switch n.Operator {
		case "&&", "||", "and", "or":
			e.Msg = n.Operator + " wants true or false on both sides, not " + left.String() + " and " + right.String()
			if left == kindBool {
				left = right
			}
			if left == kindText {
				e.Hint = "compare each of them, as in a == \"x\" || a == \"y\""
			}
			return
		case "==", "!=", "<", "<=", ">", ">=", "in":
			e.Msg = left.String() + " cannot be compared with " + right.String()
			if n.Operator == "in" {
				e.Msg = "in wants a list on its right that can hold " + left.String() + ", not " + right.String()
			}
		default:
			e.Msg = n.Operator + " does not work with " + left.String() + " and " + right.String()
		}
		e.Hint = mismatchHint(left, n.Right)
		if e.Hint == "" {
			e.Hint = mismatchHint(right, n.Left)
		}
		return
	case *ast.UnaryNode:
		e.Msg = n.Operator + " does not work with " + kindOf(n.Node.Type()).String()
		return
	}
	if m := argumentForm.FindStringSubmatch(e.Msg); m != nil {
		e.Msg = m[3] + " wants " + typeName(m[2]) + " here, not " + typeName(m[1])
		if m[2] == "time.Time" && m[1] == "string" {
			e.Hint = `a date is written date("2026-11-20")`
		}
	} else if m := countForm.FindStringSubmatch(e.Msg); m != nil {
		e.Msg = m[2] + " is given " + strings.Replace(m[1], "not enough", "too few", 1) + " values"
	}
}

// mismatchHint says how to write a literal so that it can be compared with something of that kind.
func mismatchHint(k kind, literal ast.Node) string {
	text, isText := literal.(*ast.StringNode)
	isNumber := kindOf(literal.Type()) == kindInt
	switch {
	case k == kindTime && isText && dayForm.MatchString(text.Value):
		return `write date("` + short(text.Value) + `")`
	case k == kindTime && (isText || isNumber):
		return `a date is written date("2026-11-20")`
	case k == kindDuration && isText && timeUnit.MatchString(text.Value):
		return `write duration("` + short(text.Value) + `")`
	case k == kindDuration && (isText || isNumber):
		return `a duration is written duration("45m")`
	case (k == kindInt || k == kindNumber) && isText:
		return "leave out the quotes"
	case k == kindText && isNumber:
		return "put it into quotes"
	case k == kindBool && isText:
		return "leave it out: it is true or false already"
	case k == kindList:
		return `write "x" in the list`
	}
	return ""
}

// typeName is a Go type as messages call it.
func typeName(goType string) string {
	for k, t := range map[kind]reflect.Type{
		kindText: reflect.TypeFor[string](), kindInt: reflect.TypeFor[int](), kindNumber: reflect.TypeFor[float64](),
		kindBool: reflect.TypeFor[bool](),
	} {
		if t.String() == goType {
			return k.String()
		}
	}
	switch goType {
	case "time.Time":
		return "a date"
	case "time.Duration":
		return "a duration"
	}
	if strings.HasPrefix(goType, "[]") {
		return "a list"
	}
	return goType
}

// nodeAt finds the operator that stands at that character.
func nodeAt(n ast.Node, from int) ast.Node {
	f := finder{from: from}
	ast.Walk(&n, &f)
	return f.found
}

type finder struct {
	from  int
	found ast.Node
}

// Visit is called for each node, the inner ones first.
func (f *finder) Visit(n *ast.Node) {
	switch (*n).(type) {
	case *ast.BinaryNode, *ast.UnaryNode:
		if (*n).Location().From == f.from {
			f.found = *n
		}
	}
}
