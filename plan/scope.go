package plan

import "ofsplan/internal/source"

// A scope says which names an expression may use where it stands. params and the functions for dates and text
// are known everywhere, and so are plan.name, run.id, run.started_at and target.name.
type scope struct {
	lang   *language
	names  names
	sealed bool              // sensitive parameters may be named here
	barred map[string]string // first words that are refused here, each with why; nil: none
	params map[string]paramInfo
	// step finds a step by its id. Whether it is an ancestor is asked later, by the loader: see refs.
	step func(id string) (index int, ok bool)
	// stepIDs lists all ids, for suggestions; it is called only when step found none.
	stepIDs func() []string
}

// with returns the scope with these further names.
func (s *scope) with(more names) *scope {
	t := *s
	t.names |= more
	return &t
}

// names are groups of names that come and go together.
type names uint

// The groups of names beside those that are always there.
const (
	nameMISDate names = 1 << iota // misdate
	nameSteps                     // steps.ID.*
	nameNeeds                     // succeeded(), failed(), always(): in if
	nameRun                       // batch_run.*, elapsed, attempt: in watch and on_failure
	nameFailure                   // failure.*: in on_failure and finally
	nameOutcome                   // outcome: in finally
)

// A paramInfo is what expressions know of a declared parameter.
type paramInfo struct {
	kind      kind
	enum      []string // the only values it can have; nil: any
	sensitive bool
}

// A stepRef is a step that an expression names.
type stepRef struct {
	step   int // its index
	pos    source.Pos
	failed bool // its outcome is compared with "failed"
}

// fixed is what a run settles when it starts, and never again.
type fixed struct {
	params    map[string]any // by name, each a value of its kind
	misdate   any            // a time.Time; nil when the plan sets none
	plan      string
	run       string
	target    string
	startedAt any // a time.Time; nil when it is not known yet
}
