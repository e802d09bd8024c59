package plantest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/calendar"
)

// fromTest is where a parameter of a case came from, as the audit log has it.
const fromTest = "test file"

// synonyms are words people write for keys of test files.
var synonyms = map[string]string{
	"tests": "cases", "case": "cases", "parameters": "params", "result": "outcome", "status": "outcome",
	"start": "at", "want": "expect", "expected": "expect", "exit": "exit_code", "code": "exit_code",
	"requests": "calls", "forbidden": "never", "deadline": "late", "body": "bodies", "kind": "failure",
	"tries": "attempts", "healed": "healed_by", "warnings": "notices", "notifications": "messages", "told": "messages", "channel": "to",
}

// usual is what a test file says for all of its cases.
type usual struct {
	params   []setParam
	at       *time.Time // nil: the scenario says it
	seed     *uint64
	scenario *source.Node // nil: the night in which every batch succeeds
	bad      bool         // there is something wrong with the scenario, so what is laid over it is not looked at
}

// setParam is one parameter as a test file sets it.
type setParam struct {
	plan.Given
	pos source.Pos
}

// reader reads one test file.
type reader struct {
	source.Reader
	suite *Suite
	file  *File
	usual usual
}

// read reads the root.
func (r *reader) read(root *source.Node) {
	m := r.Mapping(root, "the test file", "version", "description", "plan", "scenario", "at", "seed", "params", "cases", "x_*")
	m.Require("plan", "cases")
	m.Enum("version", "1")
	m.Text("description")
	if n := r.Scalar(m.Get("plan"), `"plan" of the test file`); n != nil {
		r.file.Plan = r.suite.plan(&r.Reader, n, beside(r.file.File, n.Value))
	}
	r.usual = usual{scenario: r.wholeScenario(m.Get("scenario")), params: r.params(m, nil), seed: source.Optional(m, "seed", scenario.Seed)}
	r.usual.at = source.Optional(m, "at", r.instant)
	r.usual.bad = m.Has("scenario") && r.usual.scenario == nil
	list := r.List(m.Get("cases"), `"cases" of the test file`, true)
	if n := m.Get("cases"); n.Is(source.Sequence) && len(list) == 0 {
		r.Add(n.Pos, "the test file has no cases")
	}
	first := make(map[string]source.Pos)
	for i, n := range list {
		r.oneCase(n, i, first)
	}
}

// wholeScenario is the night that every case begins with: a file, or one written out.
func (r *reader) wholeScenario(n *source.Node) *source.Node {
	switch {
	case n.Is(source.Scalar):
		return r.suite.scenario(&r.Reader, n, beside(r.file.File, n.Value))
	case n.Is(source.Mapping):
		before := len(r.Errors)
		if scenario.ReadPart(&r.Reader, n); len(r.Errors) > before {
			return nil
		}
		return n
	case n != nil:
		r.Add(n.Pos, `"scenario" must be a file's name or a scenario, not %s`, n.Kind)
	}
	return nil
}

// instant reads a date with a time: in its own zone, or in the plan's.
func (r *reader) instant(text string) (time.Time, error) {
	c := &calendar.Calendar{}
	if p := r.file.Plan; p != nil {
		c = p.Calendar
	}
	return c.ParseMoment(text)
}

// moment reads 05:30, or a date with a time.
func (r *reader) moment(text string) (moment, error) {
	if len(text) > len("05:30:00") {
		t, err := r.instant(text)
		return moment{Time: t}, err
	}
	c, err := calendar.ParseClock(text)
	return moment{Clock: &c}, err
}

// params reads parameters. Those of a case come before those of the file, and the first of a name counts.
func (r *reader) params(m source.Map, more []setParam) []setParam {
	var all []setParam
	for _, f := range m.Mapping("params", "*").Fields() {
		what := fmt.Sprintf("parameter %q of %s", f.Key, m.What)
		p := setParam{plan.Given{Name: f.Key, From: fromTest}, f.KeyPos}
		if f.Value.Kind == source.Sequence {
			p.Items = []string{}
			for _, item := range f.Value.Items {
				if item = r.Scalar(item, "an item of "+what); item != nil {
					p.Items = append(p.Items, item.Value)
				}
			}
		} else if n := r.Scalar(f.Value, what); n != nil {
			p.Value = n.Value
		}
		all = append(all, p)
	}
	return append(all, more...)
}

// oneCase reads one case and makes its night ready.
func (r *reader) oneCase(n *source.Node, i int, first map[string]source.Pos) {
	c := &Case{Pos: n.Pos}
	what := fmt.Sprintf("case %d", i+1)
	if name := n.Get("name"); name.Is(source.Scalar) && strings.TrimSpace(name.Value) != "" {
		c.Name = name.Value
		what = fmt.Sprintf("case %q", c.Name)
		if before, again := first[c.Name]; again {
			r.Add(name.Pos, "%s is there twice", what).Hint = "the first one is at " + before.String()
		}
		first[c.Name] = name.Pos
	}
	m := r.Mapping(n, what, "name", "description", "params", "scenario", "at", "seed", "only", "from", "skip", "expect", "x_*")
	if m.Node == nil {
		return
	}
	m.Require("name", "expect")
	if strings.TrimSpace(m.Text("name")) == "" && m.Get("name").Is(source.Scalar) {
		r.Add(m.Get("name").Pos, "%s has an empty name", what)
	}
	m.Text("description")
	root := r.night(c, m)
	if r.file.Plan == nil {
		r.expectation(c, m, nil) // its form is looked at all the same
		return
	}
	c.Night.Part = r.part(m)
	k := &known{r.file.Plan, plan.Codes{Open: true}}
	if resolved := r.resolve(c, r.params(m, r.usual.params)); resolved != nil {
		c.leftOut = resolved.Skip
		k = &known{resolved.Plan, resolved.Codes()}
		r.suite.names.Add(root, k.Codes)
		r.suite.odd = append(r.suite.odd, resolved.Odd...)
	}
	r.expectation(c, m, k)
	r.file.Cases = append(r.file.Cases, c)
}

// part says which steps a case runs: those that a run with flags of these names would.
func (r *reader) part(m source.Map) plan.Part {
	if n := m.Get("from"); n != nil && m.Has("only") {
		r.Add(n.Pos, `%s has "only" and "from"`, m.What).Hint = "leave one of the two out"
		return plan.Part{}
	}
	part := plan.Part{Only: r.steps(m, "only"), Skip: r.steps(m, "skip")}
	if n := m.Get("from"); r.Scalar(n, `"from" of `+m.What) != nil && len(r.steps(m, "from")) > 0 {
		part.From = n.Value
	}
	return part
}

// steps reads the ids under a key that can be left out.
func (r *reader) steps(m source.Map, key string) []string {
	var ids []string
	for _, n := range r.List(m.Get(key), fmt.Sprintf("%q of %s", key, m.What), false) {
		if n = r.Scalar(n, fmt.Sprintf("a step of %q of %s", key, m.What)); n == nil {
			continue
		}
		if _, err := r.file.Plan.LeftOut(plan.Part{Skip: []string{n.Value}}); err != nil {
			problem, hint, _ := strings.Cut(err.Error(), "\n\t")
			r.Add(n.Pos, "%s", problem).Hint = hint
			continue
		}
		ids = append(ids, n.Value)
	}
	return ids
}

// night lays the case's scenario over the file's and returns what comes of it.
func (r *reader) night(c *Case, m source.Map) *source.Node {
	base, over := r.usual.scenario, m.Get("scenario")
	bad := r.usual.bad
	if over.Is(source.Scalar) {
		base, over = r.suite.scenario(&r.Reader, over, beside(r.file.File, over.Value)), nil
		bad = base == nil
	}
	c.Night = rehearse.Night{Plan: r.file.Plan}
	laid := base
	if !bad {
		laid = scenario.Lay(&r.Errors, base, over)
	}
	if laid == nil {
		laid = &source.Node{Kind: source.Mapping, Pos: c.Pos}
	}
	if over != nil && !bad {
		before := len(r.Errors)
		c.Night.Scenario = scenario.ReadPart(&r.Reader, laid)
		r.blame(c, r.Errors[before:])
	} else {
		c.Night.Scenario = scenario.ReadPart(&source.Reader{}, laid) // what is wrong with it has been said
	}
	if at := cmp.Or(source.Optional(m, "at", r.instant), r.usual.at); at != nil {
		c.Night.At = *at
	}
	if seed := cmp.Or(source.Optional(m, "seed", scenario.Seed), r.usual.seed); seed != nil {
		c.Night.Scenario.Seed = *seed
	}
	return laid
}

// blame says which case makes something impossible that stands elsewhere.
func (r *reader) blame(c *Case, problems source.Errors) {
	for _, e := range problems {
		if e.File != r.file.File && e.Hint == "" {
			e.Hint = fmt.Sprintf("as the case at %s has it", c.Pos)
		}
	}
}

// resolve binds the plan to the case, so that wrong parameters are told before anything is played; nil then.
func (r *reader) resolve(c *Case, params []setParam) *plan.Resolved {
	declared := make([]string, len(c.Night.Plan.Params))
	at := make(map[source.Pos]source.Pos) // from where it is declared to where the test sets it
	for i, p := range c.Night.Plan.Params {
		declared[i] = p.Name
		at[p.Pos] = c.Pos
	}
	before := len(r.Errors)
	for _, p := range params {
		i := slices.Index(declared, p.Name)
		if i < 0 {
			r.Add(p.pos, "the plan has no parameter %q", p.Name).Hint = source.Meant(p.Name, declared)
			continue
		}
		if declaredAt := c.Night.Plan.Params[i].Pos; at[declaredAt] == c.Pos {
			at[declaredAt] = p.pos
		}
		c.Night.Given = append(c.Night.Given, p.Given)
	}
	if len(r.Errors) > before {
		return nil
	}
	resolved, err := c.Night.Resolve()
	if err == nil {
		return resolved
	}
	problems, _ := errors.AsType[source.Errors](err)
	for _, e := range problems {
		moved := *e
		if to, ok := at[e.Pos]; ok {
			moved.Pos, moved.Hint = to, "it is declared at "+e.Pos.String()
		} else if moved.Hint == "" {
			moved.Hint = fmt.Sprintf("as the case at %s has it", c.Pos)
		}
		r.Errors = append(r.Errors, &moved)
	}
	return nil
}
