package fold

import (
	"bytes"
	"errors"
	"io"
	"time"

	"ofsplan/audit"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// An Overview is a run in one row of a list: what its first and its last record say.
type Overview struct {
	Run       string `json:"run"`
	Plan      string `json:"plan,omitempty"`
	MISDate   string `json:"misdate,omitempty"`
	Target    string `json:"target,omitempty"`
	Simulated bool   `json:"simulated,omitempty"`
	State     State  `json:"state"`
	LockedBy  string `json:"held_by,omitempty"` // the process that writes it now, set by the caller
	Span
	Deadline time.Time            `json:"deadline,omitzero"` // of its plan; zero: it has none
	Late     bool                 `json:"late,omitempty"`    // it was not over by then, or is not yet
	Steps    map[fact.Outcome]int `json:"steps,omitempty"`   // by outcome, once the run has ended
	Trouble  string               `json:"trouble,omitempty"` // why the journal cannot be read
}

// Seen says which process has the run locked, if one has, and what follows from that: see [Run.Seen].
func (o *Overview) Seen(by string, now time.Time) {
	o.LockedBy = by
	defer func() { o.late(now) }()
	switch {
	case by != "" && o.State == Unended:
		o.State = Running
		o.goesOn(now)
	case by != "":
	case o.Trouble != "":
		o.State = Unreadable
	case o.State == Unended:
		o.State = Killed
	}
}

// tailStep is how much of a journal's end is read at first to find its last record, and mostTail how much at most: what pins the files
// of the largest plan, and a line that is too long.
const (
	tailStep = 64 << 10
	mostTail = 4 * audit.MaxLine
)

// ReadOverview reads the first and the last record of a journal of that size, so that a list of runs costs no more
// for long ones. What cannot be read is said in Trouble; the error is r's own.
func ReadOverview(id string, r io.ReaderAt, size int64) (Overview, error) {
	o := Overview{Run: id, State: Unended}
	rec, trouble, err := first(io.NewSectionReader(r, 0, size))
	if err != nil || trouble != "" {
		o.Trouble = trouble
		return o, err
	}
	o.begin(rec)
	last, err := lastRecords(r, size)
	if err != nil {
		return o, err
	}
	end := ending{state: Unended}
	for _, rec := range last {
		o.UpdatedAt = rec.Time
		if t, err := record.Read(rec); err == nil && !rec.Note {
			end.turn(t)
		}
	}
	if o.State, o.FinishedAt = end.state, end.at; end.end != nil {
		o.Steps = end.end.Steps
	}
	o.Elapsed = Seconds(o.UpdatedAt.Sub(o.StartedAt))
	return o, nil
}

// Began is how a run began, by the first record of its journal; the zero RunStarted when that record is another. The error
// is r's own.
func Began(r io.Reader) (runner.RunStarted, error) {
	rec, trouble, err := first(r)
	if err != nil || trouble != "" {
		return runner.RunStarted{}, err
	}
	e, _ := started(rec)
	return e, nil
}

// first is the first record of a journal, or why there is none.
func first(r io.Reader) (rec audit.Record, trouble string, err error) {
	for rec, err := range audit.Records(r) {
		if _, bad := errors.AsType[*audit.LineError](err); bad {
			return audit.Record{}, "its first record cannot be read", nil
		}
		return rec.Record, "", err
	}
	return audit.Record{}, "it has no record", nil
}

// started is the start of a run that a record holds, if it does.
func started(rec audit.Record) (runner.RunStarted, bool) {
	t, err := record.Read(rec)
	e, ok := t.Event.(runner.RunStarted)
	return e, ok && err == nil
}

// begin takes what the first record says.
func (o *Overview) begin(rec audit.Record) {
	o.StartedAt, o.UpdatedAt = rec.Time, rec.Time
	e, ok := started(rec)
	if !ok {
		o.Trouble = "it does not begin with the start of a run"
		return
	}
	o.Plan, o.MISDate, o.Target, o.Simulated = e.Plan, e.MISDate, e.Target.Name, e.Simulated
	o.Deadline = e.DueAt
}

// lastRecords gives a journal's last records, in order, with at least one among them that shows how the run stands: no
// note, and no pinned file, since a run that has nothing to do ends before its plan is pinned. Lines that cannot be read
// are passed over.
func lastRecords(r io.ReaderAt, size int64) ([]audit.Record, error) {
	for step := int64(tailStep); ; step *= 4 {
		from := max(0, size-step)
		b := make([]byte, size-from)
		if _, err := r.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if from > 0 {
			_, b, _ = bytes.Cut(b, []byte("\n"))
		}
		var recs []audit.Record
		turns := 0
		for line := range bytes.Lines(b) {
			rec, err := audit.Parse(bytes.TrimSuffix(line, []byte("\n")))
			if err != nil || !bytes.HasSuffix(line, []byte("\n")) {
				continue
			}
			recs = append(recs, rec)
			if !rec.Note && !record.Beside(rec) {
				turns++
			}
		}
		if turns > 0 || from == 0 || step >= mostTail {
			return recs, nil
		}
	}
}
