package runner

import "errors"

// ErrApplied is wrapped, beside [ErrUnexpected], by the error of a statement that was applied before.
var ErrApplied = errors.New("this word has been applied before")

// A Statement is what all operators' events share: who said it, why, and the file it came in.
type Statement struct {
	ID      string `json:"id"` // of the inbox file; applied once
	By      string `json:"by"` // the operating-system user that owns the file
	Reason  string `json:"reason"`
	Checked string `json:"checked,omitempty"` // what the scheduler said when it was asked
	Looks   []Look `json:"looks,omitempty"`   // at batch runs beside which another one may be started
	// From is which process made the statement, and Tool which program, as they say of themselves: whose word it is, By alone says.
	From By   `json:"from,omitzero"`
	Tool Tool `json:"tool,omitzero"`
	// Approver is who said it, as the process that heard it was told; nil where no approval depends on that.
	Approver *Approver `json:"approver,omitempty"`
}

// Resolution is what an operator says of a request in doubt.
type Resolution string

// The resolutions.
const (
	AsStarted    Resolution = "started"     // it was carried out; the batch run is named
	AsNotStarted Resolution = "not_started" // it was not; the request may be made again
	AsSucceeded  Resolution = "succeeded"
	AsFailed     Resolution = "failed"
	AsSkipped    Resolution = "skipped" // of a step that has not begun
)

// OperatorResolved settles a step in doubt. It is also what an operator says who gives a step an outcome without asking how
// it stands: of a step that is not in doubt, [Machine.Interpret] makes an [OperatorMarked] of it.
type OperatorResolved struct {
	Statement
	Step       string     `json:"step"`
	Request    Key        `json:"request,omitzero"` // the one the operator looked for
	As         Resolution `json:"as"`
	BatchRunID string     `json:"batch_run_id,omitempty"` // with started
}

// OperatorAdopted gives a step that waits, is in doubt, has failed or was canceled a batch run that goes on, or that somebody started by
// hand.
type OperatorAdopted struct {
	Statement
	Step       string `json:"step"`
	Request    Key    `json:"request,omitzero"` // the one in doubt that the operator knew of; zero: none was
	BatchRunID string `json:"batch_run_id"`
}

// OperatorRetried gives a failed or canceled step a new attempt; what it blocked waits again.
type OperatorRetried struct {
	Statement
	Step string `json:"step"`
}

// OperatorMarked declares a step that failed, is blocked, waits, sleeps, looks for something or is in a rule's delay as succeeded;
// one that waits, sleeps, looks for something, or is in a delay and never had a batch run as skipped; or one in a delay as failed.
type OperatorMarked struct {
	Statement
	Step string     `json:"step"`
	As   Resolution `json:"as"`
}

// OperatorCanceled ends the run: what has not begun is canceled, and batch runs are interrupted or left.
type OperatorCanceled struct {
	Statement
	Interrupt bool `json:"interrupt"`
}

// OperatorApproved gives an approval.
type OperatorApproved struct {
	Statement
	Step    string `json:"step"`
	Request Key    `json:"request,omitzero"` // the approval that its author saw; zero: it was not asked for
}

// OperatorRejected says no to one.
type OperatorRejected struct {
	Statement
	Step    string `json:"step"`
	Request Key    `json:"request,omitzero"`
}

// Type names the record.
func (OperatorResolved) Type() string { return "operator.resolved" }
func (OperatorAdopted) Type() string  { return "operator.adopted" }
func (OperatorRetried) Type() string  { return "operator.retried" }
func (OperatorMarked) Type() string   { return "operator.marked" }
func (OperatorCanceled) Type() string { return "operator.canceled" }
func (OperatorApproved) Type() string { return "operator.approved" }
func (OperatorRejected) Type() string { return "operator.rejected" }

// Subject names the step alone: an operator speaks of a step, not of a request.
func (e OperatorResolved) Subject() Key { return Key{Step: e.Step} }
func (e OperatorAdopted) Subject() Key  { return Key{Step: e.Step} }
func (e OperatorRetried) Subject() Key  { return Key{Step: e.Step} }
func (e OperatorMarked) Subject() Key   { return Key{Step: e.Step} }
func (OperatorCanceled) Subject() Key   { return Key{} }
func (e OperatorApproved) Subject() Key { return Key{Step: e.Step} }
func (e OperatorRejected) Subject() Key { return Key{Step: e.Step} }

// said is the statement itself, which every operator's event has.
func (s Statement) said() Statement { return s }

// operatorEvent is an event that an operator's statement is.
type operatorEvent interface {
	Event
	said() Statement
	with(Statement) Event // the same, said by somebody else
}

func (e OperatorResolved) with(s Statement) Event { e.Statement = s; return e }
func (e OperatorAdopted) with(w Statement) Event  { e.Statement = w; return e }
func (e OperatorRetried) with(w Statement) Event  { e.Statement = w; return e }
func (e OperatorMarked) with(w Statement) Event   { e.Statement = w; return e }
func (e OperatorCanceled) with(s Statement) Event { e.Statement = s; return e }
func (e OperatorApproved) with(s Statement) Event { e.Statement = s; return e }
func (e OperatorRejected) with(s Statement) Event { e.Statement = s; return e }

// StatementOf is what an operator's event says of its author; false for any other event.
func StatementOf(e Event) (Statement, bool) {
	if s, ok := e.(operatorEvent); ok {
		return s.said(), true
	}
	return Statement{}, false
}

// Signed is an operator's event with its id and its author set, and nil for any other event. An author that is
// not known, empty, leaves the one the statement names.
func Signed(e Event, id, by string) Event {
	s, ok := e.(operatorEvent)
	if !ok {
		return nil
	}
	w := s.said()
	w.Approver = nil // what somebody says of himself counts for nothing
	if w.ID = id; by != "" {
		w.By = by
	}
	return s.with(w)
}

// Identified is an operator's event with what the operating system says of who made it.
func Identified(e Event, by *Approver) Event {
	s, ok := e.(operatorEvent)
	if !ok {
		return e
	}
	w := s.said()
	w.Approver = by
	return s.with(w)
}

// Looked is an operator's event with what the scheduler said of batch runs beside which it may start others.
func Looked(e Event, looks []Look) Event {
	s, ok := e.(operatorEvent)
	if !ok {
		return e
	}
	w := s.said()
	w.Looks = looks
	return s.with(w)
}
