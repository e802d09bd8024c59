package plan

import (
	"fmt"
	"slices"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

const heldOutHint = "an excluded one never comes to be held"

// A warner goes through a plan that has no errors and collects what is probably not meant.
type warner struct {
	source.Errors
	plan   *Plan
	places []stepPlaces
	first  map[string]*Step // by what is triggered
	dated  bool             // it was said that a trigger goes without a date
	left   map[int]bool     // steps whose batch run another restarts or reruns without waiting for it
}

// warnings are those found while the plan was read, and those that all of it shows.
func warnings(p *Plan, places []stepPlaces, warned source.Errors) source.Errors {
	w := &warner{Errors: warned, plan: p, places: places, first: make(map[string]*Step), left: make(map[int]bool)}
	for _, s := range p.Steps {
		if v, ok := s.Do.(*OnRun); ok && v.NoWait && v.Step >= 0 {
			w.left[v.Step] = true
		}
	}
	for i := range p.Params {
		if d := &p.Params[i]; d.Default != nil && secretName().MatchString(d.Name) && d.Default.Value != "" {
			w.warn(warnSecret, d.Pos, "the default of parameter %q looks like a secret", d.Name).Hint =
				"a plan is kept in git: let a target's configuration hold it"
		}
	}
	w.once()
	for _, s := range p.Steps {
		w.step(s)
	}
	w.sideBySide()
	return w.Errors
}

func (w *warner) warn(id string, pos source.Pos, format string, args ...any) *source.Error {
	e := w.Add(pos, format, args...)
	e.ID = id
	return e
}

func (w *warner) step(s *Step) {
	verb := w.places[s.Index].verb
	if s.Waits() && s.Timeout == 0 {
		w.warn(warnNoTimeout, verb, "step %q waits for a batch run without a timeout", s.ID).Hint =
			"a hung batch would hold it forever: set timeout, or defaults: {timeout: 3h}"
	}
	if sensor(s) && s.Timeout == 0 {
		w.warn(warnNoTimeout, verb, "step %q waits without a timeout", s.ID).Hint =
			"what never comes would hold the night forever: set timeout; that of defaults is for batch runs"
	}
	if v := s.Approval(); v != nil && s.Timeout == 0 {
		w.warn(warnNoTimeout, verb, "step %q waits for a person's word without a timeout", s.ID).Hint =
			"when nobody answers, the run would wait forever: set timeout"
	}
	if !s.Waits() {
		w.neverLooked(s)
	}
	switch v := s.Do.(type) {
	case *Trigger:
		w.trigger(s, v)
	case *OnRun:
		w.interrupt(s, v)
		w.groupTasks(s, v)
	}
	w.rules(s)
	w.growth(s)
	w.tooLate(s)
	w.untold(s)
}

// neverLooked warns of watch, poll and min_expect in a step that does not look at its batch run again and again.
func (w *warner) neverLooked(s *Step) {
	if pos := w.places[s.Index].poll; pos.Line > 0 && !sensor(s) {
		w.warn(warnNoEffect, pos, "poll has no effect: step %q does not wait for a batch run", s.ID)
	}
	if pos := w.places[s.Index].minExpect; pos.Line > 0 {
		w.warn(warnNoEffect, pos, "min_expect has no effect: step %q does not wait for a batch run", s.ID)
	}
	for _, r := range s.Watch {
		if r.Do == WatchInterrupt {
			w.warn(warnInterrupt, r.Pos, "nobody can reach this interrupt: step %q does not wait for a batch run", s.ID)
			continue
		}
		w.warn(warnNoEffect, r.Pos, "this rule is never looked at: step %q does not wait for a batch run", s.ID)
	}
}

func (w *warner) trigger(s *Step, t *Trigger) {
	w.twice(s, t)
	w.undated(s, t)
	held := make(map[string]bool, len(t.Held))
	for _, v := range t.Held {
		held[v.String()] = true
	}
	for _, v := range t.Excluded {
		if held[v.String()] {
			w.warn(warnHeldOut, v.Pos(), "%q is both excluded and held", v).Hint = heldOutHint
		}
	}
	_, own := setting(t.Params, ficMISDate)
	if t.Object == fact.Group && len(t.Members) == 0 && (own || w.plan.MISDate != nil) {
		w.warn(warnGroupDate, w.places[s.Index].verb, "group %q gets a date, and its members are not named", t.Code).Hint =
			"only a scheduler with group_date: top_level takes that; list the group's batches under members for the others"
	}
	for s := range t.Values() {
		if s.Name != "" {
			w.setting(s)
		}
	}
}

// twice warns of the same order given twice. Two steps that both have a condition may well exclude
// each other.
func (w *warner) twice(s *Step, t *Trigger) {
	what := w.sameOrder(t)
	before := w.first[what]
	if before == nil {
		w.first[what] = s
		return
	}
	if before.If != nil && s.If != nil {
		return
	}
	w.warn(warnTwice, t.Code.Pos(), "%s %q is triggered twice with the same date and parameters, by %q and by %q", t.Object, t.Code, before.ID, s.ID).Hint =
		"to run it again after a failure, use rerun"
}

var (
	secretName  = source.Pattern(`(?i)passw(or)?d|passphrase|secret|api_?key|access_?key|private_?key|credential|(^|[_$])(pwd|auth|token)($|[_$])`)
	secretValue = source.Pattern(`-----BEGIN [A-Z ]*PRIVATE KEY-----|^(Bearer|Basic) [A-Za-z0-9+/=._-]{8,}|^eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.|^AKIA[0-9A-Z]{16}$`)
	nearDate    = source.Pattern(`^\$?(FIC)?_?MIS_?DATE\$?$`)
	dateLike    = source.Pattern(`\$?(?:FIC)?_?MIS_?DATE\$?`)
	halfToken   = source.Pattern(`^\$[A-Z][A-Z0-9_]*$|^[A-Z][A-Z0-9_]*\$$|^FICMISDATE$`)
	anyToken    = source.Pattern(`\$[A-Z][A-Z0-9_]*\$`)
)

// setting warns of a run-time parameter that looks like a secret or like a slip of the date's token.
func (w *warner) setting(s Setting) {
	text, literal := s.Value.Literal()
	if literal && text != "" && (secretName().MatchString(s.Name) || secretValue().MatchString(text)) {
		w.warn(warnSecret, s.Value.Pos(), "%q looks like a secret", s.Name).Hint = "a plan is kept in git and goes into the audit log"
	}
	switch {
	case strings.Trim(s.Name, "$") != "FICMISDATE" && nearDate().MatchString(s.Name):
		w.warn(warnHalfToken, s.Pos, "%q is not the date of the batch run", s.Name).Hint = "did you mean \"" + ficMISDate + "\"?"
	case halfToken().MatchString(s.Name):
		w.warn(warnHalfToken, s.Pos, "%q lacks a dollar", s.Name).Hint = "did you mean \"$" + strings.Trim(s.Name, "$") + "$\"?"
	}
	if w.dateToken(s, text) {
		return
	}
	w.foreignTemplate(s.Name, s.Value)
	for _, token := range anyToken().FindAllString(s.Value.String(), -1) {
		if token != ficMISDate {
			w.warn(warnOtherToken, s.Value.Pos(), "%q holds %q, which nothing replaces", s.Name, token).Hint =
				"only " + ficMISDate + " is replaced; write ${{ … }} for anything else"
			break
		}
	}
}

// dateToken warns of a value that holds what is nearly the token of the date, and reports whether it does.
func (w *warner) dateToken(s Setting, text string) bool {
	for _, at := range dateLike().FindAllString(text, -1) {
		if at != ficMISDate && (strings.Contains(at, "$") || at == text && strings.HasPrefix(at, "FIC")) {
			w.warn(warnOtherToken, s.Value.Pos(), "%q holds %q, which nothing replaces", s.Name, at).Hint = "did you mean \"" + ficMISDate + "\"?"
			return true
		}
	}
	return false
}

// interrupt warns of an interrupt step that finds its batch run over, or not yet begun, in every case.
func (w *warner) interrupt(s *Step, v *OnRun) {
	if v.Op != OpInterrupt || v.Step < 0 || s.Finally {
		return
	}
	named := w.plan.Steps[v.Step]
	after := s.Above && named.Index < s.Index || slices.Contains(s.Needs, named.Index)
	before := named.Above && s.Index < named.Index && !named.Finally || slices.Contains(named.Needs, s.Index)
	switch {
	case before:
		w.warn(warnInterrupt, w.places[s.Index].target, "nobody can reach this interrupt: %q starts after %q", named.ID, s.ID)
	case after && named.Waits() && (named.Timeout == 0 || s.If == nil || s.If.Bare()) && !w.left[v.Step]:
		w.warn(warnInterrupt, w.places[s.Index].target, "nobody can reach this interrupt: %q has waited for its batch run to end", named.ID).Hint =
			fmt.Sprintf("give %q a watch rule, or wait: false; or give it a timeout, and this step if: failed()", named.ID)
	}
}

// mostCompared bounds with how many steps each is compared.
const mostCompared = 8

// sideBySide warns of steps that start the same batch again and need not wait for each other: whoever comes second
// interrupts what the first began, or is refused, and while one is in doubt nothing starts the batch again. Two steps
// that both have a condition, and not the same, may well exclude each other.
func (w *warner) sideBySide() {
	above := w.plan.Steps[:w.plan.FinallyAt]
	again := make(map[string][]int) // the steps that restart or rerun a batch run, by which one it is
	var names []string
	several := false
	for i, s := range above {
		if v, ok := s.Do.(*OnRun); ok && (v.Op == OpRestart || v.Op == OpRerun) && s.Chain >= 0 {
			name := startedBy(above[s.Chain])
			if again[name] == nil {
				names = append(names, name)
			}
			again[name] = append(again[name], i)
			several = several || len(again[name]) > 1
		}
	}
	if !several {
		return
	}
	_, g, _ := waits(above)
	var asked []query
	for _, name := range names {
		steps := again[name]
		slices.SortFunc(steps, func(a, b int) int { return int(g.rank[a]) - int(g.rank[b]) })
		for k := range steps {
			for _, before := range steps[max(0, k-mostCompared):k] {
				asked = append(asked, query{step: steps[k], target: before})
			}
		}
	}
	warned := make(map[int]bool)
	for _, q := range g.notAfter(asked) {
		first, second := above[min(q.step, q.target)], above[max(q.step, q.target)]
		if warned[second.Index] || first.If != nil && second.If != nil && first.If.String() != second.If.String() {
			continue
		}
		warned[second.Index] = true
		w.warn(warnSideBySide, w.places[second.Index].verb, "%q and %q can start the same batch again side by side: neither waits for the other", first.ID, second.ID).Hint =
			"let one need the other, and say in its if when it is wanted"
	}
}

// startedBy names the batch run that a chain is about, by the step it begins with or, of one that was started
// elsewhere, by its own id.
func startedBy(first *Step) string {
	if v, ok := first.Do.(*OnRun); ok {
		return string(v.Object) + " " + v.Code.String() + " " + v.RunID.String()
	}
	return first.ID
}

// failures are the kinds that a step can fail with.
func failures(s *Step) fact.KindSet {
	set := fact.SetOf(fact.BadExpression)
	if s.Timeout > 0 {
		set |= fact.SetOf(fact.TimedOut)
	}
	switch v := s.Do.(type) {
	case *Sleep:
		return set
	case *Notify:
		return set | fact.SetOf(fact.NotSent)
	case Sensor:
		return set | fact.SetOf(v.Fails())
	case *Approve:
		return set | fact.SetOf(fact.Rejected)
	}
	set |= fact.SetOf(fact.Refused, fact.Unreachable, fact.Unauthorized)
	if s.DuplicateSafe != "" {
		set |= fact.SetOf(fact.RequestInDoubt)
	}
	if s.Waits() {
		set |= fact.SetOf(fact.BatchFailed, fact.BatchAborted, fact.BatchInterrupted, fact.BatchHeld)
	}
	return set
}

// rules warns of on_failure rules that can never act.
func (w *warner) rules(s *Step) {
	possible, taken, repeats := failures(s), fact.KindSet(0), false
	over, doubt := fact.SetOf(fact.BatchFailed, fact.BatchAborted, fact.BatchInterrupted), fact.SetOf(fact.RequestInDoubt)
	carriedOut := over | fact.SetOf(fact.BatchHeld)
	if !s.Rests() { // who looks for something can look again
		carriedOut |= fact.SetOf(fact.TimedOut)
	}
	for _, r := range s.OnFailure {
		may, mayNot := r.If.Kinds()
		left := may & possible &^ taken
		repeats = repeats || r.Do == DoRetry && left&doubt != 0
		if r.Do != DoRetry && left != doubt {
			left &^= doubt
		}
		switch {
		case may == 0 && w.saysConstant(r.If.Pos()):
		case may&possible == 0:
			w.neverMatches(s, r, may)
		case left == doubt && r.Do != DoRetry:
			w.warn(warnNeverMatch, r.Pos, "this rule can never act: a request in doubt is repeated, or waits for a person").Hint =
				"write do: retry"
		case left == 0:
			w.warn(warnNeverMatch, r.Pos, "this rule can never match: a rule above it has ended the step by then")
		case r.Do == DoRetry && left&^carriedOut == 0:
			w.warn(warnNeverMatch, r.Pos, "this rule can never act: retry is for failures in which nothing was carried out").Hint =
				"write do: restart or do: rerun"
		case r.Do == DoContinue && left == fact.SetOf(fact.Rejected):
			w.warn(warnNeverMatch, r.Pos, "this rule can never act: a rejection is not continued").Hint =
				"after a rejection a rule may retry, which asks anew, or fail"
		case r.Do == DoInterrupt && left&^over == 0:
			w.warn(warnInterrupt, r.Pos, "nobody can reach this interrupt: after %s the batch run is over", left)
		}
		switch {
		case may&mayNot != 0:
		case r.Do == DoContinue:
			taken |= may &^ (doubt | fact.SetOf(fact.Rejected))
		case r.Do == DoFail:
			taken |= may &^ doubt
		case r.Do == DoInterrupt: // without a batch run it is passed over
			taken |= may & carriedOut
		}
	}
	if s.DuplicateSafe != "" && !repeats {
		w.warn(warnNoRepeat, w.places[s.Index].duplicateSafe, "duplicate_safe has no effect: no retry rule of step %q matches a request in doubt", s.ID).Hint =
			`add to on_failure: {if: 'failure.kind == "in_doubt"', do: retry}`
	}
}

// growth warns of a delay that is said to grow, or is bounded, and does not.
func (w *warner) growth(s *Step) {
	for _, r := range s.OnFailure {
		switch {
		case r.Factor > 1 && r.Delay == 0:
			w.warn(warnNoDelay, r.Pos, "factor has no effect: this rule acts at once, and %g times nothing is nothing", r.Factor).Hint = "add a delay, such as delay: 5m"
		case r.Max > 0 && r.Factor <= 1:
			w.warn(warnNoDelay, r.Pos, "max has no effect: without a factor the delay does not grow").Hint = "add a factor, such as factor: 2"
		}
	}
}

// neverMatches warns of a rule for kinds of failure that the step does not meet.
func (w *warner) neverMatches(s *Step, r FailureRule, may fact.KindSet) {
	e := w.warn(warnNeverMatch, r.Pos, "this rule can never match: step %q does not fail with %s", s.ID, may)
	switch {
	case may == 0:
		e.Msg = "this rule can never match: its condition never holds"
	case may == fact.SetOf(fact.TimedOut):
		e.Hint = "give the step a timeout"
	case may == fact.SetOf(fact.RequestInDoubt):
		e.Msg = fmt.Sprintf("this rule can never match: a request of step %q in doubt waits for a person", s.ID)
		e.Hint = "if carrying it out twice does no harm, a step that triggers or reruns may say so: duplicate_safe: REASON"
	case !s.Waits():
		e.Hint = "it does not wait for a batch run"
	}
}
