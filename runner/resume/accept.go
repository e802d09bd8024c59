package resume

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ofsplan/audit"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// An Acceptance is what the audit log keeps of something wrong with it that somebody answered for.
type Acceptance struct {
	*audit.Aside        // the bad last line; nil of anything else
	By           string `json:"by"`
	Reason       string `json:"reason"`
}

// Accept makes good what [audit.Reopening.AcceptTail] set aside, now or when a process died over it. The line that is
// gone may have said that a request was sent, so what was pending is taken for sent, and is in doubt once the run is
// resumed. The note comes last: a process that dies before it leaves the next one to begin again. The records are those
// that were replayed; the turns are what was added to them. A line that was noted before, and none at all, add nothing.
func (out *Replayed) Accept(journal drive.Journal, records []audit.Record, at time.Time, a Acceptance) ([]record.Turn, error) {
	if a.Aside == nil || noted(records, a.Aside) {
		return nil, nil
	}
	var events []runner.Event
	for _, c := range out.Machine.Status().Pending {
		if !c.Mutating() || c.Sent {
			continue
		}
		sent := runner.RequestSent{Key: c.Key, Op: c.Key.Op, Permit: c.Permit.And("taken for sent, since the record that may have said so is lost"), Assumed: true}
		if out.Machine.Check(sent) == nil {
			events = append(events, sent)
		}
	}
	turns, err := out.Tell(journal, at, events...)
	if err != nil {
		return turns, err
	}
	entry, err := record.NoteEntry(out.at(at), record.TailAccepted, runner.Key{}, a)
	if err != nil {
		return turns, err
	}
	if err := errors.Join(journal.Append(entry), journal.Sync()); err != nil {
		return turns, fmt.Errorf("%w: %w", drive.ErrJournal, err)
	}
	return turns, nil
}

// noted reports whether the audit log says that a line was accepted.
func noted(records []audit.Record, line *audit.Aside) bool {
	for _, r := range records {
		var was Acceptance
		if record.NoteKind(r.Type) == record.TailAccepted && json.Unmarshal(r.Data, &was) == nil && was.Aside != nil && was.File == line.File {
			return true
		}
	}
	return false
}
