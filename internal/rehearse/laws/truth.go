package laws

import (
	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// truth wants every outcome that a batch run gave a step to be that of its own batch run, since its last request, as somebody
// said who knows: L11. Any other outcome names the rule or the operator behind it.
func (j *judge) truth() {
	own := map[string]string{} // by step: the batch run that an answer to its last request named, or an operator
	for _, t := range j.turns {
		step := t.Event.Subject().Step
		switch e := t.Event.(type) {
		case runner.RequestSent:
			if e.Op != runner.OpInterrupt {
				delete(own, step)
			}
		case runner.RequestAccepted:
			if e.Key.Op != runner.OpInterrupt && !t.Crossed() {
				own[step] = e.BatchRunID
			}
		case runner.OperatorResolved:
			own[step] = e.BatchRunID
		case runner.OperatorAdopted:
			own[step] = e.BatchRunID
		}
		for _, m := range t.Decision.Moves {
			if m.From == m.To {
				continue
			}
			switch {
			case m.Mark == runner.MarkContinued && m.Rule == "", m.Mark == runner.MarkResolved && m.By == "":
				j.breach("L11", "step %q became %s at %s, and neither a rule nor an operator stands behind it", m.Step, m.To, readable.Micros(t.At))
			case m.Step == step && byBatch(m):
				j.believed(t, m, own[step])
			}
		}
	}
}

// byBatch reports whether an outcome, or the failure that a rule answers, is that of a batch run.
func byBatch(m runner.Transition) bool {
	if m.Failure != nil {
		switch m.Failure.Kind {
		case fact.BatchFailed, fact.BatchAborted, fact.BatchInterrupted:
			return true
		}
		return false
	}
	return m.From == runner.Watching && m.To == runner.State(fact.Succeeded) && m.Mark == ""
}

// believed looks at one such outcome of a step, whose own batch run is named when anybody named it.
func (j *judge) believed(t record.Turn, m runner.Transition, own string) {
	e, ok := t.Event.(runner.BatchObserved)
	if !ok {
		return // L7 judges it
	}
	if own != "" && e.RunID != own {
		j.breach("L11", "step %q went by batch run %s at %s, and its own is %s", m.Step, e.RunID, readable.Micros(t.At), own)
	}
	if j.seen.Stood == nil || !e.Status.Final() {
		return
	}
	if code, known := j.seen.Stood(t.At, e.RunID); known && code != e.Code {
		j.breach("L11", "step %q went by batch run %s at %s being %s (code %d), and the scheduler had it as code %d",
			m.Step, e.RunID, readable.Micros(t.At), readable.Words(e.Status), e.Code, code)
	}
}

// advised wants no step to start its batch again, on an operator's word, beside a batch run of its own that goes on, where operators
// did what cards offer: L12. What the plan calls safe may.
func (j *judge) advised() {
	if !j.seen.Advised || j.seen.Stood == nil {
		return
	}
	safe := map[string]bool{}
	for _, s := range j.plan.Steps {
		safe[s.ID] = s.DuplicateSafe != ""
	}
	word, told := map[runner.Key]bool{}, map[runner.Key]bool{} // requests that an operator's statement led to; those with an answer
	for _, t := range j.turns {
		switch e := t.Event.(type) {
		case runner.RequestSent:
			word[e.Key] = e.Kind == runner.PermitOperator || e.Kind == runner.PermitReopened
		case runner.RequestAccepted:
			told[e.Key] = true
		}
	}
	own := map[string][]string{} // by step: the batch runs it has started
	for _, c := range j.seen.Carried {
		key, known := j.marks[c.Mark]
		if !known || key.Op == runner.OpInterrupt {
			continue
		}
		for _, id := range own[key.Step] {
			if code, known := j.seen.Stood(c.At, id); known && (code == 1 || code == 2) && word[key] && !safe[key.Step] && id != c.RunID {
				j.breach("L12", "%s was carried out at %s while batch run %s of the same step went on", key, readable.Micros(c.At), id)
			}
		}
		if c.RunID != c.From && key.Op == runner.OpRestart && !told[key] {
			continue // a restart that answers another id, and its answer was lost: the design rests on restarts that keep theirs
		}
		own[key.Step] = append(own[key.Step], c.RunID)
	}
}
