package expr

import (
	"errors"
	"reflect"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"ofsplan/internal/source"
)

// translate turns an error of the expression library into one in our words, with a hint where the
// reason is known. tree is what was checked; nil when nothing could be parsed.
func translate(err error, text string, placed placer, tree ast.Node) *source.Error {
	problem, ok := errors.AsType[*file.Error](err)
	if !ok {
		return &source.Error{Pos: placed(leading(text)), Msg: "the expression cannot be read: " + err.Error()}
	}
	from := byteOffset(text, problem.From)
	out := &source.Error{Pos: placed(from), Msg: problem.Message}
	switch number := numberForm().FindStringSubmatch(out.Msg); {
	case tree != nil:
		typeProblem(out, problem, tree)
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

var (
	argumentForm = source.Pattern(`^cannot use (.+) as argument \(type (.+)\) to call (\w+)`)
	countForm    = source.Pattern(`^(not enough|too many) arguments to call (\w+)`)
)

// typeProblem rewords an error of the type check.
func typeProblem(e *source.Error, problem *file.Error, tree ast.Node) {
	argument, count := argumentForm().FindStringSubmatch(e.Msg), countForm().FindStringSubmatch(e.Msg)
	switch {
	case strings.HasPrefix(e.Msg, "invalid operation") || strings.HasSuffix(e.Msg, "in array"):
		switch n := nodeAt(tree, problem.From).(type) {
		case *ast.BinaryNode:
			operatorProblem(e, n)
		case *ast.UnaryNode:
			e.Msg = n.Operator + " does not work with " + kindOf(n.Node.Type()).String()
		}
	case strings.HasPrefix(e.Msg, "non-bool expression"):
		e.Msg = "what stands before ? must be true or false"
	case argument != nil:
		e.Msg = argument[3] + " wants " + typeName(argument[2]) + " here, not " + typeName(argument[1])
		if argument[2] == "time.Time" && argument[1] == "string" {
			e.Hint = `a date is written date("2026-11-20")`
		}
	case count != nil:
		e.Msg = count[2] + " is given " + strings.Replace(count[1], "not enough", "too few", 1) + " values"
	}
}

// operatorProblem rewords an operator between two values it does not work with.
func operatorProblem(e *source.Error, n *ast.BinaryNode) {
	left, right := kindOf(n.Left.Type()), kindOf(n.Right.Type())
	switch n.Operator {
	case "&&", "||", "and", "or":
		e.Msg = n.Operator + " wants true or false on both sides, not " + left.String() + " and " + right.String()
		if left == Text || left == Bool && right == Text {
			e.Hint = `compare each of them, as in a == "x" || a == "y"`
		}
		return
	case "==", "!=", "<", "<=", ">", ">=":
		e.Msg = left.String() + " cannot be compared with " + right.String()
	case "in":
		e.Msg = "in wants a list on its right that can hold " + left.String()
		return
	default:
		e.Msg = n.Operator + " does not work with " + left.String() + " and " + right.String()
		if left == Time && right == Int {
			e.Hint = "write add_days(…, …) or add_business_days(…, …)"
			return
		}
	}
	if e.Hint = mismatchHint(left, n.Right); e.Hint == "" {
		e.Hint = mismatchHint(right, n.Left)
	}
}

// mismatchHint says how to write a literal so that it can be compared with something of that kind.
func mismatchHint(k Kind, literal ast.Node) string {
	text, isText := literal.(*ast.StringNode)
	isNumber := kindOf(literal.Type()) == Int
	switch {
	case k == Time && isText && dayForm().MatchString(text.Value):
		return `write date("` + source.Short(text.Value) + `")`
	case k == Time && (isText || isNumber):
		return `a date is written date("2026-11-20")`
	case k == Duration && isText && timeUnit().MatchString(text.Value):
		return `write duration("` + source.Short(text.Value) + `")`
	case k == Duration && (isText || isNumber):
		return `a duration is written duration("45m")`
	case (k == Int || k == Number) && isText:
		return "leave out the quotes"
	case k == Text && isNumber:
		return "put it into quotes"
	case k == Bool && isText:
		return "leave it out: it is true or false already"
	}
	return ""
}

// typeName is a Go type as messages call it.
func typeName(goType string) string {
	switch {
	case goType == "time.Time":
		return "a date"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	}
	for _, k := range kindTable {
		if reflect.TypeOf(k.zero).String() == goType {
			return k.name
		}
	}
	return goType
}

// mixed finds a choice whose sides are of different types, which the library takes for anything at all.
func mixed(n ast.Node) ast.Node {
	var f mixFinder
	ast.Walk(&n, &f)
	return f.found
}

// oneKind reports a list of two kinds: whether something is in it would be asked of some of its items only.
func (r *resolver) oneKind(n ast.Node) *source.Error {
	var f listFinder
	ast.Walk(&n, &f)
	if f.list == nil {
		return nil
	}
	e := r.fail(f.item, "a list holds values of one kind, not both %s and %s", kindOf(f.list.Nodes[0].Type()), kindOf(f.item.Type()))
	e.Hint, e.FilesOnly = "string(…), int(…) and float(…) turn one into another", true
	return e
}

// A listFinder finds the first list of two kinds. Numbers are of one kind, whole or not.
type listFinder struct {
	list *ast.ArrayNode
	item ast.Node // the first that is not of the kind of those before it
}

// Visit is called for each node, the inner ones first.
func (f *listFinder) Visit(n *ast.Node) {
	list, ok := (*n).(*ast.ArrayNode)
	if !ok || f.list != nil {
		return
	}
	number := func(k Kind) bool { return k == Int || k == Number }
	for _, item := range list.Nodes {
		first, k := kindOf(list.Nodes[0].Type()), kindOf(item.Type())
		if k != first && !(number(k) && number(first)) {
			f.list, f.item = list, item
			return
		}
	}
}

type mixFinder struct{ found ast.Node }

// Visit is called for each node, the inner ones first.
func (f *mixFinder) Visit(n *ast.Node) {
	if c, ok := (*n).(*ast.ConditionalNode); ok && f.found == nil && c.Exp1.Type() != c.Exp2.Type() {
		f.found = c.Cond
	}
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
