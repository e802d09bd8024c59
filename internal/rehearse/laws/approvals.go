package laws

import (
	"slices"
	"strings"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// An approved is what is known of the word about one approval.
type approved struct {
	given bool       // somebody who may has given it since it was last asked for
	letOn bool       // the plan goes on without: its if did not hold, or a rule continues
	ended bool       // it has an outcome that stands
	asks  runner.Key // zero: it is not asked for
	until time.Time  // zero: without end
}

// approvals wants nothing below an approval to start before its word: L13. A word is that of somebody who may give it, about this asking,
// and in time. What stands between and was declared by an operator, or left out at the start, holds as if it were not there.
func (j *judge) approvals() {
	steps := j.plan.Steps
	w := watch{judge: j, index: map[string]int{}, of: map[int]*approved{}, begun: make([]bool, len(steps)), declared: make([]bool, len(steps)), moved: map[string]bool{}}
	for i, s := range steps {
		w.index[s.ID] = i
		if s.Approval() != nil {
			w.of[i] = &approved{}
		}
	}
	if len(w.of) == 0 {
		return
	}
	for _, t := range j.turns {
		w.event(t)
		for _, m := range t.Decision.Moves {
			w.move(t, m)
		}
		w.moves(t.Event)
	}
}

// A watch is the approvals of a run being followed.
type watch struct {
	*judge
	index           map[string]int
	of              map[int]*approved
	begun, declared []bool
	moved           map[string]bool // who started, resumed or retried the run: names, and numbers behind a colon
	simulated       bool
}

// moves takes in who starts, resumes or retries the run with an event.
func (w *watch) moves(e runner.Event) {
	by := func(b runner.By) { w.moved[b.User], w.moved[":"+b.UID], w.moved[":"+b.LoginUID] = true, true, true }
	switch e := e.(type) {
	case runner.RunStarted:
		w.simulated = e.Simulated
		by(e.By)
	case runner.RunResumed:
		by(e.By)
	case runner.OperatorRetried:
		w.moved[e.By], w.moved[":"+e.From.LoginUID] = true, true
		if e.Approver != nil {
			w.moved[":"+e.Approver.UID], w.moved[e.Approver.Name] = true, true
		}
	}
	delete(w.moved, ":")
	delete(w.moved, "")
}

// event holds a word about an approval against what is asked for, and when.
func (w *watch) event(t record.Turn) {
	if e, ok := t.Event.(runner.RunStarted); ok {
		w.moves(e)
	}
	var request runner.Key
	switch e := t.Event.(type) {
	case runner.OperatorApproved:
		request = e.Request
	case runner.OperatorRejected:
		request = e.Request
	default:
		return
	}
	id := t.Event.Subject().Step
	a := w.of[w.index[id]]
	switch {
	case a == nil:
		w.breach("L13", "step %q is no approval, and somebody decided it at %s", id, readable.Micros(t.At))
	case request != a.asks:
		w.breach("L13", "the word of %s at %s is about %s, and step %q asks for %s", t.Event.Type(), readable.Micros(t.At), request, id, a.asks)
	case !a.until.IsZero() && !t.At.Before(a.until):
		w.breach("L13", "the word about %q was heard at %s, and its time was over at %s", id, readable.Micros(t.At), readable.Micros(a.until))
	}
	if said, _ := runner.StatementOf(t.Event); a != nil && !w.may(w.plan.Steps[w.index[id]].Approval(), said, t.Event) {
		w.breach("L13", "%s of %q at %s was taken from %s, who may not", t.Event.Type(), id, readable.Micros(t.At), said.By)
	}
}

// may reports whether somebody's word counts for an approval.
func (w *watch) may(v *plan.Approve, said runner.Statement, e runner.Event) bool {
	a := said.Approver
	if a != nil && a.Unasked && w.simulated || !v.NotSelf && len(v.Users)+len(v.Groups) == 0 {
		return true
	}
	if a == nil || a.Unasked {
		return false
	}
	named := len(v.Users)+len(v.Groups) == 0
	for _, name := range v.Users {
		named = named || slices.Contains(a.Users, name)
	}
	for _, name := range v.Groups {
		named = named || slices.Contains(a.Groups, name)
	}
	_, rejects := e.(runner.OperatorRejected)
	if !v.NotSelf || rejects {
		return named
	}
	_, retries := e.(runner.OperatorRetried)
	_, starts := e.(runner.RunStarted)
	own := w.moved[said.By] || w.moved[a.Name] || w.moved[":"+a.UID] || w.moved[":"+said.From.LoginUID]
	return named && !own && !retries && !starts
}

// word reports whether an event is somebody's word for an approval.
func (w *watch) word(e runner.Event, i int) bool {
	s := w.plan.Steps[i]
	said, is := runner.StatementOf(e)
	if start, ok := e.(runner.RunStarted); ok {
		said, is = runner.Statement{By: start.By.User, From: start.By, Approver: start.Approver}, start.Approver != nil
	}
	if _, ok := e.(runner.OperatorApproved); ok && e.Subject().Step == s.ID {
		return true // what it is worth is judged by itself
	}
	return is && said.Approver != nil && slices.Contains(said.Approver.Approves, s.ID) && w.may(s.Approval(), said, e)
}

// move follows one step.
func (w *watch) move(t record.Turn, m runner.Transition) {
	if m.From == m.To && m.To != runner.Awaiting { // which may be asked for anew at once
		return
	}
	i := w.index[m.Step]
	out, ended := m.To.Outcome()
	a := w.of[i]
	if a != nil {
		*a = approved{ended: ended && out != fact.InDoubt, asks: m.Asks}
		switch {
		case m.To == runner.Awaiting && w.plan.Steps[i].Timeout > 0:
			a.until = t.At.Add(w.plan.Steps[i].Timeout)
		case out == fact.Succeeded && m.Mark == runner.MarkContinued, out == fact.Skipped && !leavesOut(t.Event, w.plan.Steps[i]):
			a.letOn = true
		case out == fact.Succeeded:
			if a.given = w.word(t.Event, i); !a.given {
				w.breach("L13", "approval %q is given at %s, at %s, on nobody's word", m.Step, readable.Micros(t.At), t.Event.Type())
			}
		}
	}
	_, said := runner.StatementOf(t.Event)
	_, adopted := t.Event.(runner.OperatorAdopted)
	switch {
	case ended && !(adopted && t.Event.Subject().Step == m.Step):
		w.declared[i] = said && t.Event.Subject().Step == m.Step || leavesOut(t.Event, w.plan.Steps[i])
	case w.plan.Steps[i].Whole(): // it does nothing itself, and lets all its items on when it opens
		if m.From == runner.Waiting && m.To == runner.Running && !strings.HasSuffix(m.Why, "is at work") {
			w.begun[i] = true
			w.starts(t, i)
		}
	case w.plan.Steps[i].Parent != nil && w.begun[w.plan.Steps[i].Parent.Index] && m.To != runner.Waiting && m.To != runner.Queued:
		w.begun[i] = true // an item goes by what its whole saw, also when it is begun later
	case m.To != runner.Waiting && m.To != runner.Queued && !w.begun[i]:
		w.begun[i] = true
		w.starts(t, i)
	}
}

// leavesOut reports whether a run starts without a step.
func leavesOut(e runner.Event, s *plan.Step) bool {
	started, ok := e.(runner.RunStarted)
	return ok && (slices.Contains(started.Skip, s.ID) || slices.Contains(started.Skip, s.Top().ID))
}

// starts wants the word of every approval above a step that begins.
func (w *watch) starts(t record.Turn, i int) {
	s := w.plan.Steps[i]
	if s.Finally || !w.open() {
		return
	}
	speaks := s.If != nil && !s.If.Bare()
	seen := map[int]bool{}
	var up func(k int)
	up = func(k int) {
		if seen[k] {
			return
		}
		seen[k] = true
		for _, item := range w.plan.Items(w.plan.Steps[k]) {
			up(item.Index)
		}
		a := w.of[k]
		if a != nil && !a.given && !a.letOn && !(a.ended && speaks) {
			w.breach("L13", "step %q began at %s without the word of approval %q", s.ID, readable.Micros(t.At), w.plan.Steps[k].ID)
		}
		letOn := w.begun[k] || w.plan.Steps[k].Parent != nil && w.begun[w.plan.Steps[k].Parent.Index]
		if !letOn && (w.declared[k] || a != nil && a.given) {
			for n := range w.plan.NeedsOf(w.plan.Steps[k]) {
				up(n)
			}
		}
	}
	for k := range w.plan.NeedsOf(s) {
		up(k)
	}
}

// open reports whether an approval is neither given nor let on.
func (w *watch) open() bool {
	for _, a := range w.of {
		if !a.given && !a.letOn {
			return true
		}
	}
	return false
}
