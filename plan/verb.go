package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// ficMISDate is the run-time parameter that carries the date of a batch run, and the token that stands for it.
const ficMISDate = "$FICMISDATE$"

// codeForm is what the scheduler takes for a code of a batch, group, task or member.
// External Scheduler Interface API Guide 25.08.01.
var codeForm = source.Pattern(`^[A-Za-z][A-Za-z0-9_]{0,59}$`)

// checkCode says what is wrong with a code, or nil.
func checkCode(code string) error {
	if codeForm().MatchString(code) {
		return nil
	}
	return fmt.Errorf("%q is not a code: a letter, then letters, digits and _, 60 at most", source.Short(code))
}

// verb reads the one thing a step does.
func (l *loader) verb(s *Step, m source.Map) {
	var found *source.Field
	for i := range m.Node.Fields {
		f := &m.Node.Fields[i]
		if !slices.Contains(verbs, f.Key) {
			continue
		}
		if found != nil {
			l.Add(f.KeyPos, "%s does two things: %q and %q", m.What, found.Key, f.Key).Hint = "make it two steps"
			continue
		}
		found = f
	}
	if found == nil {
		l.Add(m.Node.Pos, "%s does nothing", m.What).Hint = "give it one of " + strings.Join(verbs[:len(verbs)-1], ", ") + " and " + verbs[len(verbs)-1]
		return
	}
	l.places[s.Index].verb = found.KeyPos
	what := fmt.Sprintf("%q of %s", found.Key, m.What)
	switch found.Key {
	case "trigger":
		if t := l.trigger(s, found.Value, what); t != nil {
			s.Do = t
		}
	case "sleep":
		s.Do = l.sleep(found.Value, what, m)
	case "notify":
		s.Do = l.notify(s, found.Value, what, m)
	case "file":
		s.Do = l.waitFile(s, found.Value, what)
	case "check":
		s.Do = l.waitCheck(s, found.Value, what)
	case "wait":
		if found.Value.Get("plan") != nil {
			s.Do = l.waitRun(s, found.Value, what)
			break
		}
		s.Do = l.onRun(s, OpWait, found.Value, what)
	case "approve":
		s.Do = l.approve(s, found.Value, what, m)
	default:
		s.Do = l.onRun(s, Op(found.Key), found.Value, what)
	}
}

// mostSleepDays bounds how far away a sleep's clock time may be.
const mostSleepDays = 31

func (l *loader) sleep(n *source.Node, what string, step source.Map) Verb {
	if n.Kind != source.Mapping {
		return &Sleep{For: l.duration(step, "sleep")}
	}
	m := l.Mapping(n, what, sleepKeys...)
	m.Require("until")
	v := &Sleep{Until: source.Read(&l.Reader, m.Get("until"), `"until" of `+what, calendar.ParseClock)}
	if m.Has("days") {
		n := int(l.between(m, "days", 0, mostSleepDays))
		v.Days = &n
	}
	return v
}

// onRun reads a verb about a batch run that exists: a step id, or a mapping.
func (l *loader) onRun(s *Step, op Op, n *source.Node, what string) Verb {
	v := &OnRun{Op: op, Step: -1}
	does := map[Op]string{OpWait: "waits for", OpStatus: "asks for the status of", OpInterrupt: "interrupts", OpRestart: "restarts", OpRerun: "reruns"}[op]
	if n.Kind == source.Scalar {
		l.target(s, v, n, does)
		return v
	}
	if n.Kind == source.Sequence {
		l.Add(n.Pos, "%s must be one step id, or a mapping, not a list", what).Hint = "a step does one thing: make it several steps"
		return v
	}
	known := runKeys
	switch op {
	case OpStatus:
		known = statusKeys
	case OpRestart, OpRerun:
		known = againKeys
	}
	m := l.Mapping(n, what, known...)
	if m.Node == nil {
		return v
	}
	v.NoWait = !m.Bool("wait", true)
	v.Tasks = l.codes(s, m, "tasks")
	switch by := m.Get("step"); {
	case by != nil:
		for _, key := range []string{"batch", "group", "run"} {
			if f := n.Field(key); f != nil {
				l.Add(f.KeyPos, "%s names a step, so %q has no place beside it", what, key)
			}
		}
		if by = l.Scalar(by, `"step" of `+what); by != nil {
			l.target(s, v, by, does)
		}
	default:
		if v.Object, v.Code = l.object(s, m); v.Code != nil || v.Object != "" {
			m.Require("run")
		} else if m.Has("run") {
			l.Add(m.Node.Pos, `%s has neither "batch" nor "group"`, what).Hint = "say which the batch run is of"
		} else {
			l.Add(m.Node.Pos, "%s does not say which batch run is meant", what).Hint = "write {step: ID}, or {batch: CODE, run: BATCH_RUN_ID}"
		}
		if run := l.Scalar(m.Get("run"), `"run" of `+what); run != nil {
			v.RunID = l.value(run, s, expr.InStep)
			if run.Value == "" {
				l.Add(run.Pos, `"run" of %s is empty`, what)
			}
		}
	}
	return v
}

// target finds the step whose batch run a verb is about.
func (l *loader) target(s *Step, v *OnRun, n *source.Node, does string) {
	who := fmt.Sprintf("step %q", source.Short(s.ID))
	i := l.step(n.Value, n.Pos, who, does)
	switch {
	case i == s.Index:
		l.Add(n.Pos, "%s %s itself", who, does)
	case i >= 0 && l.plan.Steps[i].Finally && (!s.Finally || i > s.Index):
		l.Add(n.Pos, "%s %s %q, which runs after it", who, does, n.Value)
	case i >= 0:
		v.Step = i
		l.targetItems(s, l.plan.Steps[i], v.Op, n.Pos, does)
		l.places[s.Index].target = n.Pos
		l.uses = append(l.uses, use{query{s.Index, i}, n.Pos, does})
	}
}

// object reads which batch or group is meant: exactly one of the two keys.
func (l *loader) object(s *Step, m source.Map) (fact.Object, *expr.Value) {
	batch, group := m.Node.Field("batch"), m.Node.Field("group")
	switch {
	case batch != nil && group != nil:
		later := batch
		if group.KeyPos.Line > batch.KeyPos.Line || group.KeyPos.Line == batch.KeyPos.Line && group.KeyPos.Col > batch.KeyPos.Col {
			later = group
		}
		l.Add(later.KeyPos, "%s names both a batch and a group", m.What).Hint = "leave one of the two out"
		return fact.Batch, nil
	case batch != nil:
		return fact.Batch, l.code(s, batch.Value, `"batch" of `+m.What)
	case group != nil:
		return fact.Group, l.code(s, group.Value, `"group" of `+m.What)
	}
	return "", nil
}

// code reads a code, which may be an expression; a literal one is checked at once.
func (l *loader) code(s *Step, n *source.Node, what string) *expr.Value {
	if n = l.Scalar(n, what); n == nil {
		return nil
	}
	v := l.value(n, s, expr.InStep)
	if v != nil {
		if text, ok := v.Literal(); ok {
			if err := checkCode(text); err != nil {
				l.Add(n.Pos, "%s: %s", what, err)
			}
		} else if k := v.Kind(); k != expr.Text && k != expr.Bool && k != expr.List {
			l.Add(n.Pos, "%s must be a code, but this is %s", what, k).FilesOnly = true
		}
	}
	return v
}

// codes reads a list of codes.
func (l *loader) codes(s *Step, m source.Map, key string) []*expr.Value {
	n := m.Get(key)
	if n == nil {
		return nil
	}
	what := fmt.Sprintf("%q of %s", key, m.What)
	if n.Is(source.Scalar) && expr.Has(n.Value) {
		return l.spread(s, n, what)
	}
	var out []*expr.Value
	seen := make(map[string]bool)
	for _, item := range l.List(n, what, true) {
		v := l.code(s, item, "an item of "+what)
		if v == nil {
			continue
		}
		if text, ok := v.Literal(); ok && seen[text] {
			l.Add(item.Pos, "%q is listed twice in %s", text, what)
		} else if ok {
			seen[text] = true
		}
		out = append(out, v)
	}
	return out
}

// spread reads one expression that is all of a list.
func (l *loader) spread(s *Step, n *source.Node, what string) []*expr.Value {
	v := l.value(n, s, expr.InStep)
	if v == nil {
		return nil
	}
	if v.Kind() != expr.List {
		l.Add(n.Pos, "%s must be a list, but this is %s", what, v.Kind()).Hint = "write [A, B], or ${{ params.NAME }} of a parameter of type list"
		return nil
	}
	return []*expr.Value{v.Spread()}
}

// readDate reads yyyy-mm-dd, with a word of help for those who write T-1 where a plan has no parameter.
func readDate(text string) (time.Time, error) {
	d, err := calendar.Parse(text)
	if err != nil && calendar.CheckTerm(text) == nil {
		return d, fmt.Errorf("%q is no date here: declare a parameter of type business_date with this default, and write ${{ params.NAME }}", text)
	}
	return d, err
}
