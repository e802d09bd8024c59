package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// The roots of paths.
const (
	rootParams  = "params"
	rootMISDate = "misdate"
	rootPlan    = "plan"
	rootRun     = "run"
	rootTarget  = "target"
	rootSteps   = "steps"
	rootBatch   = "batch_run"
	rootElapsed = "elapsed"
	rootAttempt = "attempt"
	rootFailure = "failure"
	rootOutcome = "outcome"
	rootNeeds   = "()" // succeeded(), failed(), always()
)

// A root is the first word of a path.
type root struct {
	group  names // the group it belongs to; 0: it is always known
	where  string
	kind   kind  // when it is a value itself
	enum   words // likewise
	fields *shape
}

// A shape is what stands behind a dot.
type shape struct {
	fields []field
	parts  []string // fields that hold one shape for every code: tasks, members
	inner  map[string]*shape
}

type field struct {
	name string
	kind kind
	enum words
}

type words []string

// wordsOf are the texts of a list of facts.
func wordsOf[T ~string](list []T) words {
	out := make(words, len(list))
	for i, one := range list {
		out[i] = string(one)
	}
	return out
}

var (
	outcomeWords = wordsOf(fact.Outcomes())
	statusWords  = wordsOf(fact.Statuses())
	failureWords = wordsOf(fact.Kinds())
)

var (
	partShape = &shape{fields: []field{{"status", kindText, statusWords}, {"code", kindInt, nil}, {"failed", kindBool, nil}}}

	failureShape = &shape{fields: []field{
		{"kind", kindText, failureWords}, {"code", kindInt, nil}, {"message", kindText, nil}, {"attempt", kindInt, nil},
		{"step", kindText, nil}, {"batch", kindText, nil}, {"batch_run_id", kindText, nil},
	}}

	batchShape = &shape{
		fields: []field{
			{"batch_run_id", kindText, nil}, {"batch_status", kindText, statusWords}, {"code", kindInt, nil},
			{"failed_tasks", kindList, nil}, {"failed_members", kindList, nil},
		},
		parts: []string{"tasks", "members"},
	}

	stepShape = &shape{
		fields: append([]field{
			{"outcome", kindText, outcomeWords}, {"attempts", kindInt, nil}, {"started_at", kindTime, nil},
			{"finished_at", kindTime, nil}, {"elapsed", kindDuration, nil},
		}, batchShape.fields...),
		parts: batchShape.parts,
		inner: map[string]*shape{"failure": failureShape},
	}
)

// rootNames lists the roots, for suggestions, in the order of the language's table.
var rootNames = []string{
	rootParams, rootMISDate, rootPlan, rootRun, rootTarget, rootSteps, rootBatch, rootElapsed, rootAttempt, rootFailure, rootOutcome,
}

var roots = map[string]root{
	rootMISDate: {group: nameMISDate, where: "in a plan with misdate at the top, and not there itself", kind: kindTime},
	rootPlan:    {fields: &shape{fields: []field{{"name", kindText, nil}}}},
	rootRun:     {fields: &shape{fields: []field{{"id", kindText, nil}, {"started_at", kindTime, nil}}}},
	rootTarget:  {fields: &shape{fields: []field{{"name", kindText, nil}}}},
	rootBatch:   {group: nameRun, where: "in watch and on_failure", fields: batchShape},
	rootElapsed: {group: nameRun, where: "in watch and on_failure", kind: kindDuration},
	rootAttempt: {group: nameRun, where: "in watch and on_failure", kind: kindInt},
	rootFailure: {group: nameFailure, where: "in on_failure and finally", fields: failureShape},
	rootOutcome: {group: nameOutcome, where: "in finally", kind: kindText, enum: outcomeWords},
}

// A word is one word of a path.
type word struct {
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
	switch {
	case base.Value == rootParams:
		return r.param(n, path)
	case base.Value == rootSteps:
		return r.step(n, base, path)
	}
	at, known := roots[base.Value]
	switch {
	case !known:
		r.unknownName(base)
		return n
	case r.scope.names&at.group != at.group:
		r.fail(base, "%q is not known here", base.Value).Hint = "it is known " + at.where
		return n
	}
	if why := r.scope.barred[base.Value]; why != "" {
		r.fail(base, "%q is not known here", base.Value).Hint = why
		return n
	}
	l := look{name: base.Value, root: base.Value, kind: at.kind, enum: at.enum}
	if at.fields == nil {
		return r.end(n, l, path)
	}
	return r.within(n, l, at.fields, path)
}

// takeApart takes a chain of constant accesses apart: the identifier it begins with and the words behind it.
func takeApart(n ast.Node) (*ast.IdentifierNode, []word, bool) {
	var path []word
	for {
		switch at := n.(type) {
		case *ast.IdentifierNode:
			slices.Reverse(path)
			return at, path, true
		case *ast.MemberNode:
			switch p := at.Property.(type) {
			case *ast.StringNode:
				path = append(path, word{text: p.Value, node: p})
			case *ast.IntegerNode:
				path = append(path, word{text: strconv.Itoa(p.Value), index: true, node: p})
			default:
				return nil, nil, false
			}
			n = at.Node
		default:
			return nil, nil, false
		}
	}
}

// element resolves x[0] of a list that is not a name, and refuses every access whose word is computed.
func (r *resolver) element(n *ast.MemberNode) ast.Node {
	if _, constant := n.Property.(*ast.IntegerNode); !constant {
		r.fail(n.Property, "what stands in [ ] must be written out: a text in quotes, or the number of an item")
		return n
	}
	n.Node = r.node(n.Node)
	return n
}

// end finishes a path at a value. Of a list, one item may be named.
func (r *resolver) end(n ast.Node, l look, rest []word) ast.Node {
	if len(rest) == 0 {
		return r.look(n, l)
	}
	if l.kind == kindList && rest[0].index && len(rest) == 1 {
		member := n.(*ast.MemberNode)
		member.Node = r.look(member.Node, l)
		return member
	}
	r.fail(rest[0].node, "%s is %s and has no %q", l.name, l.kind, rest[0].text)
	return n
}

// param resolves params.NAME.
func (r *resolver) param(n ast.Node, path []word) ast.Node {
	if len(path) == 0 {
		r.fail(n, "params is not a value: name one of them, as in params.region")
		return n
	}
	p, known := r.scope.params[path[0].text]
	if !known {
		e := r.fail(path[0].node, "unknown parameter %q", short(path[0].text))
		all := make([]string, 0, len(r.scope.params))
		for name := range r.scope.params {
			all = append(all, name)
		}
		slices.Sort(all)
		if better := source.Suggest(path[0].text, all); better != "" {
			e.Hint = "did you mean \"" + better + "\"?"
		} else if len(all) == 0 {
			e.Hint = "the plan declares no params"
		}
		return n
	}
	name := rootParams + "." + path[0].text
	if p.sensitive && !r.open(n, name) {
		return n
	}
	return r.end(n, look{name: name, root: rootParams, field: path[0].text, kind: p.kind, enum: p.enum}, path[1:])
}

// step resolves steps.ID.….
func (r *resolver) step(n ast.Node, base *ast.IdentifierNode, path []word) ast.Node {
	switch {
	case r.scope.names&nameSteps == 0:
		r.fail(base, "steps are not known here: nothing has run yet")
		return n
	case len(path) == 0:
		r.fail(n, "steps is not a value: name one of them, as in steps.load.outcome")
		return n
	}
	id := path[0].text
	index, ok := r.scope.step(id)
	if !ok {
		e := r.fail(path[0].node, "the expression names step %q, which no step defines", short(id))
		if better := source.Suggest(id, r.scope.stepIDs()); better != "" {
			e.Hint = "did you mean \"" + better + "\"?"
		}
		return n
	}
	if !slices.ContainsFunc(r.refs, func(ref stepRef) bool { return ref.step == index }) {
		r.refs = append(r.refs, stepRef{step: index, pos: r.pos(path[0].node)})
	}
	return r.within(n, look{name: rootSteps + "." + id, root: rootSteps, step: index}, stepShape, path[1:])
}

// within resolves the words behind a dot by the shape of what stands before it.
func (r *resolver) within(n ast.Node, l look, s *shape, path []word) ast.Node {
	if len(path) == 0 {
		r.fail(n, "%s is not a value: name one of its fields", l.name).Hint = "there are " + strings.Join(s.names(), ", ")
		return n
	}
	word := path[0].text
	l.name += "." + word
	if inner := s.inner[word]; inner != nil {
		l.part = word
		return r.within(n, l, inner, path[1:])
	}
	if slices.Contains(s.parts, word) {
		if len(path) == 1 {
			r.fail(path[0].node, "%s is not a value: name one, as in %s.STAGE.failed", l.name, l.name)
			return n
		}
		l.part, l.code = word, path[1].text
		l.name += "." + l.code
		return r.within(n, l, partShape, path[2:])
	}
	for _, f := range s.fields {
		if f.name == word {
			l.field, l.kind, l.enum = word, f.kind, f.enum
			return r.end(n, l, path[1:])
		}
	}
	e := r.fail(path[0].node, "%s has no %q", strings.TrimSuffix(l.name, "."+word), short(word))
	if better := source.Suggest(word, s.names()); better != "" {
		e.Hint = "did you mean \"" + better + "\"?"
	} else {
		e.Hint = "there are " + strings.Join(s.names(), ", ")
	}
	return n
}

// names are all words that may follow.
func (s *shape) names() []string {
	var all []string
	for _, f := range s.fields {
		all = append(all, f.name)
	}
	all = append(all, s.parts...)
	if s.inner["failure"] != nil {
		all = append(all, "failure")
	}
	return all
}

// rootSynonyms are first words people know from elsewhere.
var rootSynonyms = map[string]string{
	"needs": "write steps.ID", "inputs": "write params", "vars": "write params", "env": "an expression cannot see the environment: declare a parameter",
	"secrets": "an expression cannot see secrets", "step": "write steps.ID", "batch": "write batch_run", "status": "write batch_run.batch_status",
	"error": "write failure", "matrix": "there is no matrix", "now": "an expression has no clock: there is run.started_at",
}

// unknownName reports a first word that is none of ours.
func (r *resolver) unknownName(n *ast.IdentifierNode) {
	e := r.fail(n, "unknown name %q", short(n.Value))
	if e.Hint = rootSynonyms[n.Value]; e.Hint != "" {
		return
	}
	if isNeeds(n.Value) && r.scope.names&nameNeeds != 0 {
		e.Hint = "write " + n.Value + "(), or \"" + n.Value + "\" for the word"
		return
	}
	if _, is := r.scope.params[n.Value]; is {
		e.Hint = "did you mean params." + n.Value + "?"
		return
	}
	if _, is := r.scope.lang.sigs[n.Value]; is {
		e.Hint = n.Value + " is a function: write " + n.Value + "(…)"
		return
	}
	if r.scope.names&nameSteps != 0 {
		if _, is := r.scope.step(n.Value); is {
			e.Hint = "did you mean steps." + n.Value + ".outcome?"
			return
		}
	}
	if better := source.Suggest(n.Value, rootNames); better != "" {
		e.Hint = "did you mean \"" + better + "\"?"
		return
	}
	e.Hint = "a word that is meant as text stands in quotes: \"" + short(n.Value) + "\""
}
