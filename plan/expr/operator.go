package expr

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

const aDate = `a date is written date("2026-11-20")`

func (r *resolver) checkBinary(n *ast.BinaryNode) typed {
	if !operators[n.Operator] {
		return unknownValue // reported by the resolver
	}
	a, b := r.check(n.Left), r.check(n.Right)
	wrong := a.kind == unclear || b.kind == unclear
	switch n.Operator {
	case "==", "!=", "<", "<=", ">", ">=":
		r.aboutCode(n, n.Operator == "==")
		if !wrong {
			r.checkComparison(n, a, b)
		}
		return of(Bool)
	case "in":
		r.aboutCode(n, true)
		if !wrong {
			r.checkIn(n, a, b)
		}
		return of(Bool)
	case "&&", "||", "and", "or":
		if !wrong && (a.kind != Bool || b.kind != Bool) {
			e := r.fail(n, "%s wants true or false on both sides, not %s and %s", n.Operator, a.kind, b.kind)
			if a.kind == Text || a.kind == Bool && b.kind == Text {
				e.Hint = `compare each of them, as in a == "x" || a == "y"`
			}
		}
		return of(Bool)
	case "contains", "startsWith", "endsWith", "matches":
		_, written := n.Right.(*ast.StringNode)
		wrong = wrong || n.Operator == "matches" && !written // reported by the resolver
		if !wrong && (a.kind != Text || b.kind != Text) {
			r.misfit(n, a, b)
		} else if !wrong {
			r.checkPart(n.Operator, n.Right, a, b)
		}
		return of(Bool)
	}
	if wrong {
		return unknownValue
	}
	return r.checkArithmetic(n, a, b)
}

// checkArithmetic is for + - * / and %.
func (r *resolver) checkArithmetic(n *ast.BinaryNode, a, b typed) typed {
	op, l, k := n.Operator, a.kind, b.kind
	sum := op == "+" || op == "-"
	switch {
	case op == "%" && l == Int && k == Int:
		return of(Int)
	case op == "/" && l.number() && k.number():
		return of(Number)
	case op != "%" && op != "/" && l.number() && k.number():
		return of(max(l, k))
	case op == "+" && l == Text && k == Text:
		return of(Text)
	case sum && l == Duration && k == Duration, op == "*" && l == Duration && k.number(), op == "*" && l.number() && k == Duration:
		return of(Duration)
	case op == "*" && l == Duration && k == Duration:
		r.late(n, "a duration times a duration is nothing").Hint = "multiply it by a number"
		return of(Duration)
	case op == "-" && l.time() && k.time():
		if l != k {
			r.late(n, "- does not work with %s and %s", l, k).Hint = dateOfMoment
		}
		return of(Duration)
	case sum && l == Moment && k == Duration, op == "+" && l == Duration && k == Moment:
		return of(Moment)
	case sum && l == Day && k == Duration, op == "+" && l == Duration && k == Day:
		r.late(n, "%s does not work with %s and %s: a date has no hours", op, l, k).Hint = addDays
		return of(Moment)
	}
	r.misfit(n, a, b)
	return unknownValue
}

const addDays = "write add_days(…, …) or add_business_days(…, …)"

// misfit reports an operator between two values it does not work with.
func (r *resolver) misfit(n *ast.BinaryNode, a, b typed) {
	left, right := a.kind, b.kind
	var e *source.Error
	switch n.Operator {
	case "==", "!=", "<", "<=", ">", ">=":
		e = r.fail(n, "%s cannot be compared with %s", left, right)
	default:
		e = r.fail(n, "%s does not work with %s and %s", n.Operator, left, right)
		if left == Day && right == Int {
			e.Hint = addDays
			return
		}
	}
	if left == Day && right == Text {
		e.Hint = asDate(n.Right)
	} else if left == Text && right == Day {
		e.Hint = asDate(n.Left)
	}
	if e.Hint != "" {
		return
	}
	if e.Hint = mismatchHint(left, right, n.Right); e.Hint == "" {
		e.Hint = mismatchHint(right, left, n.Left)
	}
}

// asDate says how to make a date of what is a parameter of text; empty: it is anything else.
func asDate(n ast.Node) string {
	if name, ok := n.(*ast.IdentifierNode); ok && strings.HasPrefix(name.Value, "params.") {
		return "declare the parameter with type: business_date or type: date, or write date(" + name.Value + ")"
	}
	return ""
}

// mismatchHint says how to write a literal so that it can be compared with something of that kind.
func mismatchHint(k, of Kind, literal ast.Node) string {
	text, isText := literal.(*ast.StringNode)
	switch {
	case k.time() && isText && dayForm().MatchString(text.Value):
		return `write date("` + source.Short(text.Value) + `")`
	case k.time() && (isText || of == Int):
		return aDate
	case k == Duration && isText && timeUnit().MatchString(text.Value):
		return `write duration("` + source.Short(text.Value) + `")`
	case k == Duration && (isText || of == Int):
		return `a duration is written duration("45m")`
	case k.number() && isText:
		return "leave out the quotes"
	case k == Text && of == Int:
		return "put it into quotes"
	case k == Bool && isText:
		return "leave it out: it is true or false already"
	}
	return ""
}

// checkComparison is for == and != and those that ask which comes first.
func (r *resolver) checkComparison(n *ast.BinaryNode, a, b typed) {
	equal := n.Operator == "==" || n.Operator == "!="
	switch {
	case a.kind.time() && b.kind.time() && a.kind != b.kind:
		r.late(n, "%s cannot be compared with %s", a.kind, b.kind).Hint = dateOfMoment
	case a.kind.number() && b.kind.number():
		if equal {
			r.checkNumber(n.Right, a)
			r.checkNumber(n.Left, b)
		}
	case a.kind != b.kind, !equal && (a.kind == Bool || a.kind == List):
		r.misfit(n, a, b)
	case equal && a.kind == Text:
		r.asksFailed(n, n.Operator == "==")
		r.checkWord(n.Left, n.Right, a, b)
		r.checkWord(n.Right, n.Left, b, a)
		if a.literal == nil && b.literal == nil && a.apart(b.texture) {
			r.late(n, "%s and %s are never the same", a.called(), b.called())
		}
	case equal && a.kind == List:
		r.checkLists(n, a, b)
	}
}

// checkLists is for lists that are compared item by item.
func (r *resolver) checkLists(n *ast.BinaryNode, a, b typed) {
	if a.items == nil || b.items == nil || a.items.kind == unclear || b.items.kind == unclear {
		return
	}
	if k, l := a.items.kind, b.items.kind; k != l && !(k.number() && l.number()) {
		r.late(n, "a list of %s cannot be compared with a list of %s", plural(k), plural(l))
		return
	}
	for _, side := range []struct {
		list ast.Node
		of   typed
	}{{n.Left, b}, {n.Right, a}} {
		if list, ok := side.list.(*ast.ArrayNode); ok && side.of.items.kind == Text {
			for _, item := range list.Nodes {
				r.checkWord(nil, item, *side.of.items, r.check(item))
			}
		}
	}
}

// plural is what a list of them is called.
func plural(k Kind) string {
	switch k {
	case Text:
		return "texts"
	case Bool:
		return "true and false"
	case List:
		return "lists"
	}
	return strings.TrimPrefix(k.String(), "a ") + "s"
}

// checkIn is for a value and the list it is looked for in.
func (r *resolver) checkIn(n *ast.BinaryNode, a, b typed) {
	if b.kind != List {
		r.fail(n, "in wants a list on its right that can hold %s", a.kind)
		return
	}
	items := b.items
	if items == nil || items.kind == unclear {
		return
	}
	switch {
	case items.kind.time() && a.kind.time() && items.kind != a.kind:
		r.late(n, "in wants a list on its right that can hold %s", a.kind).Hint = dateOfMoment
	case items.kind != a.kind && !(items.kind.number() && a.kind.number()):
		r.fail(n, "in wants a list on its right that can hold %s", a.kind)
	case a.kind.number():
		list, _ := n.Right.(*ast.ArrayNode)
		for i := 0; list != nil && i < len(list.Nodes); i++ {
			r.checkNumber(list.Nodes[i], a)
		}
	case a.kind == Text:
		r.asksFailed(n, true)
		list, written := n.Right.(*ast.ArrayNode)
		if written && a.literal == nil {
			for _, item := range list.Nodes {
				r.checkWord(n.Left, item, a, r.check(item))
			}
			return
		}
		r.checkWord(n.Right, n.Left, *items, a)
		if a.literal == nil && a.apart(items.texture) {
			r.late(n, "%s is never in this list", a.called())
		}
	}
}

// checkWord holds a text that is written out against what it is compared with: one that this can never be is a slip.
func (r *resolver) checkWord(node, text ast.Node, it, word typed) {
	if word.literal == nil || it.literal != nil {
		return
	}
	if it.parts != nil {
		r.named = append(r.named, Named{Step: it.parts.step, Members: it.parts.members, Code: *word.literal, Pos: r.pos(text)})
	}
	if it.can(*word.literal) {
		return
	}
	e := r.fail(text, "%s is never %q", it.called(), source.Short(*word.literal))
	e.Hint = it.hint(*word.literal)
	name, operand := node.(*ast.IdentifierNode)
	e.FilesOnly = !operand || r.known(name.Value).kind != Text || r.known(name.Value).enum == nil
}

// checkNumber holds a number that is written out against what it is compared with, as checkWord does a text.
func (r *resolver) checkNumber(number ast.Node, it typed) {
	n, text := number, ""
	if minus, ok := n.(*ast.UnaryNode); ok && minus.Operator == "-" {
		n, text = minus.Node, "-"
	}
	switch at := n.(type) {
	case *ast.IntegerNode:
		text += strconv.Itoa(at.Value)
	case *ast.ConstantNode:
		digits, _ := TextOf(at.Value) // one that is written out has a text
		text += digits
	default:
		return
	}
	wanted, err := ParseDecimal(text)
	if err != nil || it.words == nil || slices.ContainsFunc(it.words, func(word string) bool {
		d, err := ParseDecimal(word)
		return err != nil || d.Compare(wanted) == 0
	}) {
		return
	}
	r.late(number, "%s is never %s", it.called(), text).Hint = "it is one of " + strings.Join(it.words, ", ")
}

// checkPart is for a text of which a part is looked for: one that none of its words has is a slip.
func (r *resolver) checkPart(operator string, text ast.Node, a, b typed) {
	if b.literal == nil || a.words == nil || a.literal != nil {
		return
	}
	for _, word := range a.words {
		if a.can(word) && partOfWord(operator, word, *b.literal) {
			return
		}
	}
	does := map[string]string{"startsWith": "begins with", "endsWith": "ends with"}[operator]
	r.late(text, "%s never %s %q", a.called(), cmp.Or(does, operator), source.Short(*b.literal)).Hint = oneOf(a.words)
}

// partOfWord reports whether a word begins or ends with a part, holds it or matches it.
func partOfWord(operator, word, part string) bool {
	if operator == "matches" {
		form, err := regexp.Compile(part)
		return err != nil || form.MatchString(word) // what is no pattern is reported by the resolver
	}
	holds, _ := binary(operator, word, part)
	return holds == true
}

// asksFailed keeps which steps are asked whether they have failed.
func (r *resolver) asksFailed(n *ast.BinaryNode, equal bool) {
	if !equal {
		return
	}
	texts := []ast.Node{n.Left, n.Right}
	if list, ok := n.Right.(*ast.ArrayNode); ok {
		texts = append(texts, list.Nodes...)
	}
	if !slices.ContainsFunc(texts, func(t ast.Node) bool {
		s, ok := t.(*ast.StringNode)
		return ok && s.Value == string(fact.Failed)
	}) {
		return
	}
	for _, side := range []ast.Node{n.Left, n.Right} {
		name, ok := side.(*ast.IdentifierNode)
		if !ok {
			continue
		}
		if o := r.known(name.Value); o != nil && o.root.name == "steps" && strings.HasSuffix(o.name, ".outcome") {
			for i := range r.refs {
				if r.refs[i].Step == o.step {
					r.refs[i].Failed = true
				}
			}
		}
	}
}
