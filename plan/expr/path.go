package expr

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// A segment is what stands between the dots of a path.
type segment struct {
	text  string
	index bool // it is a number in [ ]
	node  ast.Node
}

// name resolves an identifier, or a path of them.
func (r *resolver) name(n ast.Node) ast.Node {
	base, path, ok := takeApart(n)
	if !ok {
		return r.element(n.(*ast.MemberNode))
	}
	if v, is := r.scope.Loop.variable(base.Value); is {
		return r.loopVariable(n, v, path)
	}
	at := slices.IndexFunc(roots, func(o root) bool { return o.name == base.Value })
	if at < 0 {
		r.unknownName(base)
		return n
	}
	first := &roots[at]
	if r.place&first.group != first.group {
		r.fail(base, "%q is not known here", base.Value).Hint = first.hint
		return n
	}
	return first.enter(r, n, operand{name: first.name, root: first}, path)
}

// takeApart takes a chain of constant accesses apart: the identifier it begins with and the segments behind it.
func takeApart(n ast.Node) (*ast.IdentifierNode, []segment, bool) {
	var path []segment
	for {
		switch at := n.(type) {
		case *ast.IdentifierNode:
			slices.Reverse(path)
			return at, path, true
		case *ast.MemberNode:
			switch p := at.Property.(type) {
			case *ast.StringNode:
				path = append(path, segment{text: p.Value, node: p})
			case *ast.IntegerNode:
				path = append(path, segment{text: strconv.Itoa(p.Value), index: true, node: p})
			default:
				return nil, nil, false
			}
			n = at.Node
		default:
			return nil, nil, false
		}
	}
}

// element resolves x[0] of a list that is not a name, and refuses every access whose segment is computed.
func (r *resolver) element(n *ast.MemberNode) ast.Node {
	if _, constant := n.Property.(*ast.IntegerNode); !constant {
		r.fail(n.Property, "what stands in [ ] must be written out: a text in quotes, or the number of an item")
		return n
	}
	n.Node = r.node(n.Node)
	return n
}

// end finishes a path at a value. Of a list, one item may be named.
func (r *resolver) end(n ast.Node, o operand, rest []segment) ast.Node {
	if len(rest) == 0 {
		return r.operand(n, o)
	}
	if o.kind == List && rest[0].index && len(rest) == 1 {
		member := n.(*ast.MemberNode)
		member.Node = r.operand(member.Node, o)
		return member
	}
	r.fail(rest[0].node, "%s is %s and has no %q", o.name, o.kind, rest[0].text)
	return n
}

// param resolves params.NAME.
func (r *resolver) param(n ast.Node, o operand, path []segment) ast.Node {
	if len(path) == 0 {
		r.fail(n, "params is not a value: name one of them, as in params.region")
		return n
	}
	name := path[0].text
	p, known := r.scope.Params[name]
	if !known {
		e := r.fail(path[0].node, "unknown parameter %q", source.Short(name))
		if e.Hint = source.Meant(name, slices.Sorted(maps.Keys(r.scope.Params))); len(r.scope.Params) == 0 {
			e.Hint = "the plan declares no params"
		}
		return n
	}
	o.name += "." + name
	if p.Sensitive && !r.open(n, o.name) {
		return n
	}
	o.kind, o.enum = p.Kind, p.Enum
	if p.Kind == Day {
		o.read = func(f *facts) any {
			d, given := f.fixed.Params[name].(time.Time)
			if !given {
				return unset(name)
			}
			return Date{d}
		}
		return r.end(n, o, path[1:])
	}
	o.read = func(f *facts) any {
		switch v := f.fixed.Params[name]; {
		case v != nil:
			return v
		case p.Kind == Text || p.Kind == List:
			return kindTable[p.Kind].zero
		}
		return unset(name)
	}
	return r.end(n, o, path[1:])
}

// unset stands for the value of a parameter that was left out.
func unset(name string) absent {
	return absent{"was not given, and has no default: ask is_set(params." + name + ") first"}
}

// isSet is the function that asks whether a parameter has a value. It is read like a name, so that it may be asked of one without.
const isSet = "is_set"

// setCall turns is_set(params.NAME) into a name.
func (r *resolver) setCall(n *ast.CallNode) ast.Node {
	var path []segment
	if len(n.Arguments) == 1 {
		if base, rest, ok := takeApart(n.Arguments[0]); ok && base.Value == "params" {
			path = rest
		}
	}
	if len(path) != 1 || path[0].index {
		r.fail(n, "is_set asks of one parameter whether it has a value").Hint = "write is_set(params.NAME)"
		return n
	}
	name := path[0].text
	p, known := r.scope.Params[name]
	switch {
	case !known:
		r.name(n.Arguments[0]) // which reports it
		return n
	case p.Sensitive:
		r.fail(n, "params.%s is sensitive, and whether it was given is not told either", name)
		return n
	}
	at := slices.IndexFunc(roots, func(o root) bool { return o.name == "params" })
	return r.operand(n, operand{name: isSet + "(params." + name + ")", root: &roots[at], kind: Bool, read: func(f *facts) any {
		_, set := f.fixed.Params[name]
		return set
	}})
}

// step resolves steps.ID.….
func (r *resolver) step(n ast.Node, o operand, path []segment) ast.Node {
	switch {
	case r.place&nameSteps == 0:
		base, _, _ := takeApart(n)
		r.fail(base, "steps are not known here: nothing has run yet")
		return n
	case len(path) == 0:
		r.fail(n, "steps is not a value: name one of them, as in steps.load.outcome")
		return n
	}
	id := path[0].text
	index, ok := r.scope.Step(id)
	if !ok {
		r.fail(path[0].node, "the expression names step %q, which no step defines", source.Short(id)).Hint =
			source.Meant(id, r.scope.StepIDs())
		return n
	}
	if !slices.ContainsFunc(r.refs, func(ref Ref) bool { return ref.Step == index }) {
		r.refs = append(r.refs, Ref{Step: index, Pos: r.pos(path[0].node)})
	}
	o.name += "." + id
	o.step = index
	if loop := r.scope.LoopOf(index); loop != nil {
		return r.items(n, o, loop, path[1:])
	}
	o.at = func(f *facts) (int, bool) { return f.bound.step(index), true }
	return within(r, n, o, stepShape, o.reads(), path[1:])
}

// within resolves the segments behind a dot by the shape of what stands before it, which read reads.
func within[T any](r *resolver, n ast.Node, o operand, s *shape[T], read reader[T], path []segment) ast.Node {
	if len(path) == 0 {
		r.fail(n, "%s is not a value: name one of its fields", o.name).Hint = "there are " + strings.Join(s.names(), ", ")
		return n
	}
	before, name := o.name, path[0].text
	o.name += "." + name
	if s.failure != nil && name == "failure" {
		return within(r, n, o, failureShape, then(read, s.failure), path[1:])
	}
	if s.file != nil && name == "file" {
		r.named = append(r.named, Named{Step: whose(o), File: true, Pos: r.pos(path[0].node)})
		return within(r, n, o, fileShape, then(read, s.file), path[1:])
	}
	for _, p := range s.parts {
		if p.name != name {
			continue
		}
		if len(path) == 1 {
			r.fail(path[0].node, "%s is not a value: name one, as in %s.STAGE.failed", o.name, o.name)
			return n
		}
		code := path[1].text
		o.name += "." + code
		r.named = append(r.named, Named{Step: whose(o), Members: p.name == "members", Code: code, Pos: r.pos(path[1].node)})
		part := then(read, func(v T) fact.Part { return partOf(p.get(v), code) })
		return within(r, n, o, partShape, part, path[2:])
	}
	for _, f := range s.fields {
		if f.name == name {
			o.kind, o.enum, o.read = f.kind, f.enum, then(read, f.get)
			r.more(&o, name)
			return r.end(n, o, path[1:])
		}
	}
	r.fail(path[0].node, "%s has no %q", before, source.Short(name)).Hint =
		cmp.Or(source.Meant(name, s.names()), "there are "+strings.Join(s.names(), ", "))
	return n
}

// whose is the step whose batch run a path is about, or -1.
func whose(o operand) int {
	if o.root.name == "steps" {
		return o.step
	}
	return -1
}

// more says of some fields what is known of their texts beside a list of words.
func (r *resolver) more(o *operand, name string) {
	switch {
	case name == "step": // of a failure
		o.fits = func(id string) bool { _, ok := r.scope.Step(id); return ok || id == "" }
		o.near = r.scope.StepIDs
	case name == "failed_tasks" || name == "failed_members":
		o.parts = &parted{whose(*o), name == "failed_members"}
	}
}

// names are all segments that may follow.
func (s *shape[T]) names() []string {
	var all []string
	for _, f := range s.fields {
		all = append(all, f.name)
	}
	for _, p := range s.parts {
		all = append(all, p.name)
	}
	if s.failure != nil {
		all = append(all, "failure")
	}
	if s.file != nil {
		all = append(all, "file")
	}
	return all
}

// rootSynonyms are first segments people know from elsewhere.
var rootSynonyms = map[string]string{
	"needs": "write steps.ID", "inputs": "write params", "vars": "write params", "env": "an expression cannot see the environment: declare a parameter",
	"secrets": "an expression cannot see secrets", "step": "write steps.ID", "batch": "write batch_run", "status": "write batch_run.batch_status",
	"error": "write failure", "matrix": "write the name that stands behind as, beside foreach", "item": "write the name that stands behind as, beside foreach", "now": "an expression has no clock: there is run.started_at",
}

// unknownName reports a first segment that is none of ours.
func (r *resolver) unknownName(n *ast.IdentifierNode) {
	e := r.fail(n, "unknown name %q", source.Short(n.Value))
	if e.Hint = rootSynonyms[n.Value]; e.Hint != "" {
		return
	}
	if needs[n.Value] != nil && r.place&nameNeeds != 0 {
		e.Hint = "write " + n.Value + "(), or \"" + n.Value + "\" for the word"
		return
	}
	if _, is := r.scope.Params[n.Value]; is {
		e.Hint = "did you mean params." + n.Value + "?"
		return
	}
	if n.Value == isSet {
		e.Hint = "write is_set(params.NAME)"
		return
	}
	if _, is := r.scope.sigs[n.Value]; is {
		e.Hint = n.Value + " is a function: write " + n.Value + "(…)"
		return
	}
	if r.place&nameSteps != 0 {
		if _, is := r.scope.Step(n.Value); is {
			e.Hint = "did you mean steps." + n.Value + ".outcome?"
			return
		}
	}
	names := rootNames()
	if r.scope.Loop != nil {
		for _, v := range r.scope.Loop.Variables {
			names = append(names, v.Name)
		}
	}
	e.Hint = cmp.Or(source.Meant(n.Value, names), "a word that is meant as text stands in quotes: \""+source.Short(n.Value)+"\"")
}

func rootNames() []string {
	names := make([]string, len(roots))
	for i, o := range roots {
		names[i] = o.name
	}
	return names
}
