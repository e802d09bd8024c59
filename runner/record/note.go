package record

import (
	"encoding/json"
	"fmt"
	"time"

	"ofsplan/audit"
	"ofsplan/runner"
)

// A Note is something the runner noticed that no step moves by. It is chained like every record and skipped by replay.
type Note struct {
	At        time.Time  `json:"-"`
	Kind      NoteKind   `json:"-"`
	Key       runner.Key `json:"key,omitzero"` // of the command it is about, or zero
	Peer      Peer       `json:"peer,omitempty"`
	Refused   bool       `json:"refused,omitempty"` // the peer answers, and will not have us: with contact.lost
	Since     time.Time  `json:"since,omitzero"`    // with contact.lost: when the first call failed
	Statement string     `json:"word,omitempty"`    // the id of the statement it is about
	Message   string     `json:"message"`
}

// Text is the note as people read it.
func (n Note) Text() string {
	if n.Kind == StatementRefused {
		return "an operator's word was refused: " + n.Message
	}
	return n.Message
}

// A Peer is whom a run speaks to, as people read it.
type Peer string

// The peers.
const (
	Scheduler Peer = "scheduler"
	Identity  Peer = "identity service"
)

// NoteKind is the type of a note's record.
type NoteKind string

// The kinds of notes. Those about the journal itself hold other data than a [Note] has: what was set aside, and who
// answered for it.
const (
	Heartbeat        NoteKind = "runner.heartbeat"   // each 15 minutes: the runner is there, and nothing else
	ContactLost      NoteKind = "contact.lost"       // a peer does not answer
	ContactMissed    NoteKind = "contact.missed"     // it still does not: after 15 minutes, and each hour from then on
	ContactBack      NoteKind = "contact.back"       // it does again
	LookRefused      NoteKind = "look.refused"       // the scheduler refuses to tell a watched run's status: we go on asking
	LookMissed       NoteKind = "look.missed"        // it still does: after 15 minutes, and each hour from then on
	LookAnswered     NoteKind = "look.answered"      // it tells it again
	Finishing        NoteKind = "run.finishing"      // the run is being left, and requests under way are waited for
	ClockJumped      NoteKind = "clock.jumped"       // the clock was set back, went forward by far, or is behind the last record
	StatementRefused NoteKind = "word.refused"       // an operator's statement that does not fit where the run stands
	InboxClosed      NoteKind = "inbox.closed"       // the inbox cannot be read: no statement is heard until it can
	Unrecorded       NoteKind = "request.unrecorded" // the outcome of a request that the journal could not take; only observers hear it

	JournalTorn  NoteKind = "journal.torn"          // a last line without its end was set aside
	TailAccepted NoteKind = "journal.tail_accepted" // a bad last line was set aside on somebody's word
	CopyAccepted NoteKind = "journal.copy_accepted" // a copied journal was taken up on somebody's word
)

// Entry returns the note as it is written.
func (n Note) Entry() (audit.Entry, error) { return NoteEntry(n.At, n.Kind, n.Key, n) }

// NoteEntry returns a note with any data that JSON can hold. The key is that of the command it is about, or zero.
func NoteEntry(at time.Time, kind NoteKind, key runner.Key, data any) (audit.Entry, error) {
	b, err := json.Marshal(data)
	if err != nil {
		return audit.Entry{}, fmt.Errorf("record %s: %w", kind, err)
	}
	return audit.Entry{Time: at, Type: string(kind), Step: key.Step, Attempt: key.Attempt, Data: b, Note: true}, nil
}

// ReadNote returns the note that a record holds. It decides nothing, so data that cannot be read is left out; of the key
// remains then what the record is filed under.
func ReadNote(r audit.Record) Note {
	var n Note
	if json.Unmarshal(r.Data, &n) != nil {
		n = Note{}
	}
	if n.Key == (runner.Key{}) {
		n.Key.Step, n.Key.Attempt = r.Step, r.Attempt
	}
	n.At, n.Kind = r.Time.UTC(), NoteKind(r.Type)
	return n
}
