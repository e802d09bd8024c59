package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

// A teller says what each step would send.
type teller struct {
	r     *plan.Resolved
	desk  *dispatch.Desk
	token string          // what stands for the access token; empty: none goes out
	idle  map[string]bool // steps that are known to be skipped or left out, so they have no batch run
}

// step tells about one step.
func (t *teller) step(s *plan.Step) (stepForecast, error) {
	f := stepForecast{ID: s.ID, At: s.Pos.String(), Does: s.Do.Keyword(), DuplicateSafe: s.DuplicateSafe}
	skipped, err := t.condition(s, &f)
	if err != nil || skipped {
		t.idle[s.ID] = t.idle[s.ID] || skipped
		return f, err
	}
	if v, ok := s.Do.(*plan.OnRun); ok && v.Step >= 0 && t.idle[t.r.Steps[v.Step].ID] {
		t.idle[s.ID] = true
		f.Skipped = fmt.Sprintf("step %q does not run and has no batch run", t.r.Steps[v.Step].ID)
		return f, nil
	}
	switch v := s.Do.(type) {
	case *plan.Sleep:
		f.Does = "sleep " + readable.Duration(v.For) + ", nothing is sent"
		if v.For == 0 {
			f.Does = "sleep until " + readable.Stamp(t.r.Until(s)) + ", nothing is sent"
		}
		return f, nil
	case *plan.Trigger:
		err = t.trigger(s, v, &f)
	case *plan.OnRun:
		err = t.onRun(s, v, &f)
	}
	if err == nil {
		err = t.rules(s, &f)
	}
	if err != nil {
		return f, fmt.Errorf("step %q (%s): %w", s.ID, s.Pos, err)
	}
	return f, nil
}

// condition judges a step's condition where that is possible now.
func (t *teller) condition(s *plan.Step, f *stepForecast) (skipped bool, err error) {
	if s.If == nil {
		return false, nil
	}
	e, settled, err := t.r.Settled(s.If)
	switch {
	case err != nil:
		return false, err
	case !settled:
		f.If = s.If.String()
	case !e.Holds:
		f.Skipped = e.Expr + " is false"
		for i, v := range e.Values {
			sep := ", "
			if i == 0 {
				sep = ", with "
			}
			f.Skipped += fmt.Sprintf("%s%s = %s", sep, v.Name, v.Value)
		}
	}
	return f.Skipped != "", nil
}

// trigger tells about a trigger and the looks that follow.
func (t *teller) trigger(s *plan.Step, v *plan.Trigger, f *stepForecast) error {
	var u unknowns
	order, err := t.r.Preview(s, &u)
	if err != nil {
		return err
	}
	f.Does = fmt.Sprintf("trigger %s %s", v.Object, u.shown(order.Code))
	k := runner.Key{Step: s.ID, Attempt: 1, Op: runner.OpTrigger, N: 1}
	if err := t.request("the trigger", runner.Command{Key: k, Order: &order}, &u, f); err != nil || v.NoWait {
		return err
	}
	return t.watch(s, f)
}

// watch tells about the looks until a step's batch run ends.
func (t *teller) watch(s *plan.Step, f *stepForecast) error {
	how := "then, at once and every " + readable.Duration(s.Limits.Poll.Every)
	if s.Limits.Poll.Factor > 1 {
		how += fmt.Sprintf(", each gap %g times the last", s.Limits.Poll.Factor)
	}
	var u unknowns
	look := runner.Command{Key: runner.Key{Op: runner.OpWatch}, Run: fact.BatchRef{RunID: u.Text(runIDOf(s))}}
	return t.request(how+", until it ends", look, &u, f)
}

// runIDOf names the batch run of a step, which is known at run time.
func runIDOf(s *plan.Step) string { return "steps." + s.ID + ".batch_run_id" }

// onRun tells about a verb on a batch run that exists.
func (t *teller) onRun(s *plan.Step, v *plan.OnRun, f *stepForecast) error {
	var u unknowns
	ref, err := t.r.PreviewRef(s, &u)
	if err != nil {
		return err
	}
	f.Does = u.shown(fmt.Sprintf("%s %s %s, batch run %s", v.Op, ref.Object, ref.Code, ref.RunID))
	c := runner.Command{Key: runner.Key{Step: s.ID, Attempt: 1, N: 1}, Run: ref}
	switch v.Op {
	case plan.OpWait:
		c.Key.Op = runner.OpWatch
		return t.request("at once and every "+readable.Duration(s.Limits.Poll.Every)+", until it ends", c, &u, f)
	case plan.OpStatus:
		c.Key.Op = runner.OpLook
		if c.Tasks, err = t.r.PreviewTasks(s, &u); err != nil {
			return err
		}
		return t.request("once", c, &u, f)
	}
	c.Key.Op = runner.Op(v.Op)
	if err := t.request("the "+string(v.Op), c, &u, f); err != nil || v.NoWait || v.Op == plan.OpInterrupt {
		return err
	}
	return t.watch(s, f)
}

// stopBefore tells about the interrupt that comes before a restart or rerun when the batch run is not over.
func (t *teller) stopBefore(s *plan.Step, rule plan.FailureRule, op runner.Op, f *stepForecast) error {
	when := fmt.Sprintf("on_failure (%s): before the %s, when the batch run still goes on, as after a timeout", rule.Pos, op)
	return t.change(when, runner.Key{Step: s.ID, Attempt: 2, Op: runner.OpInterrupt, N: 1}, s, f)
}

// change tells about an interrupt, restart or rerun of a step's own batch run.
func (t *teller) change(when string, k runner.Key, s *plan.Step, f *stepForecast) error {
	var u unknowns
	run, err := t.object(s, &u)
	if err != nil {
		return err
	}
	run.RunID = u.Text(runIDOf(s))
	return t.request(when, runner.Command{Key: k, Run: run}, &u, f)
}

// rules tells about the requests that watch and on_failure may add.
func (t *teller) rules(s *plan.Step, f *stepForecast) error {
	for _, w := range s.Rules.Watch {
		if w.Do == plan.WatchInterrupt {
			when := fmt.Sprintf("watch (%s): once, if %s", w.Pos, w.If)
			k := runner.Key{Step: s.ID, Attempt: 1, Op: runner.OpInterrupt, N: 1}
			if err := t.change(when, k, s, f); err != nil {
				return err
			}
		}
	}
	for _, rule := range s.Rules.OnFailure {
		op, sends := map[plan.FailureAction]runner.Op{
			plan.DoRestart: runner.OpRestart, plan.DoRerun: runner.OpRerun, plan.DoInterrupt: runner.OpInterrupt,
		}[rule.Do]
		if !sends {
			continue
		}
		when := fmt.Sprintf("on_failure (%s): at most %s", rule.Pos, readable.Count(rule.Times, "time"))
		if rule.If != nil {
			when += ", if " + rule.If.String()
		}
		k := runner.Key{Step: s.ID, Attempt: 2, Op: op, N: 1}
		if op == runner.OpInterrupt {
			k.Attempt = 1 // it stops the attempt that failed, and begins no other
		} else if err := t.stopBefore(s, rule, op, f); err != nil {
			return err
		}
		if err := t.change(when, k, s, f); err != nil {
			return err
		}
	}
	return nil
}

// object is the batch or group a step is about.
func (t *teller) object(s *plan.Step, u *unknowns) (fact.BatchRef, error) {
	if _, ok := s.Do.(*plan.Trigger); ok {
		order, err := t.r.Preview(s, u)
		return fact.BatchRef{Object: order.Object, Code: order.Code}, err
	}
	return t.r.PreviewRef(s, u)
}

// request adds the request that a command makes as it would leave, with what is not known yet shown as such.
func (t *teller) request(when string, c runner.Command, u *unknowns, f *stepForecast) error {
	req, err := t.desk.Show(&c, t.token)
	if err != nil {
		return errors.New(u.shown(err.Error()))
	}
	h := req.Header
	h.Set("User-Agent", strings.Replace(h.Get("User-Agent"), t.r.RunID, unknownText("run.id"), 1))
	f.Requests = append(f.Requests, requestForecast{
		When: when, Method: "POST", URL: req.URL, Headers: h, Body: u.shown(string(req.Body)), Unknown: u.expressions,
	})
	return nil
}

// unknownText is what stands for a value that only the night will tell.
func unknownText(expr string) string { return "<known at run time: " + expr + ">" }

// unknowns let a request be made of what is not known yet. The scheduler's interface takes only codes and dates of the right
// form, so a stand-in of that form goes in, and is taken out of the finished request. It is a [plan.Unknowns].
type unknowns struct {
	expressions []string
	standIns    []string // pairs: the stand-in, and what it stands for
}

// Text is a stand-in for what an expression will come to. It has the form of a code.
func (u *unknowns) Text(expr string) string {
	u.expressions = append(u.expressions, expr)
	in := "Zq" + strconv.FormatInt(int64(len(u.standIns)/2), 36) + "qxZ"
	u.standIns = append(u.standIns, in, unknownText(expr))
	return in
}

// Date is a date that stands for one that is not known yet.
func (u *unknowns) Date(text string) string {
	n := len(u.standIns) / 2
	in := fmt.Sprintf("97%02d-11-%02d", n/28%100, n%28+1)
	u.standIns = append(u.standIns, in, u.shown(text))
	return in
}

// shown is a text with each stand-in replaced by what it stands for.
func (u *unknowns) shown(text string) string {
	return strings.NewReplacer(u.standIns...).Replace(text)
}
