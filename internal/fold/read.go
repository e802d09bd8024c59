package fold

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"ofsplan/audit"
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
		b.run.ID = rec.Run
	}
	if rec.Note {
		b.Note(record.ReadNote(rec))
		return
	}
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
