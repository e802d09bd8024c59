package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// sameOrder writes all that a trigger orders, as it is written, so that two triggers that order the same are the same text.
// The order of parameters, members and codes counts for nothing.
func (w *warner) sameOrder(t *Trigger) string {
	params := t.Params
	if _, own := setting(params, ficMISDate); !own && w.plan.MISDate != nil {
		params = append(slices.Clone(params), Setting{Name: ficMISDate, Value: w.plan.MISDate})
	}
	parts := []string{string(t.Object), t.Code.String(), settingsText(params), tasksText(t.Tasks)}
	members := make([]string, len(t.Members))
	for i, m := range t.Members {
		members[i] = joined("member", m.Code.String(), settingsText(m.Params), tasksText(m.Tasks))
	}
	slices.Sort(members)
	parts = append(parts, members...)
	for _, list := range [][]*expr.Value{t.Excluded, t.Held, t.Included} {
		codes := []string{}
		for _, v := range list {
			codes = append(codes, v.String())
		}
		slices.Sort(codes)
		parts = append(parts, joined(codes...))
	}
	return joined(parts...)
}

func settingsText(params []Setting) string {
	var all []string
	for _, s := range params {
		all = append(all, joined(s.Name, s.Value.String()))
	}
	slices.Sort(all)
	return joined(all...)
}

func tasksText(tasks []TaskSettings) string {
	var all []string
	for _, t := range tasks {
		all = append(all, joined(t.Task, settingsText(t.Params)))
	}
	slices.Sort(all)
	return joined(all...)
}

// joined makes one text of several, from which they could be told again.
func joined(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strconv.Quote(p))
	}
	return b.String()
}

// groupTasks warns of tasks that are asked for of a group: the guide knows tasks of a batch only, and a group's members are all told.
func (w *warner) groupTasks(s *Step, v *OnRun) {
	if len(v.Tasks) == 0 || s.Chain < 0 || w.plan.partNames(s.Chain).object != fact.Group {
		return
	}
	w.warn(warnGroupTasks, v.Tasks[0].Pos(), "step %q asks for tasks of a group, which are sent and not answered: of a group the scheduler tells its members", s.ID).Hint =
		"leave tasks out; read steps.ID.members.CODE, or ask for the status of a member's own batch run"
}

// foreign are the ways in which other tools write what they fill in. Nothing here does: it would go to the scheduler as
// it is written.
var foreign = []struct {
	form func() *regexp.Regexp
	of   string
}{
	{source.Pattern(`(?:^|[^$])\{\{.*?\}\}`), "a template of Argo, Airflow or Ansible"},
	{source.Pattern(`%%\$?[A-Za-z]\w*`), "a variable of Control-M"},
	{source.Pattern(`\$\([^)]*\)?`), "a command of a shell"},
	{source.Pattern("`[^`]+`"), "a command of a shell"},
	{source.Pattern(`\$\{[^{}]*\}?`), "a variable of a shell"},
	{source.Pattern(`(?:^|[^$\w])\$\$?[A-Za-z_]\w*(?:$|[^$\w])`), "a variable of a shell"},
	{source.Pattern(`%[A-Za-z_]\w*%`), "a variable of Windows"},
	{source.Pattern(`[#@]\{[^{}]+\}`), "a template of another tool"},
}

// foreignTemplate warns of a value that holds what another tool would fill in.
func (w *warner) foreignTemplate(what string, v *expr.Value) {
	texts := []string{v.String()}
	if _, literal := v.Literal(); !literal {
		texts = nil
		for _, p := range v.Parts() {
			if text, literal := p.Literal(); literal {
				texts = append(texts, text)
			}
		}
	}
	for _, text := range texts {
		for _, f := range foreign {
			if at := f.form().FindString(text); at != "" {
				w.warn(warnForeign, v.Pos(), "%q holds %q, which nothing replaces: it looks like %s", what, source.Short(strings.TrimSpace(at)), f.of).Hint =
					`an expression is written "${{ params.region }}"`
				return
			}
		}
	}
}

// undated warns once of a plan some of whose triggers go without a date: the scheduler takes its own day then, in UTC.
func (w *warner) undated(s *Step, t *Trigger) {
	if w.plan.MISDate != nil || w.dated {
		return
	}
	dated := func(params []Setting) bool { _, own := setting(params, ficMISDate); return own }
	all := t.Object == fact.Group && len(t.Members) > 0
	for _, m := range t.Members {
		all = all && dated(m.Params)
	}
	if dated(t.Params) || all {
		return
	}
	w.dated = true
	w.warn(warnNoDate, w.places[s.Index].verb, "step %q triggers without a date, so the scheduler takes its own day, in UTC", s.ID).Hint =
		"set misdate at the top of the plan, such as misdate: ${{ params.misdate }} with a parameter of type business_date"
}

// tooLate warns of what would come after the timeout of a step has ended it. What a rule carries out again begins anew, so of a step
// that may do so expect is about more than one attempt.
func (w *warner) tooLate(s *Step) {
	if s.Timeout == 0 {
		return
	}
	again := slices.ContainsFunc(s.OnFailure, func(r FailureRule) bool { return r.Do != DoFail && r.Do != DoContinue })
	if pos := w.places[s.Index].expect; s.Expect > s.Timeout && !again && pos.Line > 0 {
		w.warn(warnTooLate, pos, "step %q is never later than expected: its timeout ends it first", s.ID).Hint =
			fmt.Sprintf("expect must be less than the timeout, which is %s", source.DurationText(s.Timeout))
	}
	for _, r := range s.Watch {
		if r.If != nil && s.Waits() && r.If.Elapsed() >= s.Timeout {
			w.warn(warnTooLate, r.If.Pos(), "this rule never acts: the timeout of step %q ends it first", s.ID).Hint =
				fmt.Sprintf("elapsed is at most the timeout, which is %s", source.DurationText(s.Timeout))
		}
	}
}

// saysConstant reports whether it has been said of a condition on that line that it comes to the same in every night.
func (w *warner) saysConstant(pos source.Pos) bool {
	return slices.ContainsFunc(w.Errors, func(e *source.Error) bool {
		return e.ID == warnConstant && e.File == pos.File && e.Line == pos.Line
	})
}
