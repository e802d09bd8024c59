package expr

import (
	"cmp"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"

	"ofsplan/plan/fact"
)

// values are the only texts that something can be; nil: any.
type values []string

// valuesOf are the texts of a list of facts.
func valuesOf[T ~string](list []T) values {
	out := make(values, len(list))
	for i, one := range list {
		out[i] = string(one)
	}
	return out
}

// facts are all that an expression can read: what is fixed for the run, and what holds at the moment.
type facts struct {
	fixed *Fixed
	view  fact.View
	bound *Bound // nil: the expression is read as it was written
}

// A reader reads something of the facts. What is not known is the zero value, never nil.
type reader[T any] func(*facts) T

// then reads something of what another reader reads.
func then[A, B any](before reader[A], get func(A) B) reader[B] {
	return func(f *facts) B { return get(before(f)) }
}

// An operand is one value that an expression reads, named by its path.
type operand struct {
	name    string // as messages and evidence name it: steps.load.tasks.STAGE.failed
	root    *root  // its first segment
	step    int    // of steps: the index
	kind    Kind
	enum    values
	texture         // of a text: what else is known of it than enum says
	parts   *parted // of failed_tasks and failed_members
	read    reader[any]
	// at is of a step its index in the run; false: the run has no such step. Nil of what is no step's.
	at func(*facts) (int, bool)
}

// parted says whose tasks or members are meant.
type parted struct {
	step    int // the index; -1: the batch run at hand
	members bool
}

// An absent is what stands for a value that there is none of. It may be read, as the evidence of a condition is, and not used.
type absent struct{ why string } // behind the name: is no time: the step never began

// moment is a time of a step, or its absence.
func moment(s fact.Step, t time.Time) any {
	switch {
	case s.StartedAt.IsZero():
		return absent{"is no time: the step never began"}
	case t.IsZero():
		return absent{"is no time: the step has not ended"}
	}
	return t
}

// told is a code that the scheduler has told, or [fact.NothingTold]: 0 would be that of success.
func told(code int, status fact.Status) int {
	if status == "" || status == fact.Unknown && code == 0 {
		return fact.NothingTold
	}
	return code
}

// A field is a value behind a dot, of something that is a T.
type field[T any] struct {
	name string
	kind Kind
	enum values
	get  func(T) any
}

// A shape is all that may stand behind the dot of a T.
type shape[T any] struct {
	fields  []field[T]
	parts   []parts[T]            // tasks, members: one part for every code
	failure func(T) fact.Failure  // nil: it has none
	file    func(T) fact.SeenFile // likewise
}

// parts are a field that holds parts, each named by its code.
type parts[T any] struct {
	name string
	get  func(T) []fact.Part
}

var (
	outcomes = valuesOf(fact.Outcomes())
	statuses = valuesOf(fact.Statuses())
	kinds    = append(values{""}, valuesOf(fact.Kinds())...) // nothing has failed
)

var partShape = &shape[fact.Part]{fields: []field[fact.Part]{
	{"status", Text, statuses, func(p fact.Part) any { return statusText(p.Status) }},
	{"code", Int, nil, func(p fact.Part) any { return told(p.StatusCode, p.Status) }},
	{"failed", Bool, nil, func(p fact.Part) any { return hasFailed(p) }},
}}

var failureShape = &shape[fact.Failure]{fields: []field[fact.Failure]{
	{"kind", Text, kinds, func(f fact.Failure) any { return string(f.Kind) }},
	{"code", Int, nil, func(f fact.Failure) any { return cmp.Or(f.Code, fact.NothingTold) }}, // success is no failure
	{"message", Text, nil, func(f fact.Failure) any { return f.Message }},
	{"attempt", Int, nil, func(f fact.Failure) any { return f.Attempt }},
	{"step", Text, nil, func(f fact.Failure) any { return f.Step }},
	{"batch", Text, nil, func(f fact.Failure) any { return f.Batch }},
	{"batch_run_id", Text, nil, func(f fact.Failure) any { return f.BatchRunID }},
}}

// fileShape is that of the file which a step took.
var fileShape = &shape[fact.SeenFile]{fields: []field[fact.SeenFile]{
	{"path", Text, nil, func(f fact.SeenFile) any { return f.Path }},
	{"size", Int, nil, func(f fact.SeenFile) any { return int(f.Size) }},
	{"modified", Moment, nil, func(f fact.SeenFile) any {
		if f.Path == "" {
			return absent{"the step took no file"}
		}
		return f.Modified
	}},
}}

var batchShape = &shape[fact.BatchRun]{
	fields: []field[fact.BatchRun]{
		{"batch_run_id", Text, nil, func(b fact.BatchRun) any { return b.ID }},
		{"batch_status", Text, statuses, func(b fact.BatchRun) any { return statusText(b.Status) }},
		{"code", Int, nil, func(b fact.BatchRun) any { return told(b.Code, b.Status) }},
		{"failed_tasks", List, nil, func(b fact.BatchRun) any { return failedCodes(b.Tasks) }},
		{"failed_members", List, nil, func(b fact.BatchRun) any { return failedCodes(b.Members) }},
	},
	parts: []parts[fact.BatchRun]{
		{"tasks", func(b fact.BatchRun) []fact.Part { return b.Tasks }},
		{"members", func(b fact.BatchRun) []fact.Part { return b.Members }},
	},
}

// stepShape is that of a step, which has all that its batch run has.
var stepShape = func() *shape[fact.Step] {
	s := &shape[fact.Step]{
		fields: []field[fact.Step]{
			{"outcome", Text, outcomes, func(s fact.Step) any { return string(s.Outcome) }},
			{"attempts", Int, nil, func(s fact.Step) any { return s.Attempts }},
			{"started_at", Moment, nil, func(s fact.Step) any { return moment(s, s.StartedAt) }},
			{"finished_at", Moment, nil, func(s fact.Step) any { return moment(s, s.FinishedAt) }},
			{"elapsed", Duration, nil, func(s fact.Step) any { return s.Elapsed }},
		},
		failure: func(s fact.Step) fact.Failure { return s.Failure },
		file:    func(s fact.Step) fact.SeenFile { return s.File },
	}
	for _, f := range batchShape.fields {
		s.fields = append(s.fields, field[fact.Step]{f.name, f.kind, f.enum, func(s fact.Step) any { return f.get(s.Run) }})
	}
	for _, p := range batchShape.parts {
		s.parts = append(s.parts, parts[fact.Step]{p.name, func(s fact.Step) []fact.Part { return p.get(s.Run) }})
	}
	return s
}()

// A root is the first segment of a path.
type root struct {
	name  string
	group Place  // the group of names it belongs to; 0: it is known everywhere
	hint  string // for those who name it where its group is not known
	fixed bool   // it is settled when the run starts
	moves bool   // and may differ from run to run
	enter func(r *resolver, n ast.Node, o operand, rest []segment) ast.Node
}

// roots lists them in the order of the language's table, which is that of suggestions.
var roots = []root{
	{name: "params", fixed: true, moves: true, enter: (*resolver).param},
	{
		name: "misdate", group: nameMISDate, hint: "it is known in a plan with misdate at the top, and not there itself", fixed: true, moves: true,
		enter: valueItself(Day, nil, func(f *facts) any { return Date{f.fixed.MISDate} }),
	},
	{name: "plan", fixed: true, enter: fixedFields(field[*Fixed]{"name", Text, nil, func(f *Fixed) any { return f.Plan }})},
	{
		name: "run", group: nameStart, fixed: true, moves: true,
		hint: "every run has its own, so no run would ever be the same as another: name what the runs have in common, such as ${{ params.region }}",
		enter: fixedFields(
			field[*Fixed]{"id", Text, nil, func(f *Fixed) any { return f.Run }},
			field[*Fixed]{"started_at", Moment, nil, func(f *Fixed) any { return f.StartedAt }},
		),
	},
	{name: "target", fixed: true, enter: fixedFields(field[*Fixed]{"name", Text, nil, func(f *Fixed) any { return f.Target }})},
	{name: "steps", enter: (*resolver).step},
	{
		name: "batch_run", group: nameRun, hint: "it is known in watch and on_failure",
		enter: fieldsOf(batchShape, func(f *facts) fact.BatchRun { return f.view.Run }),
	},
	{
		name: "elapsed", group: nameRun, hint: "it is known in watch and on_failure",
		enter: valueItself(Duration, nil, func(f *facts) any { return f.view.Elapsed }),
	},
	{
		name: "attempt", group: nameRun, hint: "it is known in watch and on_failure",
		enter: valueItself(Int, nil, func(f *facts) any { return f.view.Attempt }),
	},
	{
		name: "failure", group: nameFailure, hint: "it is known in on_failure and finally",
		enter: fieldsOf(failureShape, func(f *facts) fact.Failure { return f.view.Failure }),
	},
	{
		name: "outcome", group: nameOutcome, hint: "it is known in finally",
		enter: valueItself(Text, outcomes, func(f *facts) any { return string(f.view.Outcome) }),
	},
}

// valueItself is the way into a root that is a value.
func valueItself(k Kind, enum values, read reader[any]) func(*resolver, ast.Node, operand, []segment) ast.Node {
	return func(r *resolver, n ast.Node, o operand, rest []segment) ast.Node {
		o.kind, o.enum, o.read = k, enum, read
		return r.end(n, o, rest)
	}
}

// fieldsOf is the way into a root whose values stand behind a dot.
func fieldsOf[T any](s *shape[T], read reader[T]) func(*resolver, ast.Node, operand, []segment) ast.Node {
	return func(r *resolver, n ast.Node, o operand, rest []segment) ast.Node {
		return within(r, n, o, s, read, rest)
	}
}

func fixedFields(fields ...field[*Fixed]) func(*resolver, ast.Node, operand, []segment) ast.Node {
	return fieldsOf(&shape[*Fixed]{fields: fields}, func(f *facts) *Fixed { return f.fixed })
}

// needs are the functions about all needs of a step, which are read like names.
var needs = map[string]reader[any]{
	"succeeded": func(f *facts) any { return f.view.AllGood },
	"failed":    func(f *facts) any { return f.view.AnyFailed },
	"always":    func(*facts) any { return true },
}

// needsRoot is what these functions begin with; no path does.
var needsRoot = &root{name: "()"}

// partOf finds one task or member; one that was not seen is unknown and has not failed.
func partOf(list []fact.Part, code string) fact.Part {
	for _, p := range list {
		if p.Code == code {
			return p
		}
	}
	return fact.Part{}
}

// statusText is the text of a status; before the first look it is unknown.
func statusText(s fact.Status) string { return string(cmp.Or(s, fact.Unknown)) }

// hasFailed is what the field failed of a task or member means: it ended badly by itself, failed or aborted.
func hasFailed(p fact.Part) bool { return p.Status == fact.StatusFailed || p.Status == fact.Aborted }

// failedCodes are the codes of the parts that have failed, sorted.
func failedCodes(list []fact.Part) []string {
	codes := []string{}
	for _, p := range list {
		if hasFailed(p) {
			codes = append(codes, p.Code)
		}
	}
	slices.Sort(codes)
	return codes
}
