package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// trigger reads a trigger and checks what can be known of it before the night.
func (l *loader) trigger(s *Step, n *source.Node, what string) *Trigger {
	if n.Kind == source.Scalar {
		l.Add(n.Pos, "%s must be a mapping, not %q", what, source.Short(n.Value)).Hint = "write {batch: CODE} or {group: CODE}"
		return nil
	}
	m := l.Mapping(n, what, triggerKeys...)
	if m.Node == nil {
		return nil
	}
	t := &Trigger{NoWait: !m.Bool("wait", true)}
	if t.Object, t.Code = l.object(s, m); t.Object == "" {
		l.Add(m.Node.Pos, "%s says neither batch nor group", what).Hint = "write {batch: CODE} or {group: CODE}"
	}
	t.Params = l.settings(s, m.Get("params"), `"params" of `+what)
	t.Tasks = l.tasks(s, m.Get("tasks"), `"tasks" of `+what)
	t.Members = l.members(s, m)
	t.Excluded, t.Held, t.Included = l.codes(s, m, "excluded"), l.codes(s, m, "held"), l.codes(s, m, "included")
	switch t.Object {
	case fact.Batch:
		if f := n.Field("members"); f != nil {
			l.Add(f.KeyPos, "%s starts a batch, and only a group has members", what).Hint = `tasks of a batch are set under "tasks"`
		}
	case fact.Group:
		if f := n.Field("tasks"); f != nil {
			l.Add(f.KeyPos, "%s starts a group, and tasks belong to its members", what).Hint = "write members: {CODE: {tasks: …}}"
		}
		shares := slices.ContainsFunc(t.Params, func(p Setting) bool { return p.Name != ficMISDate })
		if shares && !m.Has("members") {
			l.Add(n.Field("params").KeyPos, `%s shares "params" among members it does not name`, what).Hint =
				"list the group's batches under members: the scheduler takes parameters member by member"
		}
	}
	l.dates(s, t, what)
	l.membersOnly(t)
	return t
}

// membersOnly refuses to leave out or to hold what is no member of a group whose members are named, as far as that is
// written out; [writer.membersOnly] does of what expressions come to.
func (l *loader) membersOnly(t *Trigger) {
	members := make(map[string]bool, len(t.Members))
	for _, m := range t.Members {
		code, literal := m.Code.Literal()
		if !literal {
			return
		}
		members[code] = true
	}
	if t.Object != fact.Group || len(members) == 0 {
		return
	}
	for _, list := range []struct {
		key   string
		codes []*expr.Value
	}{{"excluded", t.Excluded}, {"held", t.Held}} {
		for _, v := range list.codes {
			if code, literal := v.Literal(); literal && !members[code] && checkCode(code) == nil {
				e := l.Add(v.Pos(), "%q is %s, and is no member of the group", code, list.key)
				e.FilesOnly = true
				if e.Hint = source.Meant(code, slices.Sorted(maps.Keys(members))); e.Hint == "" {
					e.Hint = "what is " + list.key + " stays in members"
				}
			}
		}
	}
}

// settings reads run-time parameters. Their names are the scheduler's and always literal.
func (l *loader) settings(s *Step, n *source.Node, what string) []Setting {
	var out []Setting
	for _, f := range l.Mapping(n, what, "*").Fields() {
		if f.Key == "" {
			l.Add(f.KeyPos, "a parameter of %s has no name", what)
		}
		if expr.Has(f.Key) {
			l.Add(f.KeyPos, "the name %q in %s is no place for an expression: names are literal", source.Short(f.Key), what).Hint =
				"write the scheduler's own name, and the expression as its value"
		}
		of := fmt.Sprintf("%q of %s", source.Short(f.Key), what)
		if v := l.Scalar(f.Value, of); v != nil {
			if value := l.setting(v, s, f.Key); value != nil {
				out = append(out, Setting{f.Key, value, f.KeyPos})
			}
		}
	}
	return out
}

// tasks reads the run-time parameters of single tasks.
func (l *loader) tasks(s *Step, n *source.Node, what string) []TaskSettings {
	var out []TaskSettings
	for _, f := range l.Mapping(n, what, "*").Fields() {
		if err := checkCode(f.Key); err != nil {
			l.Add(f.KeyPos, "a task of %s: %s", what, err)
		}
		out = append(out, TaskSettings{f.Key, l.settings(s, f.Value, fmt.Sprintf("task %q of %s", source.Short(f.Key), what))})
	}
	return out
}

// members reads the member batches of a group: a list of codes, or a mapping with what is set for each.
func (l *loader) members(s *Step, m source.Map) []Member {
	n := m.Get("members")
	what := `"members" of ` + m.What
	if (n.Is(source.Sequence) && len(n.Items) == 0) || (n.Is(source.Mapping) && len(n.Fields) == 0) {
		l.Add(n.Pos, "%s is empty", what).Hint = "list the group's batches, or leave the key out"
		return nil
	}
	var out []Member
	if !n.Is(source.Mapping) {
		for _, code := range l.codes(s, m, "members") {
			out = append(out, Member{Code: code})
		}
		return out
	}
	for _, f := range n.Fields {
		if err := checkCode(f.Key); err != nil {
			l.Add(f.KeyPos, "a member of %s: %s", what, err)
		}
		of := fmt.Sprintf("member %q of %s", source.Short(f.Key), what)
		member := Member{Code: expr.Literal(f.Key, f.KeyPos)}
		one := l.Mapping(f.Value, of, memberKeys...)
		member.Params = l.settings(s, one.Get("params"), `"params" of `+of)
		member.Tasks = l.tasks(s, one.Get("tasks"), `"tasks" of `+of)
		out = append(out, member)
	}
	return out
}

// dates checks every $FICMISDATE$ that is set, and that there is one wherever the token is used.
func (l *loader) dates(s *Step, t *Trigger, what string) {
	own := l.date(t.Params, what)
	dated := l.plan.MISDate != nil || own
	l.taskDates(t.Tasks, what)
	if t.Object != fact.Group || len(t.Members) == 0 {
		l.tokens(t.Params, t.Tasks, dated, what)
		return
	}
	all := true
	for _, m := range t.Members {
		of := fmt.Sprintf("member %q of %s", m.Code, what)
		own := l.date(m.Params, of)
		l.taskDates(m.Tasks, of)
		l.tokens(m.Params, m.Tasks, dated || own, of)
		all = all && own
	}
	l.tokens(t.Params, nil, dated || all, what)
}

// date checks the date among these parameters and reports whether there is one.
func (l *loader) date(params []Setting, what string) bool {
	p, own := setting(params, ficMISDate)
	if !own {
		return false
	}
	if text, ok := p.Value.Literal(); ok {
		if _, err := readDate(text); err != nil {
			l.Add(p.Value.Pos(), "%q of %s: %s", ficMISDate, what, err)
		}
	}
	of := fmt.Sprintf("%q of %s", ficMISDate, what)
	if k := p.Value.Kind(); k != expr.Day && k != expr.Text {
		l.Add(p.Value.Pos(), "%s must be a date, but this is %s", of, k).FilesOnly = true
	}
	l.untyped(p.Value, of, expr.IsTerm)
	return true
}

// taskDates checks the dates that are set for single tasks.
func (l *loader) taskDates(tasks []TaskSettings, what string) {
	for _, t := range tasks {
		l.date(t.Params, fmt.Sprintf("task %q of %s", t.Task, what))
	}
}

// tokens reports each use of the date where there is none.
func (l *loader) tokens(params []Setting, tasks []TaskSettings, dated bool, what string) {
	if dated {
		return
	}
	report := func(list []Setting) {
		for _, p := range list {
			if strings.Contains(p.Value.String(), ficMISDate) {
				l.Add(p.Value.Pos(), "%q of %s uses %s, and no date is set", p.Name, what, ficMISDate).Hint =
					"set misdate at the top of the plan, or " + ficMISDate + " among the params"
			}
		}
	}
	report(params)
	for _, t := range tasks {
		report(t.Params)
	}
}
