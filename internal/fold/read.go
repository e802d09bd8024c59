package fold

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ofsplan/audit"
	"ofsplan/internal/readable"
	"ofsplan/runner/record"
)

// Read folds a journal, as far as it can be read. What cannot be read is said in the Run's Warnings: looking
// at a damaged journal is how one begins to find out what happened. The error is r's own, or that there is
// not one record.
func Read(r io.Reader) (*Run, error) {
	b := NewBuilder("", nil)
	head := audit.Head{Hash: audit.Genesis}
	changed := false
	for rec, err := range audit.Records(r) {
		if bad, ok := errors.AsType[*audit.LineError](err); ok {
			b.warn("line %d is not a whole record: what follows it is not shown; ofsplan audit verify tells more", bad.Line)
			break
		}
		if err != nil {
			return nil, err
		}
		if rec.Prev != head.Hash && !changed {
			changed = true
			b.warn("record %d does not follow from the line before it: this audit log was changed, and what is shown may not be what happened; ofsplan audit verify tells more", rec.Seq)
		}
		line := rec.Line
		head = audit.Head{Run: rec.Run, Count: rec.Seq, Hash: fmt.Sprintf("%x", sha256.Sum256(line.Bytes)), Size: line.Offset + int64(len(line.Bytes)) + 1, Time: rec.Time}
		b.Record(rec.Record)
	}
	if head.Count == 0 {
		return nil, errors.New("there is no record in this audit log")
	}
	b.run.Head = head
	return b.Run(), nil
}

// Record adds one record, turn or note. A record this release cannot read is warned of and passed over.
func (b *Builder) Record(rec audit.Record) {
	if b.run.ID == "" {
		b.run.ID = audit.Printable(rec.Run)
	}
	if rec.Note {
		n := record.ReadNote(rec)
		if n.Message == "" {
			n.Message = ofJournal(rec)
		}
		b.Note(n)
		return
	}
	b.record = rec.Seq
	defer func() { b.record = 0 }()
	t, err := record.Read(rec)
	if err != nil {
		b.warn("%v", err)
		return
	}
	b.Turn(t)
}

func (b *Builder) warn(format string, args ...any) {
	b.run.Warnings = append(b.run.Warnings, audit.Printable(fmt.Sprintf(format, args...)))
}

// ofJournal says what a note about the journal itself has in its data: what was set aside of it or taken up, and on whose word.
func ofJournal(rec audit.Record) string {
	var of struct {
		File, By, Reason string
		Bytes            int
	}
	if json.Unmarshal(rec.Data, &of) != nil {
		of.File, of.By = "", ""
	}
	switch record.NoteKind(rec.Type) {
	case record.JournalTorn:
		return fmt.Sprintf("a last line without its end, as a crash leaves it, was set aside: %s, %s; what it was about had not been done", of.File, readable.Count(of.Bytes, "byte"))
	case record.TailAccepted:
		return fmt.Sprintf("a bad last line was set aside on the word of %s: %s: %s, %s; what was pending then is in doubt", of.By, of.Reason, of.File, readable.Count(of.Bytes, "byte"))
	case record.CopyAccepted:
		return fmt.Sprintf("this audit log is a copy or was moved, and was taken up on the word of %s: %s", of.By, of.Reason)
	}
	return "a note of the kind " + rec.Type + ": ofsplan audit show has it"
}
