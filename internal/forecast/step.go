package forecast

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

// A forecaster works out, one after another, what each step of a run would send.
type forecaster struct {
	*plan.Resolved
	desk          *dispatch.Desk
	authorization string // shown for what the header of that name says; empty: there is none
	reason        string // why steps are left out
}

// step is the forecast of one step.
func (f *forecaster) step(s *plan.Step) (Step, error) {
	one := Step{ID: s.ID, At: s.Pos.String(), Does: s.Do.Keyword(), DuplicateSafe: s.DuplicateSafe}
	if f.Idle(s) {
		one.Skipped = f.whyIdle(s)
		return one, nil
	}
	if s.If != nil && !s.Whole() {
		if holds, _ := f.Settled(s); !holds {
			one.If = s.If.String()
		}
	}
	q := requests{forecaster: f, s: s}
	switch v := s.Do.(type) {
	case *plan.Items:
		one.Does = fmt.Sprintf("%s, for each %s: %s, %d at a time", one.Does, s.Each, readable.Count(v.Count, "item"), s.Each.Parallel)
		return one, nil
	case *plan.Sleep:
		one.Does = f.sleep(s, v)
		return one, nil
	case *plan.Notify:
		one.Does = q.notify(v)
	case plan.Sensor:
		one.Does = q.sensor()
		return one, q.err
	case *plan.Approve:
		one.Does = "approve: waits for a word, given " + v.By() + ": " + strings.Join(strings.Fields(v.Message), " ")
		return one, nil
	case *plan.Trigger:
		one.Does = q.trigger(v)
	case *plan.OnRun:
		one.Does = q.onRun(v)
	}
	q.rules()
	if q.err != nil {
		return one, fmt.Errorf("step %q (%s): %w", s.ID, s.Pos, q.err)
	}
	one.Requests = q.all
	return one, nil
}

// whyIdle is why a step is known to send nothing.
func (f *forecaster) whyIdle(s *plan.Step) string {
	if f.LeftOut(s) {
		return strings.TrimSuffix("left out: "+f.reason, ": ")
	}
	if v, ok := s.Do.(*plan.OnRun); ok && v.Step >= 0 && f.Idle(f.Steps[v.Step]) {
		return fmt.Sprintf("step %q does not run and has no batch run", f.Steps[v.Step].ID)
	}
	if s.Whole() {
		if len(f.Items(s)) == 0 {
			return "its list is empty"
		}
		return "none of its items runs"
	}
	_, e := f.Settled(s)
	why := e.Expr + " is false"
	for i, v := range e.Values {
		sep := ", "
		if i == 0 {
			sep = ", with "
		}
		why += fmt.Sprintf("%s%s = %s", sep, v.Name, v.Value)
	}
	return why
}

// sleep says how long nothing is done.
func (f *forecaster) sleep(s *plan.Step, v *plan.Sleep) string {
	if v.For == 0 {
		until := f.Until(s)
		return fmt.Sprintf("sleep until %s (%s), nothing is sent", readable.Upcoming(until.In(f.Calendar.Location()), f.StartedAt), readable.Stamp(until))
	}
	return "sleep " + readable.Duration(v.For) + ", nothing is sent"
}

// sensor says what is looked for, how often and how long.
func (q *requests) sensor() string {
	var u unknowns
	sought, err := q.PreviewSought(q.s, &u)
	if err != nil {
		q.fail(fmt.Errorf("step %q (%s): %w", q.s.ID, q.s.Pos, err))
		return ""
	}
	text := "wait " + u.shown(runner.SoughtText(sought)) + ", looking every " + readable.Duration(q.s.Limits.Poll.Every)
	if q.s.Timeout > 0 {
		text += " for at most " + readable.Duration(q.s.Timeout)
	}
	return text + ", nothing is sent"
}

// requests are those of one step, as they are found. After the first error nothing is added.
type requests struct {
	*forecaster
	s   *plan.Step
	all []Request
	err error
}

// trigger adds a trigger and the looks that follow, and says what is triggered.
func (q *requests) trigger(v *plan.Trigger) (does string) {
	var u unknowns
	order, err := q.Preview(q.s, &u)
	q.fail(err)
	q.add("the trigger", runner.Command{Key: q.key(runner.OpTrigger, 1), Order: &order}, &u)
	if !v.NoWait {
		q.watch()
	}
	return fmt.Sprintf("trigger %s %s", v.Object, u.shown(order.Code))
}

// notify says whom a step tells what. The scheduler is sent nothing.
func (q *requests) notify(v *plan.Notify) (does string) {
	var u unknowns
	text, err := q.PreviewNotice(q.s, &u)
	q.fail(err)
	var names []string
	for _, c := range v.To {
		names = append(names, c.Name)
	}
	return fmt.Sprintf("tell %s: %s", strings.Join(names, ", "), u.shown(strings.Join(strings.Fields(text), " ")))
}

// onRun adds what a verb on a batch run that exists sends, and says which batch run that is.
func (q *requests) onRun(v *plan.OnRun) (does string) {
	var u unknowns
	run, err := q.PreviewRef(q.s, &u)
	q.fail(err)
	does = u.shown(fmt.Sprintf("%s %s %s, batch run %s", v.Op, run.Object, run.Code, run.RunID))
	switch v.Op {
	case plan.OpWait:
		when := "at once and every " + readable.Duration(q.s.Limits.Poll.Every) + ", until it ends"
		q.add(when, runner.Command{Key: q.key(runner.OpWatch, 1), Run: run}, &u)
	case plan.OpStatus:
		tasks, err := q.PreviewTasks(q.s, &u)
		q.fail(err)
		q.add("once", runner.Command{Key: q.key(runner.OpLook, 1), Run: run, Tasks: tasks}, &u)
	default:
		q.add("the "+string(v.Op), runner.Command{Key: q.key(runner.Op(v.Op), 1), Run: run}, &u)
		if !v.NoWait && v.Op != plan.OpInterrupt {
			q.watch()
		}
	}
	return does
}

// watch adds the looks until the step's own batch run ends.
func (q *requests) watch() {
	how := "then, at once and every " + readable.Duration(q.s.Limits.Poll.Every)
	if q.s.Limits.Poll.Factor > 1 {
		how += fmt.Sprintf(", each gap %g times the last", q.s.Limits.Poll.Factor)
	}
	var u unknowns
	run := fact.BatchRef{RunID: u.Text(q.ownRunID())}
	q.add(how+", until it ends", runner.Command{Key: q.key(runner.OpWatch, 1), Run: run}, &u)
}

// rules adds the requests that watch and on_failure may add.
func (q *requests) rules() {
	for _, w := range q.s.Rules.Watch {
		if w.Do == plan.WatchInterrupt {
			q.change(fmt.Sprintf("watch (%s): once, if %s", w.Pos, w.If), q.key(runner.OpInterrupt, 1))
		}
	}
	for _, rule := range q.s.Rules.OnFailure {
		when := fmt.Sprintf("on_failure (%s): at most %s", rule.Pos, readable.Count(rule.Times, "time"))
		if rule.If != nil {
			when += ", if " + rule.If.String()
		}
		switch rule.Do {
		case plan.DoInterrupt: // it stops the attempt that failed, and begins no other
			q.change(when, q.key(runner.OpInterrupt, 1))
		case plan.DoRestart, plan.DoRerun:
			before := fmt.Sprintf("on_failure (%s): before the %s, when the batch run still goes on, as after a timeout", rule.Pos, rule.Do)
			q.change(before, q.key(runner.OpInterrupt, 2))
			q.change(when, q.key(runner.Op(rule.Do), 2))
		}
	}
}

// change adds an interrupt, restart or rerun of the step's own batch run.
func (q *requests) change(when string, k runner.Key) {
	var u unknowns
	run := q.object(&u)
	run.RunID = u.Text(q.ownRunID())
	q.add(when, runner.Command{Key: k, Run: run}, &u)
}

// object is the batch or group that the step is about.
func (q *requests) object(u *unknowns) fact.BatchRef {
	if _, ok := q.s.Do.(*plan.Trigger); ok {
		order, err := q.Preview(q.s, u)
		q.fail(err)
		return fact.BatchRef{Object: order.Object, Code: order.Code}
	}
	run, err := q.PreviewRef(q.s, u)
	q.fail(err)
	return run
}

// ownRunID is the expression that names the step's own batch run.
func (q *requests) ownRunID() string { return "steps." + q.s.ID + ".batch_run_id" }

// key is that of the step's first command of its kind within an attempt.
func (q *requests) key(op runner.Op, attempt int) runner.Key {
	return runner.Key{Step: q.s.ID, Attempt: attempt, Op: op, N: 1}
}

// add adds the request that a command makes as it would leave, with what is not known yet shown as such.
func (q *requests) add(when string, c runner.Command, u *unknowns) {
	if q.err != nil {
		return
	}
	req, err := q.desk.Show(&c, q.authorization)
	if err != nil {
		q.fail(errors.New(u.shown(err.Error())))
		return
	}
	h := req.Header
	h.Set("User-Agent", strings.Replace(h.Get("User-Agent"), q.RunID, unknown("run.id"), 1))
	q.all = append(q.all, Request{
		When: when, Method: http.MethodPost, URL: req.URL, Headers: h, Body: u.body(string(req.Body)), Unknown: u.expressions,
	})
}

// fail keeps the first error.
func (q *requests) fail(err error) {
	if q.err == nil {
		q.err = err
	}
}
