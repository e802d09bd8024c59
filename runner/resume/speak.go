package resume

import (
	"errors"
	"fmt"
	"strings"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// Said is what became of an operator's statement.
type Said struct {
	Record int64        // the number of its record
	Event  runner.Event // as it stands there, see [runner.Machine.Interpret]
	End    *runner.End  // how the run has ended or stopped with it; nil: there is something left to do
}

// Try tells whether the machine would take events, one after the other, as the run stands, and returns the machine that
// has taken them, with the events as they would stand on record. Nothing is written. What the machine refuses is a
// [Refusal], which wraps [runner.ErrUnexpected].
func (r *Run) Try(events ...runner.Event) (*runner.Machine, []runner.Event, error) {
	trial, err := Replay(r.Records)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range r.Added {
		if _, err := trial.Machine.Apply(t.At, t.Event); err != nil {
			return nil, nil, err
		}
	}
	meant := make([]runner.Event, len(events))
	for i, e := range events {
		meant[i] = trial.Machine.Interpret(e)
		if _, err := trial.Machine.Apply(r.Now(), meant[i]); err != nil {
			return nil, nil, fmt.Errorf("run %s: %w", r.ID, Refusal{err})
		}
	}
	return trial.Machine, meant, nil
}

// Say puts an operator's statement on record, durably. A run with something left to do is taken up first, as by who says
// it, so that what a process that died has left open is in doubt; and it is left again, since nobody drives it. A
// statement that does not fit leaves nothing behind: its error is that of [Run.Try]. Other errors carry an exit code.
func (r *Run) Say(e runner.Event, as runner.RunResumed) (Said, error) {
	events := []runner.Event{e}
	if r.Outcome() == nil {
		events = []runner.Event{as, e}
	}
	_, events, err := r.Try(events...)
	if err != nil {
		return Said{}, err
	}
	if err := r.tell(events...); err != nil {
		return Said{}, err
	}
	said := Said{Record: r.Head().Count, Event: events[len(events)-1], End: r.Outcome()}
	if said.End == nil {
		err = r.tell(runner.RunDetached{Reason: "an operator's word was recorded; nobody drives the run"})
	}
	return said, errors.Join(err, r.Keep())
}

// tell applies events and makes them durable.
func (r *Run) tell(events ...runner.Event) error {
	turns, err := r.Tell(r.Journal, r.Now(), events...)
	r.Added = append(r.Added, turns...)
	return withCode(err)
}

// Collect takes in the statements that wait in the inbox of a run that has ended, where no loop looks for them, durably, before their
// letter is taken out. What is no statement, and those that do not fit, leave no record: nothing has happened to the run, and its head stays
// the one that was printed at its end. They are named to refused. Who tells who left a letter, where that matters.
func (r *Run) Collect(inbox state.Inbox, who func(uid string, q runner.Inquiry) (*runner.Approver, error), refused func(statement string, why error)) error {
	letters, err := inbox.Letters()
	if err != nil {
		return exitcode.With(exitcode.AuditLog, err)
	}
	for _, letter := range letters {
		if letter.Unread != nil { // it stays for whoever can read it
			refused(letter.ID, fmt.Errorf("it cannot be read: %w", letter.Unread))
			continue
		}
		e, err := record.Hear(letter.ID, letter.Owner, letter.Data)
		if err == nil {
			e, err = r.identify(letter, r.Machine.Interpret(e), who)
		}
		if err == nil {
			err = r.tell(e)
		}
		switch {
		case err == nil, errors.Is(err, runner.ErrApplied):
		case errors.Is(err, drive.ErrJournal):
			return err
		default:
			refused(letter.ID, Refusal{err})
		}
		if err := inbox.Remove(letter.ID); err != nil {
			return exitcode.With(exitcode.AuditLog, err)
		}
	}
	return nil
}

// identify is a letter's statement with who left it, where anything depends on that.
func (r *Run) identify(letter state.Letter, e runner.Event, who func(uid string, q runner.Inquiry) (*runner.Approver, error)) (runner.Event, error) {
	q := r.Machine.Inquiry(e)
	if q == nil {
		return e, nil
	}
	by, err := who(letter.UID, *q)
	if err != nil {
		return nil, fmt.Errorf("who said it cannot be told: %w: say it again", err)
	}
	return runner.Identified(e, q.Answer(by)), nil
}

// Find looks for an operator's statement among records. Nil: it is not there. One that was refused is an error that wraps
// a [Refusal]; the run is named in it.
func Find(records []audit.Record, run, statement string) (*Said, error) {
	for _, rec := range records {
		if said, err := About(rec, run, statement); said != nil || err != nil {
			return said, err
		}
	}
	return nil, nil
}

// About tells whether a record is that of a statement, see [Find].
func About(rec audit.Record, run, statement string) (*Said, error) {
	switch {
	case rec.Note && record.NoteKind(rec.Type) == record.StatementRefused:
		if n := record.ReadNote(rec); n.Statement == statement {
			return nil, fmt.Errorf("run %s refused the word: %w", run, Refusal{errors.New(n.Message)})
		}
	case strings.HasPrefix(rec.Type, "operator."):
		t, err := record.Read(rec)
		if w, _ := runner.StatementOf(t.Event); err != nil || w.ID != statement {
			return nil, err
		}
		return &Said{Record: rec.Seq, Event: t.Event, End: t.Decision.End}, nil
	}
	return nil, nil
}
