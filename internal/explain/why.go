package explain

import (
	"time"

	"ofsplan/audit"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// A Reason is why a step stands where it stands.
type Reason struct {
	Run  string `json:"run"`
	Step string `json:"step"`
	Ends
	At    string       `json:"at"`   // its place in the plan
	Does  string       `json:"does"` // its verb
	AsOf  AsOf         `json:"as_of"`
	State runner.State `json:"state"`
	// Since is the record with which it came into that state; zero: it has been in it from the start.
	Since   AsOf          `json:"since,omitzero"`
	Why     string        `json:"why,omitempty"`  // it did, in words
	Mark    string        `json:"mark,omitempty"` // what qualifies the outcome
	By      string        `json:"by,omitempty"`   // with healed: the step that did that
	Attempt int           `json:"attempt,omitempty"`
	Failure *fact.Failure `json:"failure,omitempty"`
	// Cause is the step with which it began that this one was blocked.
	Cause *Cause `json:"cause,omitempty"`
	Waits []Wait `json:"waits_for,omitempty"`
	Clock
	Conditions
	History []Entry `json:"history"` // what happened to it, by record
}

// Ends is what else there is to know of the run.
type Ends struct {
	Ended     bool `json:"run_ended"` // or stopped in doubt, until a person speaks
	Simulated bool `json:"simulated,omitempty"`
}

// Clock is when a step has taken too long.
type Clock struct {
	Timeout time.Time `json:"timeout,omitzero"`
	Late    time.Time `json:"late,omitzero"`
}

// Conditions are the condition of a step and its rules, and how each was judged last.
type Conditions struct {
	Condition string  `json:"condition,omitempty"` // of its if, as it is written
	If        *Judged `json:"if,omitempty"`
	IfNow     *Judged `json:"if_now,omitempty"` // of a step that waits: what it would come to as things stand
	Watch     []Rule  `json:"watch,omitempty"`
	OnFailure []Rule  `json:"on_failure,omitempty"`
}

// A Cause is the step at which a bad end began.
type Cause struct {
	Step  string       `json:"step"`
	State runner.State `json:"state"`
	Why   string       `json:"why,omitempty"`
}

// A Wait is one thing that a step waits for.
type Wait struct {
	For   runner.WaitFor `json:"for"`
	Step  string         `json:"step,omitempty"`
	State runner.State   `json:"state,omitempty"`
	Until time.Time      `json:"until,omitzero"`
	Text  string         `json:"text,omitempty"`
}

// A Rule is one rule of a step.
type Rule struct {
	Number int     `json:"number"` // its place in its list, from 1
	At     string  `json:"at"`
	Does   string  `json:"does"`
	Times  int     `json:"times,omitempty"` // how often it may act; of a watch rule 0: once in each attempt
	Acted  int     `json:"acted"`           // how often it has; of on_failure since the step began
	Last   *Judged `json:"last,omitempty"`  // how it was judged last; nil: it never was
}

// A Judged is how a condition was judged, or why it was not.
type Judged struct {
	Of     runner.Judged `json:"of"`
	Rule   int           `json:"rule,omitempty"` // which of its list, from 1
	Record int64         `json:"record,omitempty"`
	Expr   string        `json:"expr,omitempty"`
	At     string        `json:"at,omitempty"`
	Holds  bool          `json:"holds"`
	Acts   bool          `json:"acts"`
	// NoValue: it was asked and has no value.
	NoValue bool        `json:"no_value,omitempty"`
	Why     string      `json:"why,omitempty"` // it was not asked, has no value, or does not act although it holds
	Values  []fact.Seen `json:"values,omitempty"`
}

// An Entry is what one record did to a step.
type Entry struct {
	Record int64        `json:"record"`
	Time   time.Time    `json:"time"`
	Event  string       `json:"event"`
	From   runner.State `json:"from,omitempty"`
	To     runner.State `json:"to,omitempty"`
	Text   string       `json:"text,omitempty"`   // why it moved, a notice, or who said what
	Rule   string       `json:"rule,omitempty"`   // the rule that acted
	Judged []Judged     `json:"judged,omitempty"` // before it moved
	By     string       `json:"by,omitempty"`     // who spoke, of an operator's statement
	Reason string       `json:"reason,omitempty"` // and why
	Said   runner.Event `json:"-"`                // the statement; nil: it is none
}

// Why tells why a step stands where it stands, as a record left it; with until 0 as the last did.
func Why(l *Log, id string, until int64) (*Reason, error) {
	end, err := l.last(until)
	if err != nil {
		return nil, err
	}
	w := &watched{id: id, acted: map[int]int{}, last: map[ofRule]*Judged{}, steps: map[string]runner.Transition{}}
	r, err := l.replay(resume.Watcher{Until: end, Turn: w.turn, Judged: w.judged})
	if err != nil {
		return nil, err
	}
	i, err := step(&r, id)
	if err != nil {
		return nil, err
	}
	now, _ := r.Machine.Explain(id)
	out := &Reason{
		Run: l.Records[0].Run, Step: id, Ends: Ends{r.Machine.Status().Ended, r.Started.Simulated}, At: now.Step.Pos.String(), Does: now.Step.Do.Keyword(), AsOf: l.asOf(end),
		State: now.State, Since: w.since, Why: w.why.Why, Mark: w.why.Mark, By: w.why.By, Attempt: now.Attempt,
		Clock: Clock{now.Timeout, now.Late}, History: w.history,
	}
	if now.Failure.Kind != "" {
		out.Failure = &now.Failure
	}
	if c := now.Cause; c != nil {
		moved := w.steps[c.ID]
		out.Cause = &Cause{c.ID, moved.To, moved.Why}
	}
	for _, one := range now.WaitsFor {
		out.Waits = append(out.Waits, Wait(one))
	}
	out.Conditions = w.conditions(r.Resolved.Steps[i], now)
	return out, nil
}

// ofRule is a rule of the step, or its condition.
type ofRule struct {
	of   runner.Judged
	rule int
}

// watched is one step of a run that is replayed, and what was told of it.
type watched struct {
	id      string
	pending []Judged // of the record that is being applied
	history []Entry
	last    map[ofRule]*Judged
	acted   map[int]int // of watch rules
	since   AsOf
	why     runner.Transition            // with which it came to where it stands
	steps   map[string]runner.Transition // the last of each step that ended badly
}

// judged takes a judgement.
func (w *watched) judged(rec audit.Record, j runner.Judgement) {
	if j.Step != w.id {
		return
	}
	one := judgedOf(j)
	one.Record = rec.Seq
	w.pending = append(w.pending, one)
	w.last[ofRule{j.Of, j.Rule}] = &one
	if j.Of == runner.JudgedWatch && j.Acts {
		w.acted[j.Rule]++
	}
}

// judgedOf is a judgement as it is told.
func judgedOf(j runner.Judgement) Judged {
	out := Judged{Of: j.Of, Expr: j.Evidence.Expr, At: j.Evidence.At, Holds: j.Evidence.Holds, Acts: j.Acts, NoValue: j.NoValue, Why: j.Why, Values: j.Evidence.Values}
	if j.Of != runner.JudgedIf {
		out.Rule = j.Rule + 1
	}
	return out
}

// turn takes what a record did.
func (w *watched) turn(rec audit.Record, t record.Turn) {
	at := AsOf{rec.Seq, rec.Time}
	first := len(w.history)
	entry := func() *Entry {
		w.history = append(w.history, Entry{Record: rec.Seq, Time: rec.Time, Event: t.Event.Type()})
		return &w.history[len(w.history)-1]
	}
	if s, is := runner.StatementOf(t.Event); is && (t.Event.Subject().Step == w.id || t.Event.Subject().Step == "") {
		e := entry()
		e.By, e.Reason, e.Said = s.By, s.Reason, t.Event
	}
	for _, n := range t.Decision.Notices {
		if n.Step == w.id {
			e := entry()
			e.Text, e.Rule = n.Message, n.Rule
		}
	}
	for _, m := range t.Decision.Moves {
		if _, ended := m.To.Outcome(); ended {
			w.steps[m.Step] = m
		}
		if m.Step != w.id {
			continue
		}
		if m.From != m.To || w.since == (AsOf{}) {
			w.since = at
		}
		w.why = m
		e := entry()
		e.From, e.To, e.Text, e.Rule = m.From, m.To, m.Why, m.Rule
	}
	if len(w.pending) == 0 {
		return
	}
	if first == len(w.history) {
		entry()
	}
	w.history[first].Judged, w.pending = w.pending, nil
}

// conditions are how the condition and the rules of a step stand.
func (w *watched) conditions(s *plan.Step, now runner.Explanation) Conditions {
	c := Conditions{If: w.last[ofRule{runner.JudgedIf, 0}]}
	if s.If != nil && !s.Whole() { // each item has its own
		c.Condition = s.If.String()
	}
	if now.If != nil {
		j := judgedOf(*now.If)
		c.IfNow = &j
	}
	for n, rule := range s.Watch {
		c.Watch = append(c.Watch, Rule{n + 1, rule.Pos.String(), rule.String(), 0, w.acted[n], w.last[ofRule{runner.JudgedWatch, n}]})
	}
	for n, rule := range s.OnFailure {
		acted := 0
		if n < len(now.Used) {
			acted = now.Used[n]
		}
		c.OnFailure = append(c.OnFailure, Rule{n + 1, rule.Pos.String(), rule.String(), rule.Times, acted, w.last[ofRule{runner.JudgedFailure, n}]})
	}
	return c
}
