package plan

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/fact"
)

// The bounds of one expression.
const (
	maxSource = 2048 // bytes
	maxNodes  = 500
)

// A language is the expression language of one plan: the functions, bound to the plan's calendar. It is
// made once, since making it costs more than compiling an expression.
type language struct {
	parse conf.Config // to parse with: it knows no names
	check conf.Config // to check and compile with, once an expression's own names are put in
	sigs  map[string]function
}

// newLanguage returns the language over that calendar.
func newLanguage(c *calendar.Calendar) *language {
	l := &language{sigs: functions(c)}
	base := conf.CreateNew()
	base.MaxNodes, base.Optimize, base.DisableIfOperator = maxNodes, false, true
	for name := range base.Builtins {
		base.Disabled[name] = true
	}
	base.Builtins = conf.FunctionsTable{}
	l.parse = *base
	base.Functions = make(conf.FunctionsTable, len(l.sigs))
	for name, f := range l.sigs {
		ts := make([]reflect.Type, len(f.types))
		for i, t := range f.types {
			ts[i] = reflect.TypeOf(t)
		}
		base.Functions[name] = &builtin.Function{Name: name, Func: f.call, Types: ts}
	}
	l.check = *base
	return l
}

// An expression is one expression, compiled. Its environment holds nothing but what it looks at, so that it
// costs the same in a plan of ten steps and of ten thousand.
type expression struct {
	text    string // its source, as written
	program *vm.Program
	kind    kind
	looks   []look    // in the order of first mention
	refs    []stepRef // likewise
	needs   bool      // it calls succeeded(), failed() or always()
	sealed  bool      // it names a sensitive parameter
}

// fixed reports whether nothing it looks at changes while a run goes on.
func (x *expression) fixed() bool {
	for _, l := range x.looks {
		if !l.fixed() {
			return false
		}
	}
	return true
}

// look gathers the values the expression looks at.
func (x *expression) look(f *fixed, view fact.View) map[string]any {
	env := make(map[string]any, len(x.looks))
	for _, l := range x.looks {
		env[l.name] = l.fetch(f, view)
	}
	return env
}

// run evaluates the expression.
func (x *expression) run(f *fixed, view fact.View) (any, error) { return x.eval(x.look(f, view)) }

var (
	errTooLong  = fmt.Errorf("the text is longer than %d KiB", maxText>>10)
	errNoNumber = errors.New("the result is no number: a division by zero")
)

// eval evaluates the expression over values gathered by look.
func (x *expression) eval(env map[string]any) (any, error) {
	out, err := vm.Run(x.program, env)
	if err != nil {
		if fileError, ok := errors.AsType[*file.Error](err); ok {
			switch prev := fileError.Prev; {
			case prev != nil && strings.HasSuffix(prev.Error(), "integer divide by zero"): // Go's own, from %
				return nil, errNoNumber
			case prev != nil:
				return nil, prev
			}
			return nil, errors.New(fileError.Message)
		}
		return nil, err
	}
	switch v := out.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errNoNumber
		}
	case string:
		if len(v) > maxText {
			return nil, errTooLong
		}
	}
	return out, nil
}

// placer gives the place in the file of a byte of an expression's source.
type placer func(offset int) source.Pos

// at places an expression that begins at that byte of a scalar's value.
func at(n *source.Node, base int) placer {
	return func(offset int) source.Pos { return n.At(base + offset) }
}

// compile parses, resolves, checks and compiles one expression. It reports all unknown names at once; of what
// the library finds, the first problem.
func compile(text string, place placer, sc *scope) (x *expression, errs source.Errors) {
	defer func() {
		if r := recover(); r != nil { // the library's, on something nobody has met yet
			x = nil
			errs.Add(place(leading(text)), "the expression cannot be compiled")
		}
	}()
	switch {
	case strings.TrimSpace(text) == "":
		errs.Add(place(0), "an expression is missing")
		return nil, errs
	case len(text) > maxSource:
		errs.Add(place(leading(text)), "the expression is longer than %d bytes", maxSource)
		return nil, errs
	}
	config := sc.lang.parse
	tree, err := parser.ParseWithConfig(text, &config)
	if err != nil {
		errs = append(errs, translate(err, text, place, nil))
		return nil, errs
	}
	r := resolver{scope: sc, text: text, place: place, seen: make(map[ast.Node]bool)}
	tree.Node = r.node(tree.Node)
	r.keepApart()
	if len(r.errs) > 0 {
		return nil, r.errs.Sort()
	}
	config = sc.lang.check
	env := make(types.Map, len(r.looks))
	for _, l := range r.looks {
		env[l.name] = kindTypes[l.kind]
	}
	config.WithEnv(env)
	t, err := checker.Check(tree, &config)
	if err != nil {
		errs = append(errs, translate(err, text, place, tree.Node))
		return nil, errs
	}
	if n := mixed(tree.Node); n != nil {
		e := errs.Add(r.pos(n), "a ? b : c must be of one type, whichever it chooses")
		e.Hint = "string(…), int(…) and float(…) turn one into another"
		return nil, errs
	}
	program, err := compiler.Compile(tree, &config)
	if err != nil {
		errs = append(errs, translate(err, text, place, tree.Node))
		return nil, errs
	}
	return &expression{
		text: text, program: program, kind: kindOf(t), looks: r.looks, refs: r.refs, needs: r.needs, sealed: r.sealed != nil,
	}, nil
}

// leading is how many bytes of blanks a text begins with.
func leading(text string) int { return len(text) - len(strings.TrimLeft(text, " \t\r\n")) }

// byteOffset turns a count of characters into one of bytes.
func byteOffset(text string, characters int) int {
	at := 0
	for ; characters > 0 && at < len(text); characters-- {
		_, width := utf8.DecodeRuneInString(text[at:])
		at += width
	}
	return at
}
