package plan

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
)

// maxSteps is how many steps a plan may hold.
const maxSteps = 100_000

// maxFile is one byte more than the largest file that is parsed, so that a larger one is noticed.
const maxFile = 16<<20 + 1

// nameForm is what a plan may be called: its name becomes part of a folder's.
var nameForm = source.Pattern(`^[\p{L}\p{N}][^/\\\n\r\t]{0,99}$`)

// Load reads the plan in the file called name of fsys, checks it, and compiles its expressions. Problems carry
// the file as display, which is what the user typed; name when it is empty. Files that the plan names are read from the
// folder of name and below, and nothing else of fsys is: see [Source].
//
// The error is a [source.Errors] with every problem of the file in file order, or wraps that of the file
// system. A plan that is returned has no error; its warnings are in [Plan.Warnings].
func Load(fsys fs.FS, name, display string) (*Plan, error) {
	display = cmp.Or(display, name)
	data, err := read(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", display, err)
	}
	return whole(parse(newShelf(display, data, besides(fsys, path.Dir(name)))))
}

// Parse is [Load] of a file that has been read already, and that names no other. What a log has pinned is read by [ParsePinned].
func Parse(display string, data []byte) (*Plan, error) {
	return whole(parse(newShelf(display, data, alone)))
}

// whole is the plan when there is no problem.
func whole(p *Plan, errs source.Errors) (*Plan, error) {
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// parse reads a plan and returns every problem of it. The plan is whole when none of them holds for a pinned plan.
func parse(from *shelf) (*Plan, source.Errors) {
	top := from.sources[0]
	root, errs := source.Parse(top.file, top.Data)
	l := &loader{
		Reader: source.Reader{Errors: errs, Synonyms: synonyms, Advise: advise},
		plan:   &Plan{File: top.file, Calendar: calendar.Default(), ends: map[string]source.Pos{}},
		shelf:  from,
		index:  make(map[string]int), unknownNeed: make(map[int]bool),
	}
	if root != nil {
		l.load(root)
	}
	l.plan.Sources = from.sources
	if len(l.Errors.Pinned()) == 0 {
		all := warnings(l.plan, l.places, l.warned)
		l.plan.Warnings = l.plan.Silence(append(all, l.plan.idleIgnores(all)...)).Sort()
	}
	return l.plan, l.Errors
}

// read returns the file's bytes, cut where they would be refused anyway.
func read(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, cause(err)
	case info.IsDir():
		return nil, errors.New("this is a folder, not a plan")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	return data, cause(err)
}

// cause is the error without the file's name, which Load puts before it as the user knows it.
func cause(err error) error {
	if bare, ok := errors.AsType[*fs.PathError](err); ok {
		return bare.Err
	}
	return err
}

// A loader reads one plan. What the checks need beside the plan itself is where things were written.
type loader struct {
	source.Reader
	plan   *Plan
	shelf  *shelf
	index  map[string]int // by step id
	places []stepPlaces   // by step index
	names  *expr.Scope    // that expressions may use
	uses   []use
	named  []namedPart
	warned source.Errors // warnings of texts for people
	hinted int           // suggestions of step ids so far
	// unknownNeed holds the steps of which a need was not understood, so that it is not known for whom they wait.
	unknownNeed map[int]bool
}

// stepPlaces are where the keys of a step stand that messages about the whole plan point at.
type stepPlaces struct {
	needs  []source.Pos // beside Gate.Needs
	target source.Pos   // of the step a verb names
	verb   source.Pos   // of the verb's key
	poll   source.Pos   // of the key poll, when the step has one
	expect source.Pos   // of the key expect, likewise

	minExpect source.Pos // of the key min_expect, likewise

	duplicateSafe source.Pos // of the key duplicate_safe, likewise
}

// A use is one step named in an expression or by a verb of another.
type use struct {
	query
	pos  source.Pos
	verb string // "" in an expression
}

func (l *loader) load(root *source.Node) {
	m := l.Mapping(root, "the plan", append(planKeys[:len(planKeys):len(planKeys)], "x_*")...)
	m.Require("version", "name", "steps")
	if v := l.Scalar(m.Get("version"), `"version" of the plan`); v != nil && v.Value != "1" {
		l.Add(v.Pos, "version %q of the plan language is not known", v.Value).Hint = "write version: 1"
	}
	p := l.plan
	p.Name = m.Text("name")
	if n := m.Get("name"); n.Is(source.Scalar) && !nameForm().MatchString(p.Name) {
		l.Add(n.Pos, "%q cannot be the name of a plan", source.Short(p.Name)).Hint =
			"a name is one line of at most 100 characters without / or \\, and begins with a letter or digit"
	}
	if n := m.Get("name"); n.Is(source.Scalar) {
		if err := checkKey(p.Name); err != nil {
			l.Add(n.Pos, `"name" of the plan: %s`, err).FilesOnly = true
		}
	}
	p.Description = m.Text("description")
	l.forPeople(m, "name", "description")
	p.Alert = l.channels(m, "alert")
	p.Concurrency = int(l.atLeastOne(m, "concurrency", 0))
	l.params(m)
	l.calendar(m)
	steps, finally := l.stepList(m, "steps"), l.stepList(m, "finally")
	if n := m.Get("steps"); n.Is(source.Sequence) && len(n.Items) == 0 {
		l.Add(n.Pos, "the plan has no steps")
	}
	if len(steps)+len(finally) > maxSteps {
		l.Add(root.Pos, "the plan has %d steps, more than %d", len(steps)+len(finally), maxSteps).Hint = "split it"
		return
	}
	l.ids(steps, finally)
	l.names = l.scope()
	nodes := append(steps[:len(steps):len(steps)], finally...)
	if n := m.Get("misdate"); n != nil {
		if p.MISDate = l.misdate(n); p.MISDate == nil {
			p.MISDate = expr.Literal(n.Value, n.Pos) // reported: what uses it is not to be reported too
		}
		l.names.MISDate = true
	}
	if n := m.Get("once"); n != nil {
		p.Once = l.once(n)
	}
	p.Deadline = l.deadline(m)
	l.loops(nodes)
	l.steps(m, nodes)
	p.sealed = l.names.Sealed()
	l.looseCodes()
	l.constants()
	l.check()
}

// stepList is the list of steps under that key of the plan.
func (l *loader) stepList(m source.Map, key string) []*source.Node {
	n := m.Get(key)
	before := len(l.Errors)
	list := l.List(n, fmt.Sprintf("%q of the plan", key), true)
	if len(l.Errors) == before+1 && !n.Is(source.Null) && before < source.MostProblems {
		l.Errors[before].Hint = "each step begins with a dash and its id: - id: load"
	}
	return list
}

// ids makes the steps and gives each its id, so that every one can be named before any is read.
func (l *loader) ids(steps, finally []*source.Node) {
	p := l.plan
	p.FinallyAt = len(steps)
	first := make(map[string]source.Pos)
	for i, n := range append(steps[:len(steps):len(steps)], finally...) {
		s := &Step{Index: i, Pos: n.Pos, Finally: i >= p.FinallyAt}
		p.Steps = append(p.Steps, s)
		id := n.Get("id")
		if !id.Is(source.Scalar) {
			continue
		}
		s.ID = id.Value
		if !identifier(s.ID) {
			l.Add(id.Pos, "%q cannot be a step id", source.Short(s.ID)).Hint = nameHint(s.ID,
				"an id is a small letter, then small letters, digits and _, so that steps.load.outcome is an expression")
		}
		if before, again := first[s.ID]; again {
			hint := "the first one is at " + before.String()
			if before == id.Pos {
				hint = "an alias (*) stands for it once more: all of what it stands for, the id included"
			}
			l.Add(id.Pos, "step %q is defined twice", s.ID).Hint = hint
			continue
		}
		first[s.ID] = id.Pos
		l.index[s.ID] = i
	}
	l.places = make([]stepPlaces, len(p.Steps))
}

var identifierForm = source.Pattern(`^[a-z][a-z0-9_]*$`)

// identifier reports whether a step or a parameter may be called that.
func identifier(name string) bool { return identifierForm().MatchString(name) && !reserved(name) }

// reserved reports whether a name is a value of its own, here or in YAML.
func reserved(name string) bool {
	return slices.Contains([]string{"true", "false", "null", "nil"}, name)
}

// nameHint says what is wrong with a name that is none, with its form unless that is right.
func nameHint(name, form string) string {
	if reserved(name) {
		return "true, false, null and nil are values and no names: take another word"
	}
	return form
}

// step finds the step of that id, and reports when there is none. It returns -1 then.
func (l *loader) step(id string, pos source.Pos, who, does string) int {
	if i, ok := l.index[id]; ok {
		return i
	}
	l.Add(pos, "%s %s %q, which no step defines", who, does, source.Short(id)).Hint = source.Meant(id, l.stepIDs())
	return -1
}

// atLeastOne reads a whole number from 1 on; otherwise, when the key is not there.
func (l *loader) atLeastOne(m source.Map, key string, otherwise int64) int64 {
	if !m.Has(key) {
		return otherwise
	}
	return l.between(m, key, 1, 1_000_000_000)
}

// between reads a whole number that is there; the least when it is another one.
func (l *loader) between(m source.Map, key string, least, most int64) int64 {
	n := m.Int(key, least)
	if n < least || n > most {
		l.Add(m.Get(key).Pos, "%q of %s must be from %d to %d", key, m.What, least, most)
		return least
	}
	return n
}

// factor reads a number from 1 on; 1 when the key is not there.
func (l *loader) factor(m source.Map) float64 {
	f := m.Float("factor", 1)
	if f < 1 {
		l.Add(m.Get("factor").Pos, `"factor" of %s must be at least 1`, m.What)
	}
	return f
}
