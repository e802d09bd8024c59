package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"ofsplan/audit"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// held is a run that was begun before and that this process holds now.
type held struct {
	id      string
	folder  *audit.Folder
	journal *audit.Journal
	records []audit.Record
	lock    *audit.Lock
	drive.Replayed
}

// takeUp takes a run's lock, holds its journal against the ledger, and replays it. Nothing is written but what
// Open says of a torn last line.
func takeUp(folder *audit.Folder, id string) (*held, error) {
	if err := unharmed(folder, id); err != nil {
		return nil, err
	}
	journal, records, lock, err := folder.Resume(id)
	switch {
	case errors.Is(err, audit.ErrLocked):
		return nil, fail(exitAlreadyRunning, err)
	case err != nil:
		return nil, fail(exitAuditLog, fmt.Errorf("%w\n\tlook at it with: ofsplan audit verify %s", err, id))
	}
	h := &held{id: id, folder: folder, journal: journal, records: records, lock: lock}
	if h.Replayed, err = drive.Replay(records); err != nil {
		code := exitAuditLog
		if errors.Is(err, drive.ErrOtherMachine) {
			code = exitUsage
		}
		return nil, errors.Join(fail(code, fmt.Errorf("run %s: %w", id, err)), h.close())
	}
	if aside := journal.Aside(); aside != nil {
		if err := h.note("journal.torn", aside); err != nil {
			return nil, errors.Join(err, h.close())
		}
	}
	return h, nil
}

// unharmed holds a journal against the head that the ledger keeps of it: a state folder that was put back from a
// backup holds a run as it stood earlier, and going on from there could do again what has been done.
func unharmed(folder *audit.Folder, id string) error {
	ledger := folder.Ledger()
	if ledger == nil {
		return nil
	}
	head, err := ledger.Head(id)
	if err != nil {
		return fail(exitAuditLog, err)
	}
	if head == nil {
		return nil
	}
	f, err := os.Open(folder.Journal(id))
	if err != nil {
		return fail(exitAuditLog, fmt.Errorf("the audit log cannot be read: %w", err))
	}
	defer f.Close()
	v, err := audit.Verify(f, audit.Expect{Run: id, Head: head})
	if err != nil {
		return fail(exitAuditLog, err)
	}
	if err := v.Err(); err != nil {
		return fail(exitAuditLog, fmt.Errorf("run %s is not taken up: %w\n\tlook at it with: ofsplan audit verify %s", id, err, id))
	}
	return nil
}

// note writes a note and makes it durable.
func (h *held) note(kind string, data any) error {
	entry, err := record.Note(h.now(), kind, runner.Key{}, data)
	if err == nil {
		err = errors.Join(h.journal.Append(entry), h.journal.Sync())
	}
	return fail(exitAuditLog, err)
}

// now is the time, never before the last turn.
func (h *held) now() time.Time {
	now := time.Now().UTC().Truncate(time.Microsecond).Round(0)
	if now.Before(h.At) {
		return h.At
	}
	return now
}

// keep puts the head into the ledger.
func (h *held) keep() error {
	if ledger := h.folder.Ledger(); ledger != nil {
		return fail(exitAuditLog, ledger.Keep(h.journal.Head()))
	}
	return nil
}

// close lets go of the run.
func (h *held) close() error { return errors.Join(h.journal.Close(), h.lock.Close()) }
