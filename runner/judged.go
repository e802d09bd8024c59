package runner

import (
	"fmt"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A Judgement is how a condition of a step was judged while an event was applied, or why it was not. Nothing is decided by it and no record
// holds it: who replays a run is told, see [Machine.Listen].
type Judgement struct {
	Step     string
	Of       Judged
	Rule     int           // which rule of its list, from 0; of an if 0
	Evidence fact.Evidence // what it was judged on; the zero Evidence when there is no condition or it was not asked
	Acts     bool          // the rule acts; of an if: the step runs
	NoValue  bool          // it was asked and has no value; Why says what is wrong
	Why      string        // why it does not, other than that it does not hold
}

// Judged is what a judgement is of.
type Judged string

// What is judged.
const (
	JudgedIf      Judged = "if"
	JudgedWatch   Judged = "watch"
	JudgedFailure Judged = "on_failure"
)

// applying is what the machine has at hand while it applies an event.
type applying struct {
	d      *Decision       // of the event being applied
	judged func(Judgement) // who wants to hear of judgements; nil: nobody
}

// Listen lets f hear of every judgement from now on, in order. It is called while an event is applied, and must not call the machine.
func (m *Machine) Listen(f func(Judgement)) { m.judged = f }

// heard tells who listens of a judgement of step i.
func (m *Machine) heard(i int, of Judged, rule int, j Judgement) {
	if m.judged == nil {
		return
	}
	j.Step, j.Of, j.Rule = m.steps[i].def.ID, of, rule
	m.judged(j)
}

// judgementOf is what the evaluation of a rule's condition has come to.
func judgementOf(ev fact.Evidence, err error) Judgement {
	if err != nil {
		return Judgement{Evidence: ev, NoValue: true, Why: err.Error()}
	}
	return Judgement{Evidence: ev, Acts: ev.Holds}
}

// tellCannot tells that on_failure rule n of step i was not asked, and why.
func (m *Machine) tellCannot(i, n int) {
	if m.judged != nil {
		m.heard(i, JudgedFailure, n, Judgement{Why: m.cannotAct(i, n)})
	}
}

// cannotAct says why on_failure rule n of step i is not asked; empty: it is.
func (m *Machine) cannotAct(i, n int) string {
	s, rule := &m.steps[i], m.steps[i].def.OnFailure[n]
	switch {
	case s.used[n] >= rule.Times:
		return fmt.Sprintf("it has acted %s, as often as it may", readable.Count(s.used[n], "time"))
	case m.canAct(i, rule.Do):
		return ""
	case s.doubt.Op != "" && rule.Do != plan.DoRetry:
		return "a request is in doubt, and only a retry may answer that"
	case m.doubtBeside(i):
		return "another step that acts on the same batch is in doubt"
	case rule.Do != plan.DoRetry:
		return string(rule.Do) + " needs a batch run, and there is none"
	case s.run.RunID != "":
		return "retry is for a request that came to nothing, and there is a batch run: restart or rerun it"
	}
	return "retry does not answer " + string(s.failure().Kind)
}
