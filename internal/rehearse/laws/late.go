package laws

import (
	"ofsplan/internal/readable"
	"ofsplan/runner"
)

// late holds what people were told of the deadline against the clock: L14. That it has passed is told once, in the first turn behind it
// of a run that goes on, and in no other; how the run ended says whether it had.
func (j *judge) late() {
	due, told, going := j.plan.DueAt, false, false
	for _, t := range j.turns {
		if _, started := t.Event.(runner.RunStarted); started {
			going = true
		}
		before := going
		if _, said := runner.StatementOf(t.Event); said && t.Decision.End == nil {
			going = true // a statement opens a run that had ended
		}
		passed := !due.IsZero() && t.At.After(due)
		notices := 0
		for _, n := range t.Decision.Notices {
			if n.Kind == runner.NoticeRunLate {
				notices++
			}
		}
		switch {
		case notices > 1 || notices == 1 && told:
			j.breach("L14", "that the deadline has passed was told more than once, again at %s", readable.Micros(t.At))
		case notices == 1 && !passed:
			j.breach("L14", "the deadline was said to have passed at %s, and it had not", readable.Micros(t.At))
		case notices == 0 && passed && !told && before:
			j.breach("L14", "the deadline had passed at %s while the run went on, and nobody was told", readable.Micros(t.At))
		}
		told = told || notices > 0
		if end := t.Decision.End; end != nil {
			going = false
			if end.Late != passed {
				j.breach("L14", "the run ended at %s, and its end says late: %t", readable.Micros(t.At), end.Late)
			}
		}
	}
}
