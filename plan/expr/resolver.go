package expr

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/source"
)

// A resolver goes through a parsed expression, lets pass what the language allows, by name, and turns
// every path such as steps.load.outcome into one name. What is left needs no structures: the
// environment is a flat map of exactly the values the expression reads.
type resolver struct {
	scope    *Scope
	place    Place
	text     string
	placed   placer
	errs     source.Errors
	operands []operand
	refs     []Ref
	named    []Named
	patterns map[ast.Node]*regexp.Regexp
	codes    []Loose // where a code is compared in a way that is rarely meant
	constant []Constant
	needs    bool
	// sealed is the first sensitive parameter that is named; nil: none is.
	sealed ast.Node
	seen   map[ast.Node]bool // each node is met once, or the library has doubled it
}

// pos is where a node stands: a path begins where its first segment does.
func (r *resolver) pos(n ast.Node) source.Pos {
	if base, _, ok := takeApart(n); ok {
		n = base
	}
	return r.placed(byteOffset(r.text, n.Location().From))
}

func (r *resolver) fail(n ast.Node, format string, args ...any) *source.Error {
	return r.errs.Add(r.pos(n), format, args...)
}

// operators are what may stand between two values.
var operators = map[string]bool{
	"==": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true, "&&": true, "||": true, "and": true, "or": true,
	"in": true, "contains": true, "startsWith": true, "endsWith": true, "matches": true,
	"+": true, "-": true, "*": true, "/": true, "%": true,
}

// node resolves one node and what is below it, and returns what stands in its place.
func (r *resolver) node(n ast.Node) ast.Node {
	if r.seen[n] {
		r.fail(n, "comparisons cannot be chained").Hint = "write a < b && b < c"
		return n
	}
	r.seen[n] = true
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.BoolNode, *ast.StringNode:
		return n
	case *ast.FloatNode:
		return r.decimal(n)
	case *ast.IdentifierNode, *ast.MemberNode:
		return r.name(n)
	case *ast.UnaryNode:
		n.Node = r.node(n.Node)
	case *ast.BinaryNode:
		return r.binary(n)
	case *ast.ConditionalNode:
		n.Cond, n.Exp1, n.Exp2 = r.node(n.Cond), r.node(n.Exp1), r.node(n.Exp2)
	case *ast.ArrayNode:
		for i := range n.Nodes {
			n.Nodes[i] = r.node(n.Nodes[i])
		}
	case *ast.CallNode:
		return r.call(n)
	default:
		r.refuse(n)
	}
	return n
}

// decimal takes a number with a point as it is written. The library has cut it to what a machine can hold.
func (r *resolver) decimal(n *ast.FloatNode) ast.Node {
	begin := byteOffset(r.text, n.Location().From)
	written := strings.ReplaceAll(r.text[begin:byteOffset(r.text, n.Location().To)], "_", "")
	d, err := ParseDecimal(written)
	if err != nil {
		value, ok := exponential(written)
		if !ok {
			r.fail(n, "%q is no number that can be kept", source.Short(written)).FilesOnly = true
			value.SetFloat64(n.Value)
		}
		d = Decimal{value: value}
	}
	out := &ast.ConstantNode{Value: d}
	out.SetLocation(n.Location())
	return out
}

// refuse reports what the language leaves out.
func (r *resolver) refuse(n ast.Node) {
	switch n := n.(type) {
	case *ast.NilNode:
		r.fail(n, "there is no nil: a text that is not there is empty").Hint = `compare with ""`
	case *ast.BuiltinNode:
		r.fail(n, "%q is not allowed: there are no predicates", n.Name).Hint =
			`use a list, as in "STAGE" in batch_run.failed_tasks or len(batch_run.failed_tasks) > 2`
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		r.fail(n, "an expression is one value: there is no let and no ;")
	case *ast.ChainNode:
		r.fail(n, "?. is not needed: nothing is ever missing").Hint = "write ."
	case *ast.MapNode:
		r.fail(n, "there are no mappings in expressions")
	case *ast.SliceNode:
		r.fail(n, "parts of a list or text cannot be taken")
	default:
		r.fail(n, "this is not allowed in an expression")
	}
}

func (r *resolver) binary(n *ast.BinaryNode) ast.Node {
	if !operators[n.Operator] {
		e := r.fail(n, "operator %q is not allowed", n.Operator)
		if n.Operator == "??" {
			e.Hint = "nothing is ever missing: a text that is not there is empty"
		}
		return n
	}
	n.Left, n.Right = r.node(n.Left), r.node(n.Right)
	if n.Operator == "matches" {
		pattern, ok := n.Right.(*ast.StringNode)
		if !ok {
			r.fail(n.Right, "the pattern of matches must be written out, in quotes")
		} else if form, err := regexp.Compile(pattern.Value); err != nil {
			r.fail(n.Right, "not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		} else {
			if r.patterns == nil {
				r.patterns = make(map[ast.Node]*regexp.Regexp)
			}
			r.patterns[n] = form
		}
	}
	return n
}

// known returns the operand of that name, or nil.
func (r *resolver) known(name string) *operand {
	for i := range r.operands {
		if r.operands[i].name == name {
			return &r.operands[i]
		}
	}
	return nil
}

// call resolves a function. Literals it is given are read now, so that a date that is none fails at load.
func (r *resolver) call(n *ast.CallNode) ast.Node {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		e := r.fail(n, "values have no functions of their own")
		if member, ok := n.Callee.(*ast.MemberNode); ok {
			if name, ok := member.Property.(*ast.StringNode); ok && r.scope.sigs[name.Value].call != nil {
				e.Hint = "write " + name.Value + "(…) with the value inside"
			}
		}
		return n
	}
	if read := needs[callee.Value]; read != nil {
		return r.needsCall(n, callee.Value, read)
	}
	if callee.Value == isSet {
		return r.setCall(n)
	}
	f, known := r.scope.sigs[callee.Value]
	if !known {
		r.unknownFunction(callee)
		return n
	}
	for i := range n.Arguments {
		n.Arguments[i] = r.node(n.Arguments[i])
	}
	if f.literal == nil || len(n.Arguments) != f.argument+1 {
		return n
	}
	if text, ok := n.Arguments[f.argument].(*ast.StringNode); ok {
		if err := f.literal(text.Value); err != nil {
			r.fail(text, "%s", err)
		}
	}
	return n
}

// needsCall turns succeeded(), failed() and always() into names.
func (r *resolver) needsCall(n *ast.CallNode, name string, read reader[any]) ast.Node {
	if r.place&nameNeeds == 0 {
		r.fail(n, "%s() is known in the if of a step only", name)
		return n
	}
	if len(n.Arguments) > 0 {
		e := r.fail(n, "%s() takes nothing: it is about all needs of the step", name)
		e.Hint = "for one step write steps.ID.outcome"
		if id, written := n.Arguments[0].(*ast.StringNode); written && name != "always" {
			e.Hint = fmt.Sprintf("for one step write steps.%s.outcome == %q", source.Short(id.Value), name)
		}
		return n
	}
	r.needs = true
	return r.operand(n, operand{name: name + "()", root: needsRoot, kind: Bool, read: read})
}

// functionSynonyms are functions people know from elsewhere.
var functionSynonyms = map[string]string{
	"success": "write succeeded()", "failure": "write failed(), or failure.kind for the kind of failure",
	"cancelled": `write steps.ID.outcome == "canceled"`, "canceled": `write steps.ID.outcome == "canceled"`,
	"toUpper": "write upper(…)", "toLower": "write lower(…)", "startsWith": `write a startsWith "b", or hasPrefix(a, "b")`,
	"endsWith": `write a endsWith "b", or hasSuffix(a, "b")`, "contains": `write a contains "b"`,
	"now": "an expression has no clock: there is run.started_at", "today": "an expression has no clock: there is run.started_at",
	"formatDate": "write format(d, \"yyyyMMdd\")", "not": "write !",
}

func (r *resolver) unknownFunction(callee *ast.IdentifierNode) {
	e := r.fail(callee, "unknown function %q", callee.Value)
	if e.Hint = functionSynonyms[callee.Value]; e.Hint != "" {
		return
	}
	e.Hint = source.Meant(callee.Value, functionNames(r.scope.sigs))
}

// operand replaces a node by the name of an operand, which is added when it is new.
func (r *resolver) operand(n ast.Node, o operand) ast.Node {
	if r.known(o.name) == nil {
		r.operands = append(r.operands, o)
	}
	out := &ast.IdentifierNode{Value: o.name}
	out.SetLocation(n.Location())
	if base, _, ok := takeApart(n); ok {
		out.SetLocation(base.Location())
	}
	return out
}
