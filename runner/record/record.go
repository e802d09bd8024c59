package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"ofsplan/audit"
	"ofsplan/runner"
)

// ErrUnknown is wrapped by the error of a record whose type nobody taught this release.
var ErrUnknown = errors.New("unknown type of record")

// A Turn is one event and what followed from it.
type Turn struct {
	At       time.Time // UTC, in whole microseconds, never before the turn before it
	Event    runner.Event
	Decision runner.Decision
}

// Crossed reports whether the turn is the answer to a request that names a batch run which is not that step's. A trigger or
// rerun so answered is in doubt, whatever the type of the record; a restart was taken, and goes by the id it was about.
func (t Turn) Crossed() bool {
	_, accepted := t.Event.(runner.RequestAccepted)
	return accepted && slices.ContainsFunc(t.Decision.Notices, func(n runner.Notice) bool { return n.Kind == runner.NoticeCrossed })
}

// Entry returns the turn as it is written. The error is that of a value JSON cannot hold, which no event or
// decision made by the machine has.
func Entry(t Turn) (audit.Entry, error) {
	data, err := json.Marshal(t.Event)
	if err != nil {
		return audit.Entry{}, fmt.Errorf("record %s: %w", t.Event.Type(), err)
	}
	key := t.Event.Subject()
	e := audit.Entry{Time: t.At, Type: t.Event.Type(), Step: key.Step, Attempt: key.Attempt, Data: data}
	if e.Decided, err = Decided(t.Decision); err != nil {
		return audit.Entry{}, fmt.Errorf("record what %s decided: %w", t.Event.Type(), err)
	}
	return e, nil
}

// Decided returns a decision as it is written: nil when it is empty. The error is that of a value JSON cannot hold.
func Decided(d runner.Decision) (json.RawMessage, error) {
	if d.Empty() {
		return nil, nil
	}
	return json.Marshal(writeDecision(d))
}

// Read returns the turn a record holds. Its errors name the record; one about a type this release does not
// know wraps [ErrUnknown]. Notes (audit.Record.Note) hold no turn: callers skip them. A watch comes back without its
// poll, which is the plan's to say.
func Read(r audit.Record) (Turn, error) {
	t, err := ReadEvent(r)
	if err != nil {
		return Turn{}, err
	}
	if t.Decision, err = readDecision(r.Decided); err != nil {
		return Turn{}, fmt.Errorf("record %d: decided: %w", r.Seq, err)
	}
	return t, nil
}

// Turns gives the turns of a journal in order, as far as they can be read; notes are passed over. An error ends the walk:
// that of [audit.Records], or of [Read].
func Turns(r io.Reader) iter.Seq2[Turn, error] {
	return func(yield func(Turn, error) bool) {
		for rec, err := range audit.Records(r) {
			if err != nil {
				yield(Turn{}, err)
				return
			}
			if rec.Note {
				continue
			}
			t, err := Read(rec.Record)
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// Beside reports a record that says nothing of how its run stands: what became of a message to people, which may be known after the run
// has ended, and what stands behind the start of a run that had nothing left to do.
func Beside(r audit.Record) bool {
	switch r.Type {
	case runner.NoticeSent{}.Type(), runner.NoticeFailed{}.Type(), runner.FilePinned{}.Type(), runner.HistoryRead{}.Type():
		return len(r.Decided) == 0
	}
	return false
}

// ReadEvent is Read without the decision, for who needs none or compares its bytes. Its errors are those of Read.
func ReadEvent(r audit.Record) (Turn, error) {
	read, ok := events[r.Type]
	if !ok {
		return Turn{}, fmt.Errorf("record %d: %w: %q", r.Seq, ErrUnknown, r.Type)
	}
	e, err := read(r.Data)
	if err != nil {
		return Turn{}, fmt.Errorf("record %d: %s: %w", r.Seq, r.Type, err)
	}
	if key := e.Subject(); key.Step != r.Step || key.Attempt != r.Attempt {
		return Turn{}, fmt.Errorf("record %d: %s is filed under %q, attempt %d, and is about %s", r.Seq, r.Type, r.Step, r.Attempt, key)
	}
	return Turn{At: r.Time.UTC(), Event: e}, nil
}

// events reads the data of each type of record. Every event of the machine stands here once.
var events = map[string]func(json.RawMessage) (runner.Event, error){
	runner.RunStarted{}.Type():       read[runner.RunStarted],
	runner.FilePinned{}.Type():       read[runner.FilePinned],
	runner.RequestSent{}.Type():      read[runner.RequestSent],
	runner.RequestAccepted{}.Type():  read[runner.RequestAccepted],
	runner.RequestRefused{}.Type():   read[runner.RequestRefused],
	runner.RequestNotSent{}.Type():   read[runner.RequestNotSent],
	runner.RequestInDoubt{}.Type():   read[runner.RequestInDoubt],
	runner.BatchObserved{}.Type():    read[runner.BatchObserved],
	runner.LookFailed{}.Type():       read[runner.LookFailed],
	runner.SensorAnswered{}.Type():   read[runner.SensorAnswered],
	runner.ClockReached{}.Type():     read[runner.ClockReached],
	runner.RunDetached{}.Type():      read[runner.RunDetached],
	runner.RunResumed{}.Type():       read[runner.RunResumed],
	runner.HistoryRead{}.Type():      read[runner.HistoryRead],
	runner.ForecastMade{}.Type():     read[runner.ForecastMade],
	runner.OperatorResolved{}.Type(): read[runner.OperatorResolved],
	runner.OperatorAdopted{}.Type():  read[runner.OperatorAdopted],
	runner.OperatorRetried{}.Type():  read[runner.OperatorRetried],
	runner.OperatorMarked{}.Type():   read[runner.OperatorMarked],
	runner.OperatorCanceled{}.Type(): read[runner.OperatorCanceled],
	runner.NoticeSent{}.Type():       read[runner.NoticeSent],
	runner.NoticeFailed{}.Type():     read[runner.NoticeFailed],
	runner.ContactOverdue{}.Type():   read[runner.ContactOverdue],
	runner.OperatorApproved{}.Type(): read[runner.OperatorApproved],
	runner.OperatorRejected{}.Type(): read[runner.OperatorRejected],
}

// read decodes one event. Keys it does not know are those of a later release and are passed over: fields
// are added and never change their meaning.
func read[E runner.Event](data json.RawMessage) (runner.Event, error) {
	var e E
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, err
	}
	return e, nil
}

// A spoken is an operator's statement as it lies in an inbox.
type spoken struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// Say writes an operator's statement the way an inbox holds it.
func Say(e runner.Event) ([]byte, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("say %s: %w", e.Type(), err)
	}
	return json.Marshal(spoken{e.Type(), data})
}

// Hear reads what Say wrote. Who said it and under which id come from the letter, not from the statement itself.
// What is no operator's statement is an error that wraps [ErrUnknown].
func Hear(id, by string, letter []byte) (runner.Event, error) {
	var s spoken
	if err := json.Unmarshal(letter, &s); err != nil {
		return nil, fmt.Errorf("%w: a word that cannot be read: %w", ErrUnknown, err)
	}
	read, ok := events[s.Type]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrUnknown, s.Type)
	}
	e, err := read(s.Data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnknown, s.Type, err)
	}
	signed := runner.Signed(e, id, by)
	if signed == nil {
		return nil, fmt.Errorf("%w: %q is no operator's word", ErrUnknown, s.Type)
	}
	return signed, nil
}
