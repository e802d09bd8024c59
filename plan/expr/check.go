package expr

import (
	"cmp"
	"strings"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
)

// A typed is what is known of a value before the night: its kind, and of a text more. A value of kind [unclear] has been
// reported: nothing more is said of what it is in.
type typed struct {
	kind Kind
	texture
	name    string  // as messages call it; empty: "this"
	literal *string // of a text that is written out
	items   *typed  // of a list; nil: nothing is known of them, as in []
	parts   *parted // of a code of a task or member that has failed
}

// unknownValue is that of what has been reported.
var unknownValue = typed{kind: unclear}

// of is a value of that kind of which nothing else is known.
func of(k Kind) typed { return typed{kind: k} }

// called is the value's name in a message.
func (t typed) called() string {
	if t.name == "" {
		return "this"
	}
	return t.name
}

// check finds the kind of an expression that was resolved, and reports what does not go together. What the first release
// let pass is reported as [source.Error.FilesOnly], and has the kind it always had.
func (r *resolver) check(n ast.Node) typed {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return of(Int)
	case *ast.ConstantNode: // a decimal
		return of(Number)
	case *ast.BoolNode:
		return of(Bool)
	case *ast.StringNode:
		return typed{kind: Text, literal: &n.Value}
	case *ast.IdentifierNode:
		return r.known(n.Value).typed()
	case *ast.MemberNode:
		return r.checkItem(n)
	case *ast.UnaryNode:
		return r.checkUnary(n)
	case *ast.BinaryNode:
		return r.checkBinary(n)
	case *ast.ConditionalNode:
		return r.checkChoice(n)
	case *ast.ArrayNode:
		return r.checkList(n)
	case *ast.CallNode:
		return r.checkCall(n)
	}
	return unknownValue // reported by the resolver
}

// typed is what is known of an operand.
func (o *operand) typed() typed {
	if o == nil {
		return unknownValue
	}
	t := typed{kind: o.kind, texture: o.texture, name: o.name}
	if o.enum != nil {
		t.words = o.enum
	}
	if o.kind == List {
		t.texture, t.items = texture{}, &typed{kind: Text, texture: t.texture, name: "an item of " + o.name, parts: o.parts}
	}
	return t
}

// late reports a problem that the first release let pass.
func (r *resolver) late(n ast.Node, format string, args ...any) *source.Error {
	e := r.fail(n, format, args...)
	e.FilesOnly = true
	return e
}

func (r *resolver) checkItem(n *ast.MemberNode) typed {
	list := r.check(n.Node)
	switch {
	case list.kind == unclear:
		return unknownValue
	case list.kind != List:
		r.fail(n, "%s has no items", list.kind)
		return unknownValue
	case list.items == nil:
		return unknownValue
	}
	return *list.items
}

func (r *resolver) checkUnary(n *ast.UnaryNode) typed {
	t := r.check(n.Node)
	not := n.Operator == "!" || n.Operator == "not"
	switch {
	case t.kind == unclear && !not:
		return unknownValue
	case t.kind == unclear, not && t.kind == Bool:
		return of(Bool)
	case !not && t.kind.number():
		return of(t.kind)
	}
	r.fail(n, "%s does not work with %s", n.Operator, t.kind)
	return unknownValue
}

func (r *resolver) checkChoice(n *ast.ConditionalNode) typed {
	if cond := r.check(n.Cond); cond.kind != Bool && cond.kind != unclear {
		r.fail(n.Cond, "what stands before ? must be true or false")
	}
	a, b := r.check(n.Exp1), r.check(n.Exp2)
	switch {
	case a.kind == unclear || b.kind == unclear:
		return unknownValue
	case a.kind.time() && b.kind.time() && a.kind != b.kind:
		r.late(n.Cond, "a ? b : c must be of one type, and here it is a date or a moment").Hint = dateOfMoment
		return of(Moment)
	case a.kind != b.kind:
		r.fail(n.Cond, "a ? b : c must be of one type, whichever it chooses").Hint = conversions
		return unknownValue
	}
	out := of(a.kind)
	switch a.kind {
	case Text:
		out.texture = a.alone().with(b.alone())
	case List:
		if out.items = a.items; a.items == nil {
			out.items = b.items
		} else if b.items != nil {
			out.items = &typed{kind: a.items.kind, texture: a.items.alone().with(b.items.alone())}
		}
	}
	return out
}

// alone is the texture of a text, which is that very text when it is written out.
func (t typed) alone() texture {
	if t.literal != nil {
		return texture{words: []string{*t.literal}}
	}
	return t.texture
}

// What to do about kinds that do not go together.
const (
	conversions  = "string(…), int(…) and float(…) turn one into another"
	dateOfMoment = "date(…) of a moment is its day in the plan's calendar"
)

func (r *resolver) checkList(n *ast.ArrayNode) typed {
	out := of(List)
	for i, node := range n.Nodes {
		item := r.check(node)
		switch {
		case i == 0:
			out.items = &typed{kind: item.kind, texture: item.alone()}
		case out.items.kind == unclear || item.kind == unclear:
			out.items = &unknownValue
		case out.items.kind.number() && item.kind.number():
			out.items.kind = max(out.items.kind, item.kind)
		case item.kind != out.items.kind:
			r.late(node, "a list holds values of one kind, not both %s and %s", out.items.kind, item.kind).Hint = conversions
			out.items = &unknownValue
		default:
			out.items.texture = out.items.texture.with(item.alone())
		}
	}
	return out
}

func (r *resolver) checkCall(n *ast.CallNode) typed {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || r.scope.sigs[callee.Value].call == nil {
		return unknownValue // reported by the resolver
	}
	f := r.scope.sigs[callee.Value]
	args := make([]typed, len(n.Arguments))
	wrong := false
	for i := range args {
		args[i] = r.check(n.Arguments[i])
		wrong = wrong || args[i].kind == unclear
	}
	last := f.forms[len(f.forms)-1]
	switch {
	case len(args) < len(last.takes):
		r.fail(n, "%s is given too few values", callee.Value)
		return of(last.gives)
	case len(args) > len(last.takes):
		r.fail(n, "%s is given too many values", callee.Value)
		return of(last.gives)
	case wrong:
		return of(last.gives)
	}
	r.checkDefault(n, callee.Value)
	if operator := map[string]string{"hasPrefix": "startsWith", "hasSuffix": "endsWith"}[callee.Value]; operator != "" {
		r.checkPart(operator, n.Arguments[1], args[0], args[1])
	}
	for _, form := range f.forms {
		if mismatch(form.takes, args) < 0 {
			out := of(form.gives)
			out.name = callee.Value + "(…)"
			switch {
			case form.gives == List:
				out.items = &typed{kind: Text}
			case f.result != nil && form.gives == Text:
				out.texture = f.result(args)
			}
			return out
		}
	}
	at := mismatch(last.takes, args)
	e := r.fail(n.Arguments[at], "%s wants %s here, not %s", callee.Value, last.takes[at], args[at].kind)
	if last.takes[at] == Day && args[at].kind == Text {
		e.Hint = cmp.Or(asDate(n.Arguments[at]), aDate)
	}
	return of(last.gives)
}

// checkDefault reports a date that is read from a text parameter whose default is a word such as T-1, which only parameters of
// dates know.
func (r *resolver) checkDefault(n *ast.CallNode, callee string) {
	arg, ok := n.Arguments[0].(*ast.IdentifierNode)
	if !ok || callee != "date" {
		return
	}
	name, _ := strings.CutPrefix(arg.Value, "params.")
	if p := r.scope.Params[name]; p.Kind == Text && IsTerm(p.Default) {
		r.late(arg, "date reads a date that is written out, and the default of %s is %q", arg.Value, p.Default).Hint = "declare it with type: business_date"
	}
}

// IsTerm reports whether a text is a word for a date, such as T-1, and no date that is written out.
func IsTerm(text string) bool {
	_, err := calendar.Parse(text)
	return err != nil && calendar.CheckTerm(text) == nil
}

// mismatch is the first argument that is not of the kind that is taken, or -1.
func mismatch(takes []Kind, args []typed) int {
	for i, k := range takes {
		if args[i].kind != k {
			return i
		}
	}
	return -1
}
