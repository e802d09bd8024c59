package plan

import (
	"fmt"
	"strings"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/internal/source"
	"ofsplan/plan/expr"
)

// usualPoll is how often a batch run is looked at when nobody says.
const usualPoll = 30 * time.Second

// steps reads every step of the plan and of finally.
func (l *loader) steps(m source.Map, nodes []*source.Node) {
	d := m.Mapping("defaults", defaultsKeys...)
	usual := Limits{Timeout: l.duration(d, "timeout"), Poll: l.poll(d, Poll{Every: usualPoll, Factor: 1})}
	l.fastPoll(d, usual.Poll)
	for i, n := range nodes {
		l.readStep(l.plan.Steps[i], n, usual)
	}
}

func (l *loader) readStep(s *Step, n *source.Node, usual Limits) {
	what, known := fmt.Sprintf("step %q", source.Short(s.ID)), stepKeys
	if s.ID == "" {
		what = fmt.Sprintf("step %d", s.Index+1)
	}
	if s.Finally {
		known = finallyKeys
	}
	if s.Finally && n.Get("needs") != nil {
		l.Add(n.Field("needs").KeyPos, "%s has needs, but it is one of finally", what).Hint =
			"finally steps run one after another, as they are written, and wait for everything: leave needs out"
		known = stepKeys
	}
	if f := n.Field("foreach"); s.Finally && f != nil {
		l.Add(f.KeyPos, "%s has a foreach, but it is one of finally", what).Hint =
			"finally steps run one after another, each once: leave foreach out, and name the items in a value, as in join(params.regions, \",\")"
		known = append(known[:len(known):len(known)], loopKeys...)
	}
	m := l.Mapping(n, what, known...)
	if m.Node == nil {
		return
	}
	m.Require("id")
	l.Scalar(m.Get("id"), `"id" of `+what)
	l.names.Loop = s.Each.known()
	s.Text = Text{text(m, "name"), text(m, "description"), text(m, "runbook")}
	l.forPeople(m, "name", "description", "runbook", "duplicate_safe")
	l.gate(s, m)
	l.verb(s, m)
	s.Limits = Limits{Timeout: l.duration(m, "timeout"), Expect: l.duration(m, "expect"), MinExpect: l.duration(m, "min_expect"), Poll: l.poll(m, usual.Poll)}
	if f := m.Node.Field("poll"); f != nil {
		l.places[s.Index].poll = f.KeyPos
	}
	l.fastPoll(m, s.Poll)
	if f := m.Node.Field("expect"); f != nil {
		l.places[s.Index].expect = f.KeyPos
	}
	if s.Timeout == 0 && s.Waits() {
		s.Timeout = usual.Timeout
	}
	l.minExpect(s, m)
	l.rules(s, m)
	l.duplicateSafe(s, m)
}

// text reads a text that most steps do not have: the words for a message about it are made only when it is there.
func text(m source.Map, key string) string {
	if !m.Has(key) {
		return ""
	}
	return m.Text(key)
}

// forPeople warns of expressions in texts that nothing fills in, at their keys: a comment that silences it does not fit
// into every text.
func (l *loader) forPeople(m source.Map, keys ...string) {
	for _, key := range keys {
		f := m.Node.Field(key)
		if f == nil || !f.Value.Is(source.Scalar) || !expr.Has(f.Value.Value) {
			continue
		}
		e := l.warned.Add(f.KeyPos, "%q of %s holds an expression, which is printed as it is written", key, m.What)
		e.ID, e.Hint = warnPeopleValue, "texts for people are not evaluated"
	}
}

// noReason is what people write who take duplicate_safe for a switch: above all "false", which would permit what it was
// to forbid.
var noReason = source.Pattern(`^(?i:true|false|yes|no|on|off|y|n|none|null|~|[-+.0-9]+)$`)

// duplicateSafe reads why a second trigger or rerun of the step does no harm.
func (l *loader) duplicateSafe(s *Step, m source.Map) {
	n := m.Get("duplicate_safe")
	if n == nil {
		return
	}
	f := m.Node.Field("duplicate_safe")
	l.places[s.Index].duplicateSafe = f.KeyPos
	before := len(l.Errors)
	s.DuplicateSafe = strings.Join(strings.Fields(m.Text("duplicate_safe")), " ")
	switch v := s.Do.(type) {
	case nil, *Trigger:
	case *OnRun:
		if v.Op == OpRerun {
			break
		}
		l.Add(f.KeyPos, "%s is duplicate_safe, but its %s starts nothing anew", m.What, v.Op).Hint =
			"it is for steps that trigger or rerun: a restart or an interrupt in doubt is settled by a look at the batch run"
	default:
		l.Add(f.KeyPos, "%s is duplicate_safe, but its %s asks the scheduler for nothing", m.What, v.Keyword()).Hint =
			"it is for steps that trigger or rerun"
	}
	if len(l.Errors) > before {
		return
	}
	const hint = "write the reason why carrying it out twice does no harm: it stands in the audit log as the permit of a repeat"
	switch {
	case s.DuplicateSafe == "":
		l.Add(n.Pos, "%q of %s says nothing", "duplicate_safe", m.What).Hint = hint
	case noReason().MatchString(s.DuplicateSafe):
		l.Add(n.Pos, "%q of %s wants a reason, and %q is none", "duplicate_safe", m.What, s.DuplicateSafe).Hint =
			hint + "; a step whose duplicate does harm has no such key"
	}
}

// gate reads needs and if.
func (l *loader) gate(s *Step, m source.Map) {
	n := m.Get("needs")
	s.Above = n == nil || s.Finally
	if n != nil && !s.Finally {
		l.needs(s, l.List(n, `"needs" of `+m.What, false), m.What)
	}
	if n := m.Get("if"); n != nil {
		s.If = l.cond(n, `"if" of `+m.What, s, expr.InIf)
	}
}

func (l *loader) needs(s *Step, list []*source.Node, what string) {
	seen := make(map[int]bool, len(list))
	for _, n := range list {
		if n = l.Scalar(n, `an item of "needs" of `+what); n == nil {
			continue
		}
		i := l.step(n.Value, n.Pos, what, "needs")
		switch {
		case i < 0:
			l.unknownNeed[s.Index] = true
			continue
		case i == s.Index:
			l.Add(n.Pos, "%s needs itself", what)
			continue
		case l.plan.Steps[i].Finally:
			l.Add(n.Pos, "%s needs %q, which is one of finally", what, n.Value).Hint = "finally runs after every other step"
			continue
		case seen[i]:
			l.Add(n.Pos, "%s needs %q twice", what, n.Value)
			continue
		}
		seen[i] = true
		s.Needs = append(s.Needs, i)
		l.places[s.Index].needs = append(l.places[s.Index].needs, n.Pos)
	}
}

// duration reads a duration that must be longer than nothing; 0 when the key is not there.
func (l *loader) duration(m source.Map, key string) time.Duration {
	const absent = -1
	if !m.Has(key) {
		return 0
	}
	d := m.Duration(key, absent)
	if d == absent {
		return 0
	}
	if d == 0 {
		l.Add(m.Get(key).Pos, "%q of %s must be longer than nothing", key, m.What)
	}
	return d
}

// minExpect checks the shortest time that is expected against the longest.
func (l *loader) minExpect(s *Step, m source.Map) {
	if s.MinExpect == 0 {
		return
	}
	f := m.Node.Field("min_expect")
	l.places[s.Index].minExpect = f.KeyPos
	switch least := readable.Duration(s.MinExpect); {
	case s.Expect > 0 && s.MinExpect >= s.Expect:
		l.Add(f.Value.Pos, `"min_expect" of %s is %s, and "expect" is %s: every end would be too early or too late`, m.What, least, readable.Duration(s.Expect)).Hint =
			"min_expect is the shortest time that the work can take, and expect the longest that it should"
	case s.Timeout > 0 && s.MinExpect >= s.Timeout:
		l.Add(f.Value.Pos, `"min_expect" of %s is %s, and its timeout is %s: it would be too early or fail`, m.What, least, readable.Duration(s.Timeout)).Hint =
			"min_expect is the shortest time that the work can take"
	}
}

// poll reads how often to look: one duration, or a mapping.
func (l *loader) poll(m source.Map, usual Poll) Poll {
	n := m.Get("poll")
	if n == nil {
		return usual
	}
	if n.Kind != source.Mapping {
		return Poll{Every: l.duration(m, "poll"), Factor: 1}
	}
	p := m.Mapping("poll", pollKeys...)
	p.Require("every")
	out := Poll{Every: l.duration(p, "every"), Max: l.duration(p, "max"), Factor: l.factor(p)}
	if out.Max > 0 && out.Max < out.Every {
		l.Add(p.Get("max").Pos, `"max" of %s is shorter than "every"`, p.What)
	}
	return out
}

// fastPoll warns of looks that come more often than a scheduler has something new to tell.
func (l *loader) fastPoll(m source.Map, p Poll) {
	if m.Node == nil || !m.Has("poll") || p.Every <= 0 || p.Every >= time.Second {
		return
	}
	e := l.warned.Add(m.Node.Field("poll").KeyPos, "%q of %s asks the scheduler every %s: each step that waits does", "poll", m.What, readable.Duration(p.Every))
	e.ID, e.Hint = warnFastPoll, "a batch takes minutes: 30s is usual"
}

// rules reads watch, on_failure and allow_failure.
func (l *loader) rules(s *Step, m source.Map) {
	if m.Has("allow_failure") {
		s.AllowFailure = m.Bool("allow_failure", false)
	}
	if !m.Has("watch") && !m.Has("on_failure") {
		return
	}
	for i, n := range l.List(m.Get("watch"), `"watch" of `+m.What, true) {
		r := l.Mapping(n, fmt.Sprintf("watch rule %d of %s", i+1, m.What), watchKeys...)
		r.Require("if", "do")
		rule := WatchRule{Pos: n.Pos, Do: WatchAction(r.Enum("do", string(WatchInterrupt), string(WatchWarn)))}
		if c := r.Get("if"); c != nil {
			rule.If = l.cond(c, `"if" of `+r.What, s, expr.InWatch)
		}
		s.Watch = append(s.Watch, rule)
	}
	for i, n := range l.List(m.Get("on_failure"), `"on_failure" of `+m.What, true) {
		s.OnFailure = append(s.OnFailure, l.failureRule(s, n, fmt.Sprintf("on_failure rule %d of %s", i+1, m.What)))
	}
}

func (l *loader) failureRule(s *Step, n *source.Node, what string) FailureRule {
	m := l.Mapping(n, what, failureKeys...)
	m.Require("do")
	rule := FailureRule{
		Pos: n.Pos, Times: int(l.atLeastOne(m, "times", 1)), Delay: m.Duration("delay", 0), Factor: l.factor(m), Max: l.duration(m, "max"),
		Do: FailureAction(m.Enum("do", string(DoRestart), string(DoRerun), string(DoRetry), string(DoInterrupt), string(DoContinue), string(DoFail))),
	}
	if c := m.Get("if"); c != nil {
		rule.If = l.cond(c, `"if" of `+what, s, expr.InFailure)
	}
	if rule.Max > 0 && rule.Max < rule.Delay {
		l.Add(m.Get("max").Pos, `"max" of %s is shorter than "delay"`, what)
	}
	if s.Do != nil && !hasBatchRun(s.Do) && (rule.Do == DoRestart || rule.Do == DoRerun || rule.Do == DoInterrupt) {
		e := l.Add(m.Get("do").Pos, "%s cannot %s anything: its %s has no batch run", what, rule.Do, s.Do.Keyword())
		if s.Rests() {
			e.Hint = "write retry, continue or fail"
		}
	}
	return rule
}

// scope is what the expressions of the plan may name: its parameters, and the ids of its steps.
func (l *loader) scope() *expr.Scope {
	sc := expr.New(l.plan.Calendar)
	for i := range l.plan.Params {
		p := &l.plan.Params[i]
		sc.Params[p.Name] = expr.Param{Kind: paramKinds[p.Type], Enum: p.values(), Default: p.text(), Sensitive: p.Sensitive}
	}
	sc.Step = func(id string) (int, bool) { i, ok := l.index[id]; return i, ok }
	sc.StepIDs = l.stepIDs
	sc.LoopOf = func(i int) *expr.Loop { return l.plan.Steps[i].Each.known() }
	return sc
}

// stepIDs lists the ids for a suggestion. Past the first 20 it lists none: a suggestion compares a text with every id, so that a
// large plan full of unknown ids would take minutes.
func (l *loader) stepIDs() []string {
	const most = 20
	if l.hinted++; l.hinted > most {
		return nil
	}
	ids := make([]string, len(l.plan.Steps))
	for i, s := range l.plan.Steps {
		ids[i] = s.ID
	}
	return ids
}

// paramKinds are what parameters are in expressions, by their types.
var paramKinds = map[ParamType]expr.Kind{
	ParamString: expr.Text, ParamInt: expr.Int, ParamNumber: expr.Number, ParamBool: expr.Bool, ParamDate: expr.Day,
	ParamBusinessDate: expr.Day, ParamList: expr.List,
}

// values are the only texts or numbers a parameter or its items can hold; nil when there is no such list.
func (p *Param) values() []string {
	if p.Type == ParamDate || p.Type == ParamBusinessDate {
		return nil
	}
	return p.Enum
}

// text is the default of a parameter that is text; empty when it has none, or is anything else.
func (p *Param) text() string {
	if p.Type != ParamString || p.Default == nil {
		return ""
	}
	return p.Default.Value
}

// in is that place in step s.
func in(s *Step, at expr.Place) expr.Place {
	if s.Finally {
		return at | expr.InFinally
	}
	return at
}

// cond compiles a condition of a step, and keeps which steps it names.
func (l *loader) cond(n *source.Node, what string, s *Step, at expr.Place) *expr.Cond {
	if n = l.Scalar(n, what); n == nil {
		return nil
	}
	c, errs := l.names.Cond(n, in(s, at))
	l.Errors = append(l.Errors, errs...)
	if c != nil {
		l.use(s, c.Refs(), c.Named())
	}
	return c
}

// value compiles a value of a step, and keeps which steps it names.
func (l *loader) value(n *source.Node, s *Step, at expr.Place) *expr.Value {
	v, errs := l.names.Value(n, in(s, at))
	l.Errors = append(l.Errors, errs...)
	if v != nil {
		l.use(s, v.Refs(), v.Named())
	}
	return v
}

func (l *loader) use(s *Step, refs []expr.Ref, named []expr.Named) {
	for _, n := range named {
		l.named = append(l.named, namedPart{s.Index, n})
	}
	for _, r := range refs {
		l.uses = append(l.uses, use{query{s.Index, r.Step}, r.Pos, ""})
	}
}
