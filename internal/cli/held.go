package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// held is a run that was begun before and that this process holds now.
type held struct {
	id      string
	folder  state.Store
	journal *state.Run
	records []audit.Record
	told    []record.Turn // what this process has added
	resume.Replayed
}

// An answer is what somebody answers for about an audit log that would not be taken up without it. The zero answer
// is nobody's.
type answer struct {
	tail, copied bool
	runner.Word
	tidy func(params []runner.Param, reason string) string // takes the run's secrets out of a reason; nil: there is none
}

// takeUp takes a run's lock, holds its journal against the ledger, and replays it. Nothing is written but what
// becomes of a bad last line: a torn one is set aside, another one only when somebody answers for it.
func takeUp(folder state.Store, id string, by answer) (*held, error) {
	journal, records, err := folder.TakeUp(id, state.Accept{Tail: by.tail, Copy: by.copied})
	switch {
	case errors.Is(err, state.ErrLocked):
		return nil, exitcode.With(exitcode.AlreadyRunning, err)
	case errors.Is(err, audit.ErrBroken):
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s is not taken up: %w\n\tlook at it with: ofsplan audit verify %s", id, err, id))
	case err != nil:
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s is not taken up: %w", id, err))
	}
	h := &held{id: id, folder: folder, journal: journal, records: records}
	if err := h.replay(by); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// replay brings the run to where its journal left it, and settles what was set aside of the journal.
func (h *held) replay(by answer) (err error) {
	if !slices.ContainsFunc(h.records, func(r audit.Record) bool { return r.Type == runner.FilePinned{}.Type() }) {
		return fmt.Errorf("run %s: its audit log ends before the plan was recorded, so nothing was started: there is nothing to go on with\n\trun the plan again", h.id)
	}
	if h.Replayed, err = resume.Replay(h.records); err != nil {
		code := exitcode.AuditLog
		if errors.Is(err, resume.ErrOtherMachine) {
			code = exitcode.Usage
		}
		return exitcode.With(code, fmt.Errorf("run %s: %w", h.id, err))
	}
	if by.tidy != nil {
		by.Reason = by.tidy(h.Started.Params, by.Reason)
	}
	if torn := h.journal.Aside(); torn != nil {
		if err := h.note(record.JournalTorn, torn); err != nil {
			return err
		}
	}
	if h.journal.Copied {
		err := h.note(record.CopyAccepted, resume.Acceptance{By: by.By, Reason: by.Reason})
		if err = errors.Join(err, h.keep()); err != nil {
			return err
		}
	}
	return h.accept(by)
}

// accept makes good what was set aside on somebody's word.
func (h *held) accept(by answer) error {
	if !by.tail {
		by.Word = runner.Word{By: "unknown", Reason: "accepted before, by a process that died over it"}
	}
	turns, err := h.Accept(h.journal, h.records, h.now(), resume.Acceptance{Aside: h.journal.Accepted(), By: by.By, Reason: by.Reason})
	h.told = append(h.told, turns...)
	if errors.Is(err, drive.ErrJournal) {
		return exitcode.With(exitcode.AuditLog, err)
	}
	return err
}

// note writes a note and makes it durable.
func (h *held) note(kind record.NoteKind, data any) error {
	entry, err := record.NoteEntry(h.now(), kind, runner.Key{}, data)
	if err == nil {
		err = errors.Join(h.journal.Append(entry), h.journal.Sync())
	}
	return exitcode.With(exitcode.AuditLog, err)
}

// now is the time, never before the last turn.
func (h *held) now() time.Time {
	now := time.Now().UTC().Truncate(time.Microsecond).Round(0)
	if now.Before(h.At) {
		return h.At
	}
	return now
}

// try tells whether the machine would take events, one after the other, as the run stands, and how it would stand then.
// Nothing is written.
func (h *held) try(events ...runner.Event) (*runner.Machine, error) {
	trial, err := resume.Replay(h.records)
	if err != nil {
		return nil, err
	}
	for _, t := range h.told {
		if _, err := trial.Machine.Apply(t.At, t.Event); err != nil {
			return nil, err
		}
	}
	for _, e := range events {
		if _, err := trial.Machine.Apply(h.now(), e); err != nil {
			return nil, fmt.Errorf("run %s: %w", h.id, plainly{err})
		}
	}
	return trial.Machine, nil
}

// tell applies events and makes them durable.
func (h *held) tell(events ...runner.Event) error {
	turns, err := h.Tell(h.journal, h.now(), events...)
	h.told = append(h.told, turns...)
	if errors.Is(err, drive.ErrJournal) {
		return exitcode.With(exitcode.AuditLog, err)
	}
	return err
}

// plainly is an error of the machine as people read it: what it is about, and not that it was unexpected.
type plainly struct{ error }

func (p plainly) Error() string {
	return strings.TrimPrefix(p.error.Error(), runner.ErrUnexpected.Error()+": ")
}
func (p plainly) Unwrap() error { return p.error }

// collect takes in the words that wait in the inbox of a run that has ended, where no loop looks for them. Those that do
// not fit are refused on the record, and named to refused.
func (h *held) collect(refused func(word string, why error)) error {
	inbox := h.folder.Inbox(h.id)
	letters, err := inbox.Letters()
	if err != nil {
		return exitcode.With(exitcode.AuditLog, err)
	}
	for _, letter := range letters {
		e, err := record.Hear(letter.ID, letter.Owner, letter.Data)
		if err == nil {
			err = h.tell(e)
		}
		switch {
		case err == nil, errors.Is(err, runner.ErrHeard):
		case errors.Is(err, drive.ErrJournal):
			return err
		default:
			if err := h.note(record.WordRefused, record.Note{Word: letter.ID, Message: err.Error()}); err != nil {
				return err
			}
			refused(letter.ID, plainly{err})
		}
		if err := inbox.Remove(letter.ID); err != nil {
			return exitcode.With(exitcode.AuditLog, err)
		}
	}
	return nil
}

// ended is how the run stands: its end, or nil when there is something left to do.
func (h *held) ended() *runner.End {
	if !h.Machine.Status().Ended {
		return nil
	}
	for _, t := range slices.Backward(h.told) {
		if t.Decision.End != nil {
			return t.Decision.End
		}
	}
	return h.End
}

// outcome is how the run has ended, empty while there is something left to do.
func (h *held) outcome() string {
	if end := h.ended(); end != nil {
		return string(end.Outcome)
	}
	return ""
}

// keep puts the head into the ledger.
func (h *held) keep() error {
	if ledger := h.folder.Ledger(); ledger != nil {
		return exitcode.With(exitcode.AuditLog, ledger.Keep(h.journal.Head(), h.Started.OnceKey()))
	}
	return nil
}

// close lets go of the run.
func (h *held) close() error { return h.journal.Close() }
