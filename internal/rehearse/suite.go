package rehearse

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"ofsplan/internal/source"
	"ofsplan/plan"
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
	Files []*TestFile
	// Problems are what is wrong with files: nothing of such a file is run.
	Problems  source.Errors
	from      Sources
	plans     map[string]*planFile
	scenarios map[string]*scenarioFile
	mentions  mentions
}

// NewSuite is a suite without files.
func NewSuite(from Sources) *Suite {
	return &Suite{
		from: from, plans: make(map[string]*planFile), scenarios: make(map[string]*scenarioFile),
		mentions: mentions{at: make(map[source.Pos]*mention), files: make(map[string][]byte)},
	}
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
	s.mentions.files[path] = data
	root, errs := source.Parse(path, data)
	r := &testReader{
		scenarioReader: scenarioReader{source.Reader{Errors: errs, Synonyms: testSynonyms}},
		suite:          s, file: &TestFile{File: path},
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

// Warnings are what is odd, and no reason not to run: codes in scenarios that no plan orders.
func (s *Suite) Warnings() source.Errors { return s.mentions.strangers() }

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
	if _, err := Scenario(path, data); err != nil {
		return nil, err
	}
	s.mentions.files[path] = data
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

// orders are the codes that a plan can order with some parameters, or ask about.
type orders struct {
	codes []string // of batches, groups and members, sorted
	loose []string // groups ordered without naming their members, which are then the scheduler's to say
	open  bool     // some codes are known at run time only
}

// ordersOf asks the plan.
func ordersOf(r *plan.Resolved) orders {
	var all orders
	for _, s := range r.Steps {
		switch v := s.Do.(type) {
		case *plan.Trigger:
			o, _, err := r.Preview(s)
			all.add(o.Code, err)
			if o.Object == fact.Group && len(o.Members) == 0 {
				all.loose = append(all.loose, o.Code)
			}
			for _, m := range o.Members {
				all.add(m.Code, err)
			}
		case *plan.OnRun:
			if v.Step < 0 {
				ref, _, err := r.PreviewRef(s)
				all.add(ref.Code, err)
			}
		}
	}
	slices.Sort(all.codes)
	all.codes = slices.Compact(all.codes)
	return all
}

func (o *orders) add(code string, err error) {
	if err != nil || !codeForm.MatchString(code) {
		o.open = true
		return
	}
	o.codes = append(o.codes, code)
}

// check reports a code that no step orders, at the place where it is expected.
func (o orders) check(r *source.Reader, n *source.Node, file string) {
	if o.open || slices.Contains(o.codes, n.Value) {
		return
	}
	e := r.Add(n.Pos, "no step of %s orders %q", file, n.Value)
	if better := source.Suggest(n.Value, o.codes); better != "" {
		e.Hint = fmt.Sprintf("did you mean %q?", better)
	}
}
