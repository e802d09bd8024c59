package drive

import (
	"fmt"
	"slices"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/ofs"
	"ofsplan/runner/record"
)

// mostRefused is of how many batch runs at once people hear that the scheduler does not tell their status. When it
// tells none, one line for each of ten thousand would bury what matters.
const mostRefused = 5

// A refusal is what we know of a batch run whose status the scheduler does not tell, though it gave us the id.
type refusal struct {
	since time.Time
	why   string    // what the last answer said, in one line
	tries int       // failed calls
	due   time.Time // when people are reminded
	quiet bool      // people heard of enough others
}

// failed counts the failed calls.
func (r *refusal) failed() string { return readable.Count(r.tries, "failed call") }

// refused tells people that the status of a batch run is not told, and for how long the scheduler asked not to be asked;
// they are reminded by the clock, because only a person can end a refusal.
func (l *loop) refused(w *watch, e *ofs.CallError) {
	now, first := l.now(), w.refusal == nil
	if first {
		l.watches.refused++
		w.refusal = &refusal{since: now, due: now.Add(firstReminder), quiet: l.watches.refused > mostRefused}
		if !w.refusal.quiet {
			l.watches.told = append(l.watches.told, w)
		}
	}
	w.refusal.why = ofs.OneLine(e.Message)
	w.refusal.tries++
	n := record.Note{Kind: record.LookRefused, Key: w.cmd.Key, Peer: record.Scheduler}
	switch {
	case first && !w.refusal.quiet:
		n.Message = fmt.Sprintf("the scheduler does not tell the status of %s: %s; %sthat is no outcome, so it is asked again until it does",
			w.cmd.Run.RunID, w.refusal.why, leftAlone(now, e.RetryAfter))
	case first && l.watches.refused == mostRefused+1:
		n.Message = fmt.Sprintf("the scheduler does not tell the status of more than %d batch runs: all are asked again, and of the others you do not hear", mostRefused)
	default:
		return
	}
	l.note(n)
}

// remindOfRefusal reminds people of a batch run whose status is not told, when that is due.
func (l *loop) remindOfRefusal(w *watch, now time.Time) {
	r := w.refusal
	if now.Before(r.due) {
		return
	}
	r.due = now.Add(nextReminder)
	l.note(record.Note{Kind: record.LookMissed, Key: w.cmd.Key, Peer: record.Scheduler, Message: fmt.Sprintf(
		"the scheduler has not told the status of %s for %s and %s: %s; look at its monitor; ofsplan cancel --leave ends the run without it",
		w.cmd.Run.RunID, readable.Elapsed(now.Sub(r.since)), r.failed(), r.why)})
}

// answeredAgain takes in that the status of a batch run is told.
func (l *loop) answeredAgain(w *watch) {
	r := w.refusal
	if r == nil {
		return
	}
	l.watches.settle(w)
	if r.quiet {
		return
	}
	l.note(record.Note{Kind: record.LookAnswered, Key: w.cmd.Key, Peer: record.Scheduler, Message: fmt.Sprintf(
		"the scheduler tells the status of %s again after %s and %s", w.cmd.Run.RunID, readable.Elapsed(l.now().Sub(r.since)), r.failed())})
}

// settle forgets that the status of a batch run was not told.
func (s *watches) settle(w *watch) {
	if w.refusal == nil {
		return
	}
	w.refusal = nil
	s.refused--
	if i := slices.Index(s.told, w); i >= 0 {
		s.told = slices.Delete(s.told, i, i+1)
	}
}
