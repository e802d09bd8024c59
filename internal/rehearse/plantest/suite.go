package plantest

import (
	"errors"
	"path/filepath"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/calendar"
	"ofsplan/plan/fact"
)

// Sources is where test files find what they name. Paths are joined to the test file's own.
type Sources struct {
	Plan     func(path string) (*plan.Plan, error)
	Scenario func(path string) ([]byte, error)
}

// A Suite is test files that are read, and run, together.
type Suite struct {
	// Files are those without a problem, in the order in which they were added.
	Files []*File
	// Problems are what is wrong with files: nothing of such a file is run.
	Problems  source.Errors
	from      Sources
	plans     map[string]*planFile
	scenarios map[string]*scenarioFile
	names     scenario.References
	odd       source.Errors // what expressions have come to in some case, and is probably not meant
}

// NewSuite is a suite without files.
func NewSuite(from Sources) *Suite {
	return &Suite{from: from, plans: make(map[string]*planFile), scenarios: make(map[string]*scenarioFile)}
}

// planFile is a plan that some test file names. It is loaded once.
type planFile struct {
	plan *plan.Plan
	err  error
}

// scenarioFile is a scenario that some test file names. It is read once.
type scenarioFile struct {
	root *source.Node // nil when it is bad
	err  error
}

// Add reads a test file. What is wrong with it, or with what it names, goes to Problems.
func (s *Suite) Add(path string, data []byte) {
	before := len(s.Problems)
	s.names.AddFile(path, data)
	root, errs := source.Parse(path, data)
	r := &reader{
		Reader: source.Reader{Errors: errs, Synonyms: synonyms},
		suite:  s, file: &File{File: path},
	}
	if root != nil {
		r.read(root)
	}
	s.Problems = append(s.Problems, r.Errors...)
	if len(s.Problems) == before {
		s.Files = append(s.Files, r.file)
	}
	s.Problems = s.Problems.Sort()
}

// Warnings are what is odd, and no reason not to run: codes in scenarios that no plan orders, and what expressions have come to.
func (s *Suite) Warnings() source.Errors { return append(s.names.Unordered(), s.odd...).Sort() }

// plan loads the plan that is named at n. Its own problems are reported once, whoever names it; nil then.
func (s *Suite) plan(r *source.Reader, n *source.Node, path string) *plan.Plan {
	f := s.plans[path]
	first := f == nil
	if first {
		f = &planFile{}
		f.plan, f.err = s.from.Plan(path)
		s.plans[path] = f
	}
	report(r, n, "the plan", path, f.err, first)
	return f.plan
}

// scenario reads the scenario that is named at n; nil when there is something wrong with it.
func (s *Suite) scenario(r *source.Reader, n *source.Node, path string) *source.Node {
	f := s.scenarios[path]
	first := f == nil
	if first {
		f = &scenarioFile{}
		f.root, f.err = s.readScenario(path)
		s.scenarios[path] = f
	}
	report(r, n, "the scenario", path, f.err, first)
	return f.root
}

func (s *Suite) readScenario(path string) (*source.Node, error) {
	data, err := s.from.Scenario(path)
	if err != nil {
		return nil, err
	}
	if _, err := scenario.Read(path, data); err != nil {
		return nil, err
	}
	s.names.AddFile(path, data)
	root, _ := source.Parse(path, data)
	return root, nil
}

// report tells what is wrong with a file that is named at n: problems that have their places once, and at n that
// there are some.
func report(r *source.Reader, n *source.Node, what, path string, err error, first bool) {
	switch problems, placed := errors.AsType[source.Errors](err); {
	case err == nil:
	case placed && first:
		r.Errors = append(r.Errors, problems...)
	case placed:
		r.Add(n.Pos, "%s %s has problems of its own", what, path)
	default:
		r.Add(n.Pos, "%s cannot be read: %s", what, err)
	}
}

// beside is the path of what a test file names.
func beside(file, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(file), name)
}

// A File is one plan and the nights it has to stand.
type File struct {
	File  string
	Plan  *plan.Plan
	Cases []*Case
}

// A Case is one night and what is expected of it.
type Case struct {
	Name   string
	Pos    source.Pos // of its first key
	Night  rehearse.Night
	expect expectation
	// leftOut are the steps that its night leaves out.
	leftOut []string
}

// An expectation is what a night has to come to. What it does not speak of may be anything.
type expectation struct {
	Outcome        *wanted[fact.Outcome]
	ExitCode       *wanted[exitcode.Code]
	Late           *wanted[bool] // the plan's deadline had passed before the run was over
	Notices        *wanted[[]string]
	FinishedBefore *wanted[moment]
	Steps          []stepWant // in file order, as all lists here
	Calls          []callWant
	Never          []neverWant
	Bodies         []bodyWant
	Messages       *wanted[[]messageWant] // to people
}

// A Want is one expected value and the place that expects it.
type wanted[T any] struct {
	Pos source.Pos
	Is  T
}

// A stepWant is what is expected of one step. Nil means that nothing is.
type stepWant struct {
	ID             string
	Outcome        *wanted[fact.Outcome]
	Attempts       *wanted[int]
	Failure        *wanted[fact.FailureKind]
	HealedBy       *wanted[string] // the step that healed it
	Continued      *wanted[bool]   // an on_failure rule counted it as succeeded
	Notices        *wanted[[]string]
	StartedAfter   *wanted[moment]
	FinishedBefore *wanted[moment]
}

// A callWant lists the codes that requests of one kind are about, in order, and all of them.
type callWant struct {
	Op string // trigger, interrupt, restart or rerun
	wanted[[]string]
}

// A neverWant is a request that must not be made. Without a code none of its kind may.
type neverWant struct {
	Op   string
	Code string
	Pos  source.Pos
}

// A bodyWant lists what the bodies of a step's first requests must hold.
type bodyWant struct {
	Step   string
	Bodies []*source.Node
}

// A moment is a time of the night: one of the clock, the first such after the run's start in the plan's zone,
// or a date with a time.
type moment struct {
	Clock *calendar.Clock
	Time  time.Time // when Clock is nil
}

// String is the moment as a test file writes it.
func (m moment) String() string {
	if m.Clock != nil {
		return m.Clock.String()
	}
	return m.Time.Format(time.RFC3339)
}

// after is the time the moment means for a run that starts then.
func (m moment) after(start time.Time, c *calendar.Calendar) time.Time {
	if m.Clock != nil {
		return c.Meant(*m.Clock, start)
	}
	return m.Time
}
