package drive

import (
	"fmt"

	"ofsplan/internal/readable"
	"ofsplan/runner/record"
)

// mostRefused is of how many batch runs at once people hear that the scheduler does not tell their status. When it
// tells none, one line for each of ten thousand would bury what matters.
const mostRefused = 5

// A refusal is what we know of a batch run whose status the scheduler refuses to tell, though it gave us the id.
type refusal struct {
	contact
	quiet bool // people heard of enough others
}

// refused tells people that the status of a batch run is refused: once, and again from time to time, because only a
// person can end that.
func (l *loop) refused(w *watch, why string) {
	now := l.now()
	if w.refusal == nil {
		l.watches.refused++
		w.refusal = &refusal{contact: contact{peer: record.Scheduler}, quiet: l.watches.refused > mostRefused}
	}
	runID := w.cmd.Run.RunID
	first := w.refusal.fail(now, why, 0, 0)
	n := record.Note{Kind: record.LookRefused, Key: w.cmd.Key, Peer: record.Scheduler}
	switch {
	case first && !w.refusal.quiet:
		n.Message = fmt.Sprintf("the scheduler does not tell the status of %s: %s; that is no outcome, so it is asked again until it does", runID, why)
	case first && l.watches.refused == mostRefused+1:
		n.Message = fmt.Sprintf("the scheduler does not tell the status of more than %d batch runs: all are asked again, and of the others you do not hear", mostRefused)
	case w.refusal.quiet || now.Before(w.refusal.due):
		return
	default:
		w.refusal.due = now.Add(nextReminder)
		n.Kind = record.LookMissed
		n.Message = fmt.Sprintf("the scheduler has not told the status of %s for %s and %s: %s; look at its monitor; ofsplan cancel --leave ends the run without it",
			runID, readable.Elapsed(now.Sub(w.refusal.since)), w.refusal.failed(), why)
	}
	l.note(n)
}

// answeredAgain takes in that the status of a batch run is told.
func (l *loop) answeredAgain(w *watch) {
	r := w.refusal
	if r == nil {
		return
	}
	w.refusal = nil
	l.watches.refused--
	if r.quiet {
		return
	}
	l.note(record.Note{Kind: record.LookAnswered, Key: w.cmd.Key, Peer: record.Scheduler, Message: fmt.Sprintf(
		"the scheduler tells the status of %s again after %s and %s", w.cmd.Run.RunID, readable.Elapsed(l.now().Sub(r.since)), r.failed())})
}
