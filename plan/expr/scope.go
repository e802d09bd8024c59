package expr

import (
	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
)

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

	language
	sealed []Sealed
}

// New returns a scope without parameters, without steps and without a date, whose functions go by that calendar.
func New(c *calendar.Calendar) *Scope {
	return &Scope{
		Params:  map[string]Param{},
		Step:    func(string) (int, bool) { return 0, false },
		StepIDs: func() []string { return nil },

		language: newLanguage(c),
	}
}

// A Param is what expressions know of a declared parameter.
type Param struct {
	Kind      Kind
	Enum      []string // the only texts it can be; nil: any
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

// A Ref is a step that an expression names.
type Ref struct {
	Step   int // its index
	Pos    source.Pos
	Failed bool // its outcome is compared with "failed"
}
