package expr

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
)

// The bounds of one expression, and of a text that comes of it.
const (
	maxSource = 2048 // bytes
	maxNodes  = 500
	maxText   = 64 << 10 // bytes
)

// A language is the library's parser made to measure, and the functions, bound to one calendar. Names, kinds and values are
// ours.
type language struct {
	parse conf.Config
	sigs  map[string]function
}

// newLanguage returns the language over that calendar.
func newLanguage(c *calendar.Calendar) language {
	config := conf.CreateNew()
	config.MaxNodes, config.DisableIfOperator = maxNodes, true
	for name := range config.Builtins {
		config.Disabled[name] = true
	}
	config.Builtins = conf.FunctionsTable{}
	return language{parse: *config, sigs: functions(c)}
}

// An expression is one expression, compiled. Its environment holds nothing but its operands, so that it costs the same in
// a plan of ten steps and of ten thousand.
type expression struct {
	text     string    // its source, as written
	tree     ast.Node  // resolved: its names are those of operands
	typed              // what it comes to
	early    *early    // of one that is not fixed: what of it is
	operands []operand // in the order of first mention
	refs     []Ref     // likewise
	named    []Named   // likewise
	sigs     map[string]function
	patterns map[ast.Node]*regexp.Regexp // of each matches
	needs    bool                        // it calls succeeded(), failed() or always()
	sealed   bool                        // it names a sensitive parameter
}

// fixed reports whether nothing it reads changes while a run goes on.
func (x *expression) fixed() bool {
	return !slices.ContainsFunc(x.operands, func(o operand) bool { return !o.root.fixed })
}

// placer gives the place in the file of a byte of an expression's source.
type placer func(offset int) source.Pos

// placedAt places an expression that begins at that byte of a scalar's value.
func placedAt(n *source.Node, base int) placer {
	return func(offset int) source.Pos { return n.At(base + offset) }
}

// compile parses, resolves and checks one expression, and reports every problem but those of its syntax, of which it reports the
// first. The expression is nil when there is a problem that holds for pinned plans.
func (s *Scope) compile(text string, at Place, placed placer) (x *expression, errs source.Errors) {
	defer func() {
		if r := recover(); r != nil { // the library's, on something nobody has met yet
			x = nil
			errs.Add(placed(leading(text)), "the expression cannot be compiled")
		}
	}()
	switch {
	case strings.TrimSpace(text) == "":
		errs.Add(placed(0), "an expression is missing")
		return nil, errs
	case len(text) > maxSource:
		errs.Add(placed(leading(text)), "the expression is longer than %d bytes", maxSource)
		return nil, errs
	}
	if e := noExpression(text, placed); e != nil {
		errs = append(errs, e)
		return nil, errs
	}
	if at := comment(text); at >= 0 {
		errs = append(errs, noComments(placed(at)))
	}
	config := s.parse
	tree, err := parser.ParseWithConfig(text, &config)
	if err != nil {
		errs = append(errs, translate(err, text, placed))
		return nil, errs
	}
	r := resolver{errs: errs, scope: s, place: at, text: text, placed: placed, seen: make(map[ast.Node]bool)}
	if !s.MISDate {
		r.place &^= nameMISDate
	}
	tree.Node = r.node(tree.Node)
	r.keepApart()
	v := r.check(tree.Node)
	if len(r.errs.Pinned()) > 0 {
		return nil, r.errs.Sort()
	}
	s.codes = append(s.codes, r.codes...)
	if v.kind == Bool && len(r.errs) == 0 && at&(nameNeeds|nameRun) != 0 {
		r.constants(tree.Node)
		s.constant = append(s.constant, r.constant...)
	}
	x = &expression{
		text: text, tree: tree.Node, typed: v, operands: r.operands, refs: r.refs, named: r.named,
		sigs: s.sigs, patterns: r.patterns, needs: r.needs, sealed: r.sealed != nil,
	}
	if !x.fixed() {
		x.early = sketcher{x}.sketch(x.tree)
	}
	return x, r.errs.Sort()
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

// A Scope holds the names that the expressions of one plan may use. Where each of them may be used, a [Place] says.
// It is made by [New], once for a plan, since making it costs more than compiling an expression, and numbers the
// sealed expressions that it compiles: it is not for concurrent use.
type Scope struct {
	Params  map[string]Param
	MISDate bool // the plan has a date
	// Step finds a step by its id. Whether the expression may name that step is asked later, by the caller: see [Ref].
	Step func(id string) (index int, ok bool)
	// StepIDs lists all ids, for suggestions; it is called only when Step found none.
	StepIDs func() []string
	// Loop is that of the step whose expressions are compiled now; nil: it has no foreach.
	Loop *Loop
	// LoopOf is that of the step with that index; nil likewise.
	LoopOf func(index int) *Loop

	language
	sealed   []Sealed
	codes    []Loose
	constant []Constant
}

// New returns a scope without parameters, without steps and without a date, whose functions go by that calendar.
func New(c *calendar.Calendar) *Scope {
	return &Scope{
		Params:  map[string]Param{},
		Step:    func(string) (int, bool) { return 0, false },
		StepIDs: func() []string { return nil },
		LoopOf:  func(int) *Loop { return nil },

		language: newLanguage(c),
	}
}

// A Param is what expressions know of a declared parameter.
type Param struct {
	Kind      Kind
	Enum      []string // the only values it can be, or of a list its items; nil: any
	Default   string   // of a text; empty: none
	Sensitive bool     // it may be named only [InSetting]
}

// A Place is where an expression stands, which decides what it may name there. Parameters, plan.name, target.name and
// the functions for dates and texts are known in all of them.
type Place uint

// The groups of names that come and go together.
const (
	nameStart   Place = 1 << iota // run.id, run.started_at
	nameMISDate                   // misdate, in a plan that has one
	nameSteps                     // steps.ID.*
	nameNeeds                     // succeeded(), failed(), always()
	nameRun                       // batch_run.*, elapsed, attempt
	nameFailure                   // failure.*
	nameOutcome                   // outcome
	nameSecret                    // sensitive parameters
)

// The places.
const (
	AtTop     = nameStart                           // the plan's date
	InOnce    = nameMISDate                         // what makes a run unique
	InStep    = nameStart | nameMISDate | nameSteps // a value of a step
	InSetting = InStep | nameSecret                 // a run-time parameter that a step sets, except a date
	InIf      = InStep | nameNeeds                  // the if of a step
	InWatch   = InStep | nameRun                    // the if of a watch rule
	InFailure = InWatch | nameFailure               // the if of an on_failure rule
	InFinally = nameFailure | nameOutcome           // beside one of those, in a step of finally
)

// Codes lists the comparisons of codes, in the expressions compiled so far, other than with == or in and codes of the guide.
func (s *Scope) Codes() []Loose { return s.codes }

// Constants lists the conditions of steps and rules compiled so far, and the parts of them, that come to the same whatever the
// night brings.
func (s *Scope) Constants() []Constant { return s.constant }

// A Loose is a comparison that rarely means what it says.
type Loose struct {
	Name string // of the code
	Pos  source.Pos
}

// A Ref is a step that an expression names.
type Ref struct {
	Step   int // its index
	Pos    source.Pos
	Failed bool // its outcome is compared with "failed"
}
