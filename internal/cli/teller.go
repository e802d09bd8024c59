package cli

import (
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
	order, unknown, err := t.r.Preview(s)
	if err != nil {
		return err
	}
	f.Does = fmt.Sprintf("trigger %s %s", v.Object, order.Code)
	m := newMask(unknown)
	k := runner.Key{Step: s.ID, Attempt: 1, Op: runner.OpTrigger, N: 1}
	shown := m.order(order)
	if err := t.request("the trigger", runner.Command{Key: k, Order: &shown}, m, f); err != nil || v.NoWait {
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
	m := newMask([]string{runIDOf(s)})
	look := runner.Command{Key: runner.Key{Op: runner.OpWatch}, Run: fact.BatchRef{RunID: m.text(unknownText(runIDOf(s)))}}
	return t.request(how+", until it ends", look, m, f)
}

// runIDOf names the batch run of a step, which is known at run time.
func runIDOf(s *plan.Step) string { return "steps." + s.ID + ".batch_run_id" }

// onRun tells about a verb on a batch run that exists.
func (t *teller) onRun(s *plan.Step, v *plan.OnRun, f *stepForecast) error {
	ref, unknown, err := t.r.PreviewRef(s)
	if err != nil {
		return err
	}
	f.Does = fmt.Sprintf("%s %s %s, batch run %s", v.Op, ref.Object, ref.Code, ref.RunID)
	m := newMask(unknown)
	c := runner.Command{Key: runner.Key{Step: s.ID, Attempt: 1, N: 1}, Run: fact.BatchRef{Code: m.text(ref.Code), RunID: m.text(ref.RunID)}}
	switch v.Op {
	case plan.OpWait:
		c.Key.Op = runner.OpWatch
		return t.request("at once and every "+readable.Duration(s.Limits.Poll.Every)+", until it ends", c, m, f)
	case plan.OpStatus:
		c.Key.Op = runner.OpLook
		if c.Tasks, err = t.r.Tasks(s, fact.View{}); err != nil {
			return err
		}
		return t.request("once", c, m, f)
	}
	c.Key.Op = runner.Op(v.Op)
	if err := t.request("the "+string(v.Op), c, m, f); err != nil || v.NoWait || v.Op == plan.OpInterrupt {
		return err
	}
	return t.watch(s, f)
}

// stopBefore tells about the interrupt that comes before a restart or rerun when the batch run is not over.
func (t *teller) stopBefore(s *plan.Step, rule plan.FailureRule, op runner.Op, code string, m *mask, f *stepForecast) error {
	when := fmt.Sprintf("on_failure (%s): before the %s, when the batch run still goes on, as after a timeout", rule.Pos, op)
	k := runner.Key{Step: s.ID, Attempt: 2, Op: runner.OpInterrupt, N: 1}
	return t.change(when, k, m.text(code), m.text(unknownText(runIDOf(s))), m, f)
}

// change tells about an interrupt, restart or rerun of a step's own batch run.
func (t *teller) change(when string, k runner.Key, code, id string, m *mask, f *stepForecast) error {
	return t.request(when, runner.Command{Key: k, Run: fact.BatchRef{Code: code, RunID: id}}, m, f)
}

// rules tells about the requests that watch and on_failure may add.
func (t *teller) rules(s *plan.Step, f *stepForecast) error {
	if len(s.Rules.Watch) == 0 && len(s.Rules.OnFailure) == 0 {
		return nil
	}
	code, unknown, err := t.codeOf(s)
	if err != nil {
		return err
	}
	for _, w := range s.Rules.Watch {
		if w.Do == plan.WatchInterrupt {
			m := newMask(append(unknown[:len(unknown):len(unknown)], runIDOf(s)))
			when := fmt.Sprintf("watch (%s): once, if %s", w.Pos, w.If)
			k := runner.Key{Step: s.ID, Attempt: 1, Op: runner.OpInterrupt, N: 1}
			if err := t.change(when, k, m.text(code), m.text(unknownText(runIDOf(s))), m, f); err != nil {
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
		m := newMask(append(unknown[:len(unknown):len(unknown)], runIDOf(s)))
		k := runner.Key{Step: s.ID, Attempt: 2, Op: op, N: 1}
		if op == runner.OpInterrupt {
			k.Attempt = 1 // it stops the attempt that failed, and begins no other
		} else if err := t.stopBefore(s, rule, op, code, m, f); err != nil {
			return err
		}
		if err := t.change(when, k, m.text(code), m.text(unknownText(runIDOf(s))), m, f); err != nil {
			return err
		}
	}
	return nil
}

// codeOf is the batch or group a step is about.
func (t *teller) codeOf(s *plan.Step) (code string, unknown []string, err error) {
	if _, ok := s.Do.(*plan.Trigger); ok {
		order, unknown, err := t.r.Preview(s)
		return order.Code, unknown, err
	}
	ref, unknown, err := t.r.PreviewRef(s)
	return ref.Code, unknown, err
}

// request adds the request that a command makes as it would leave, with what is not known yet shown as such.
func (t *teller) request(when string, c runner.Command, m *mask, f *stepForecast) error {
	req, err := t.desk.Show(&c, t.token)
	if err != nil {
		return err
	}
	h := req.Header
	h.Set("User-Agent", strings.Replace(h.Get("User-Agent"), t.r.RunID, unknownText("run.id"), 1))
	f.Requests = append(f.Requests, requestForecast{
		When: when, Method: "POST", URL: req.URL, Headers: h, Body: m.reveal(string(req.Body)), Unknown: m.expressions,
	})
	return nil
}

// unknownText is what stands for a value that only the night will tell, as plan's previews write it.
func unknownText(expr string) string { return "<known at run time: " + expr + ">" }

// A mask lets what is not known yet pass through the client, which takes only codes and dates of the right
// form: a stand-in of that form goes in, and is taken out of the finished request.
type mask struct {
	expressions []string
	stand       []string // pairs: the stand-in, and what it stands for
	next        int
}

func newMask(expressions []string) *mask { return &mask{expressions: expressions} }

// text is s with a stand-in for each unknown part. It has the form of a code.
func (m *mask) text(s string) string {
	for _, e := range m.expressions {
		for strings.Contains(s, unknownText(e)) {
			in := "Zq" + strconv.FormatInt(int64(m.next), 36) + "qxZ"
			m.next++
			m.stand = append(m.stand, in, unknownText(e))
			s = strings.Replace(s, unknownText(e), in, 1)
		}
	}
	return s
}

// date is s, or a date that stands for it when any part of it is unknown.
func (m *mask) date(s string) string {
	for _, e := range m.expressions {
		if strings.Contains(s, unknownText(e)) {
			in := fmt.Sprintf("97%02d-11-%02d", m.next/28%100, m.next%28+1)
			m.next++
			m.stand = append(m.stand, in, s)
			return in
		}
	}
	return s
}

// reveal puts what is unknown in place of the stand-ins.
func (m *mask) reveal(s string) string { return strings.NewReplacer(m.stand...).Replace(s) }

// order masks every text of an order.
func (m *mask) order(o fact.Order) fact.Order {
	o.Code, o.MISDate = m.text(o.Code), m.date(o.MISDate)
	o.Params, o.Tasks = m.pairs(o.Params), m.tasks(o.Tasks)
	members := make([]fact.MemberOrder, len(o.Members))
	for i, b := range o.Members {
		members[i] = fact.MemberOrder{Code: m.text(b.Code), Params: m.pairs(b.Params), Tasks: m.tasks(b.Tasks)}
	}
	o.Members = members
	for _, list := range []*[]string{&o.Excluded, &o.Held, &o.Included} {
		masked := make([]string, len(*list))
		for i, code := range *list {
			masked[i] = m.text(code)
		}
		*list = masked
	}
	return o
}

func (m *mask) pairs(in []fact.Pair) []fact.Pair {
	var out []fact.Pair
	for _, p := range in {
		value := m.text
		if p.Name == "$FICMISDATE$" {
			value = m.date
		}
		out = append(out, fact.Pair{Name: p.Name, Value: value(p.Value)})
	}
	return out
}

func (m *mask) tasks(in []fact.TaskPairs) []fact.TaskPairs {
	var out []fact.TaskPairs
	for _, t := range in {
		out = append(out, fact.TaskPairs{Task: t.Task, Params: m.pairs(t.Params)})
	}
	return out
}
